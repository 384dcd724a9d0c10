package io.hyperdelta.autodiff;

import java.util.List;
import java.util.function.BinaryOperator;
import java.util.function.LongBinaryOperator;
import org.bytedeco.pytorch.Tensor;

/** Operators on the bits of integers. */
final class BitwiseKernels {
  static final List<Operator> ALL =
      List.of(
          Operator.of("BitShift", BitwiseKernels::shift).withoutGradient(),
          binary("BitwiseAnd", (a, b) -> a & b, Tensor::bitwise_and),
          binary("BitwiseOr", (a, b) -> a | b, Tensor::bitwise_or),
          binary("BitwiseXor", (a, b) -> a ^ b, Tensor::bitwise_xor),
          Operator.fixed("BitwiseNot", Kernel.one(BitwiseKernels::not)).withoutGradient());

  private BitwiseKernels() {}

  private static Operator binary(
      String name, LongBinaryOperator host, BinaryOperator<Tensor> tensor) {
    Kernel kernel = Kernel.one(in -> ArithmeticKernels.combine(in, host, tensor));
    return Operator.fixed(name, kernel).withoutGradient();
  }

  private static Value not(Arguments in) {
    return in.integers(1)
        ? HostMath.map(in.integersAt(0), a -> ~a)
        : new Value.Device(in.tensor(0).bitwise_not());
  }

  private static Kernel shift(NodeContext node) {
    String direction = node.node().textAttribute("direction", "");
    return switch (direction) {
      case "LEFT" ->
          Kernel.one(
              in ->
                  ArithmeticKernels.combine(
                      in, (a, b) -> b < Long.SIZE ? a << b : 0, Tensor::bitwise_left_shift));
      // The types are all unsigned, and in Java the narrower ones are never negative.
      case "RIGHT" ->
          Kernel.one(
              in ->
                  ArithmeticKernels.combine(
                      in, (a, b) -> b < Long.SIZE ? a >>> b : 0, Tensor::bitwise_right_shift));
      default -> throw new UnsupportedNodeException(" in direction \"" + direction + "\"");
    };
  }
}
