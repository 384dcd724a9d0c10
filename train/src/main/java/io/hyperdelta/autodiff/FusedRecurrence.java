package io.hyperdelta.autodiff;

import java.util.function.Function;
import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.jspecify.annotations.Nullable;

/** Runs a recurrent node in one call of libtorch. */
final class FusedRecurrence implements Recurrence {
  private final FusedCell cell;
  private final boolean[] reversed;
  private final Function<Arguments, FusedCell.Weights> weights;

  /**
   * Prepares a node.
   *
   * @param reversed for each direction whether it reads from the end
   */
  FusedRecurrence(NodeContext node, FusedCell cell, boolean[] reversed) {
    this.cell = cell;
    this.reversed = reversed;
    this.weights = weights(node, cell, reversed.length);
  }

  @Override
  public Tensor[] run(Arguments in, Tensor x, Tensor[] state, long @Nullable [] lengths) {
    // libtorch knows no lone direction from the end, so sequences are turned around for it.
    boolean turned = reversed.length == 1 && reversed[0];
    Tensor[] made =
        lengths == null ? whole(in, x, state, turned) : packed(in, x, state, lengths, turned);
    Tensor y = made[0];
    long hidden = state[0].size(2);
    made[0] =
        reversed.length == 1
            ? y.unsqueeze(1)
            : y.reshape(y.size(0), y.size(1), reversed.length, hidden).transpose(1, 2);
    return made;
  }

  private Tensor[] whole(Arguments in, Tensor x, Tensor[] state, boolean turned) {
    Tensor[] made = cell.run(turned ? x.flip(0) : x, null, state, weights.apply(in));
    made[0] = turned ? made[0].flip(0) : made[0];
    return made;
  }

  private Tensor[] packed(Arguments in, Tensor x, Tensor[] state, long[] lengths, boolean turned) {
    PackedSequences sequences = new PackedSequences(lengths, (int) x.size(0), turned);
    Tensor[] sorted = new Tensor[state.length];
    for (int i = 0; i < sorted.length; i++) {
      sorted[i] = sequences.sorted(state[i]);
    }
    Tensor[] made = cell.run(sequences.pack(x), sequences.batchSizes(), sorted, weights.apply(in));
    made[0] = sequences.unpack(made[0]);
    for (int i = 1; i < made.length; i++) {
      made[i] = sequences.unsorted(made[i]);
    }
    return made;
  }

  private static Function<Arguments, FusedCell.Weights> weights(
      NodeContext node, FusedCell cell, int directions) {
    boolean biased = node.node().hasInput(3);
    Function<Arguments, Tensor[]> forInput = parts(node, 1, directions, 1, cell::reordered);
    Function<Arguments, Tensor[]> forState = parts(node, 2, directions, 1, cell::reordered);
    Function<Arguments, Tensor[]> biases =
        biased ? parts(node, 3, directions, 2, cell::reordered) : in -> new Tensor[0];
    return in -> {
      TensorVector flat = new TensorVector();
      Tensor[] w = forInput.apply(in);
      Tensor[] r = forState.apply(in);
      Tensor[] b = biases.apply(in);
      for (int d = 0; d < directions; d++) {
        flat.push_back(w[d]).push_back(r[d]);
        if (biased) {
          flat.push_back(b[2 * d]).push_back(b[2 * d + 1]);
        }
      }
      return new FusedCell.Weights(flat, biased, directions == 2);
    };
  }

  /**
   * How to get an input cut into directions and, within them, into equal parts: at once if it is
   * constant, else anew in each run, so that gradients flow.
   */
  private static Function<Arguments, Tensor[]> parts(
      NodeContext node, int input, int directions, int count, UnaryOperator<Tensor> form) {
    Function<Tensor, Tensor[]> cut =
        whole -> {
          Tensor[] parts = new Tensor[directions * count];
          long size = whole.size(1) / count;
          for (int i = 0; i < parts.length; i++) {
            Tensor ofDirection = whole.select(0, i / count);
            parts[i] = form.apply(ofDirection.narrow(0, (i % count) * size, size));
          }
          return parts;
        };
    if (node.isConstant(input) && node.known()[input] instanceof Value.Device device) {
      Tensor[] fixed = cut.apply(device.tensor());
      for (Tensor part : fixed) {
        node.hold(part);
      }
      return in -> fixed;
    }
    return in -> cut.apply(in.tensor(input));
  }
}
