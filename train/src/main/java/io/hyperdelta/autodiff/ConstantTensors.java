package io.hyperdelta.autodiff;

import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Integers of a node's constant inputs as tensors, which are made when first wanted. Thread-safe.
 */
final class ConstantTensors {
  private final boolean[] constant;
  private final @Nullable Tensor[] tensors;
  private final Held held;

  /**
   * None made yet.
   *
   * @param constant which inputs are the same in every run
   * @param held keeps the tensors
   */
  ConstantTensors(boolean[] constant, Held held) {
    this.constant = constant;
    this.tensors = new Tensor[constant.length];
    this.held = held;
  }

  /** An input as a tensor: the program's if it is constant, else the caller's scope's. */
  Tensor tensor(int input, Value.Integers integers) {
    if (!constant[input]) {
      return Tensors.of(integers);
    }
    synchronized (this) {
      Tensor known = tensors[input];
      if (known == null) {
        known = held.hold(Tensors.of(integers));
        tensors[input] = known;
      }
      return known;
    }
  }
}
