package io.hyperdelta.autodiff;

import java.util.Arrays;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/** Runs a recurrent node step by step, for what libtorch's own cells do not have. */
final class SteppedRecurrence implements Recurrence {
  private final RecurrentCell.Maker cells;
  private final boolean[] reversed;
  private final Scalar zero;

  /**
   * Prepares a node.
   *
   * @param reversed for each direction whether it reads from the end
   */
  SteppedRecurrence(NodeContext node, RecurrentCell.Maker cells, boolean[] reversed) {
    this.cells = cells;
    this.reversed = reversed;
    this.zero = node.scalar(0);
  }

  @Override
  public Tensor[] run(Arguments in, Tensor x, Tensor[] state, long @Nullable [] lengths) {
    Tensor alive = lengths == null ? null : alive(lengths, (int) x.size(0));
    long shortest = lengths == null ? x.size(0) : Arrays.stream(lengths).min().orElse(0);
    TensorVector[] made = new TensorVector[1 + state.length];
    Arrays.setAll(made, i -> new TensorVector());
    for (int d = 0; d < reversed.length; d++) {
      RecurrentCell cell = cells.make(d, RecurrentCell.Weights.of(in, d));
      Tensor[] now = new Tensor[state.length];
      for (int i = 0; i < now.length; i++) {
        now[i] = state[i].select(0, d);
      }
      Tensor projected = cell.project(x);
      made[0].push_back(sweep(cell, projected, now, reversed[d], alive, shortest));
      for (int i = 0; i < now.length; i++) {
        made[1 + i].push_back(now[i]);
      }
    }
    Tensor[] results = new Tensor[made.length];
    for (int i = 0; i < results.length; i++) {
      results[i] = torch.stack(made[i], i == 0 ? 1 : 0);
    }
    return results;
  }

  /** bool [steps, batch, 1]: whether a sequence has a step. */
  private static Tensor alive(long[] lengths, int steps) {
    long[] count = new long[steps];
    Arrays.setAll(count, step -> step);
    return Tensors.ofLongs(count, steps, 1, 1).lt(Tensors.ofLongs(lengths, 1, lengths.length, 1));
  }

  /**
   * Runs one direction.
   *
   * @param now the first state, replaced by the last one
   * @param shortest number of steps that all sequences have
   * @return the hidden states of all steps [steps, batch, hidden]
   */
  private Tensor sweep(
      RecurrentCell cell,
      Tensor projected,
      Tensor[] now,
      boolean backwards,
      @Nullable Tensor alive,
      long shortest) {
    int steps = (int) projected.size(0);
    Tensor[] outputs = new Tensor[steps];
    PointerScope around = Engine.callerScope();
    for (int i = 0; i < steps; i++) {
      int step = backwards ? steps - 1 - i : i;
      // What a step makes on its way is freed with it, or long sequences would fill the memory.
      try (PointerScope own = new PointerScope()) {
        Tensor[] next = cell.step(projected.select(0, step), now);
        outputs[step] = next[0];
        if (alive != null && step >= shortest) {
          Tensor mask = alive.select(0, step);
          outputs[step] = torch.where(mask, next[0], zero);
          for (int k = 0; k < next.length; k++) {
            next[k] = torch.where(mask, next[k], now[k]);
          }
          around.attach(outputs[step]);
        }
        for (int k = 0; k < next.length; k++) {
          now[k] = next[k];
          around.attach(next[k]);
        }
      }
    }
    return torch.stack(new TensorVector(outputs), 0);
  }
}
