package io.hyperdelta.autodiff;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * One run of a program that can be gone back through, once: by the gradients of its own steps if
 * all of them have one, else by libtorch's tape. It lives as long as the scope that it was made in;
 * until it was gone back through, inputs must stay open and parameters as they are. Not
 * thread-safe.
 */
public final class Pass {
  private final List<Value> outputs;
  private final List<Tensor> leaves;
  private final @Nullable Untaped untaped;

  private Pass(List<Value> outputs, List<Tensor> leaves, @Nullable Untaped untaped) {
    this.outputs = outputs;
    this.leaves = leaves;
    this.untaped = untaped;
  }

  /**
   * What a run without a tape leaves behind.
   *
   * @param slots its values
   * @param dims shapes of inputs, by step and input
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Untaped(
      Reversal reversal, Wiring wiring, Value[] slots, long[] @Nullable [] @Nullable [] dims) {}

  /** A run whose outputs know by libtorch's tape how they were made. */
  static Pass taped(List<Value> outputs, List<Tensor> leaves) {
    return new Pass(outputs, leaves, null);
  }

  /** A run without a tape. */
  static Pass untaped(
      Reversal reversal,
      Wiring wiring,
      Value[] slots,
      long[] @Nullable [] @Nullable [] dims,
      List<Value> results) {
    List<Value> outputs = new ArrayList<>();
    for (int i = 0; i < results.size(); i++) {
      Value value = results.get(i);
      if (reversal.isActive(wiring.outputs()[i]) && value instanceof Value.Device device) {
        // Where the loss's own tape begins.
        Tensor leaf = device.tensor().detach();
        leaf.set_requires_grad(true);
        value = new Value.Device(leaf);
      }
      outputs.add(value);
    }
    return new Pass(outputs, List.of(), new Untaped(reversal, wiring, slots, dims));
  }

  /** Whether gradients pass by libtorch's tape. */
  boolean isTaped() {
    return untaped == null;
  }

  /** One value per output, in the model's order. */
  public List<Value> outputs() {
    return outputs;
  }

  /**
   * The gradients of a loss, which leaves those of other runs alone.
   *
   * @param loss float [], made of {@link #outputs} by libtorch's operations; there must be one that
   *     it depends on
   * @param results the scope that the gradients belong to; several threads may share it
   * @return for each leaf of the program's parameters a contiguous gradient of its shape that
   *     shares memory with nothing, undefined if none reaches the leaf
   */
  public List<Tensor> gradients(Tensor loss, PointerScope results) {
    if (untaped == null) {
      return Engine.gradients(loss, leaves, results);
    }
    try (PointerScope own = new PointerScope()) {
      return Engine.settled(passedBack(loss, untaped, own), results);
    }
  }

  private List<Tensor> passedBack(Tensor loss, Untaped run, PointerScope own) {
    Wiring wiring = run.wiring();
    @Nullable Tensor[] gradients = new Tensor[wiring.slotCount()];
    List<Integer> ends = new ArrayList<>();
    List<Tensor> seeds = new ArrayList<>();
    for (int i = 0; i < outputs.size(); i++) {
      int slot = wiring.outputs()[i];
      if (run.reversal().isActive(slot) && outputs.get(i) instanceof Value.Device device) {
        ends.add(slot);
        seeds.add(device.tensor());
      }
    }
    List<Tensor> found = seeds.isEmpty() ? List.of() : Engine.grad(loss, seeds);
    for (int i = 0; i < found.size(); i++) {
      int slot = ends.get(i);
      Tensor known = gradients[slot];
      if (found.get(i).defined()) {
        gradients[slot] = known == null ? found.get(i) : known.add(found.get(i));
      }
    }
    run.reversal().back(run.slots(), run.dims(), gradients, own);
    return Arrays.stream(run.reversal().leafSlots())
        .mapToObj(slot -> Objects.requireNonNullElseGet(gradients[slot], Tensor::new))
        .toList();
  }
}
