package io.hyperdelta.autodiff;

import java.util.function.BinaryOperator;
import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * What a node does when the program runs: everything that its attributes and constant inputs decide
 * was decided when the kernel was built.
 */
@FunctionalInterface
interface Kernel {
  /**
   * Computes the node's outputs. Native objects made on the way belong to the run's own scope.
   *
   * @return one value per output of the node, the trailing unwanted ones left out
   */
  Value[] run(Arguments in);

  /** How gradients pass back; null if only libtorch's tape knows. */
  default @Nullable Gradient gradient() {
    return null;
  }

  /** The same kernel, which knows how gradients pass back. */
  default Kernel with(Gradient gradient) {
    return new Reversible(this, gradient);
  }

  /**
   * A kernel with its gradient.
   *
   * @param kernel computes forwards
   */
  record Reversible(Kernel kernel, @Override Gradient gradient) implements Kernel {
    @Override
    public Value[] run(Arguments in) {
      return kernel.run(in);
    }
  }

  /** A kernel with one output. */
  static Kernel one(SingleOutput kernel) {
    return in -> new Value[] {kernel.run(in)};
  }

  /** A kernel from one tensor to one tensor. */
  static Kernel tensor(TensorOutput kernel) {
    return in -> new Value[] {new Value.Device(kernel.run(in))};
  }

  /** A kernel from one tensor to another of the same element type, however that is kept. */
  static Kernel like(TensorOutput kernel) {
    return in -> new Value[] {Tensors.like(kernel.run(in), in.value(0))};
  }

  /** A kernel that maps its first input. */
  static Kernel unary(UnaryOperator<Tensor> operator) {
    return in -> new Value[] {new Value.Device(operator.apply(in.tensor(0)))};
  }

  /** A kernel that combines its first two inputs, which broadcast. */
  static Kernel binary(BinaryOperator<Tensor> operator) {
    return in -> new Value[] {new Value.Device(operator.apply(in.tensor(0), in.tensor(1)))};
  }

  /** See {@link #one}. */
  @FunctionalInterface
  interface SingleOutput {
    /** Computes the node's only output. */
    Value run(Arguments in);
  }

  /** See {@link #tensor}. */
  @FunctionalInterface
  interface TensorOutput {
    /** Computes the node's only output. */
    Tensor run(Arguments in);
  }
}
