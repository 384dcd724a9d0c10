package io.hyperdelta.autodiff;

import java.util.List;
import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.Tensor;

/** Trigonometric and hyperbolic functions and their inverses. */
final class TrigonometryKernels {
  static final List<Operator> ALL =
      List.of(
          unary("Sin", Tensor::sin),
          unary("Cos", Tensor::cos),
          unary("Tan", Tensor::tan),
          unary("Asin", Tensor::asin),
          unary("Acos", Tensor::acos),
          unary("Atan", Tensor::atan),
          unary("Sinh", Tensor::sinh),
          unary("Cosh", Tensor::cosh),
          unary("Asinh", Tensor::asinh),
          unary("Acosh", Tensor::acosh),
          unary("Atanh", Tensor::atanh));

  private TrigonometryKernels() {}

  private static Operator unary(String name, UnaryOperator<Tensor> function) {
    return Operator.fixed(name, Kernel.unary(function));
  }
}
