package io.hyperdelta.autodiff;

import java.util.List;
import java.util.function.BinaryOperator;
import java.util.function.LongBinaryOperator;
import java.util.function.LongUnaryOperator;
import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jspecify.annotations.Nullable;

/** Elementwise arithmetic, with broadcasting. */
final class ArithmeticKernels {
  static final List<Operator> ALL =
      List.of(
          binary("Add", Math::addExact, Tensor::add),
          binary("Sub", Math::subtractExact, Tensor::sub),
          binary("Mul", Math::multiplyExact, Tensor::mul),
          binary("Div", (a, b) -> a / b, ArithmeticKernels::div),
          Operator.of("Mod", ArithmeticKernels::mod),
          Operator.of("Pow", ArithmeticKernels::pow),
          unary("Neg", Math::negateExact, Tensor::neg),
          unary("Abs", Math::abs, Tensor::abs),
          unary("Sign", Long::signum, Tensor::sign),
          unary("Sqrt", Tensor::sqrt),
          unary("Exp", Tensor::exp),
          unary("Log", Tensor::log),
          unary("Erf", Tensor::erf),
          unary("Reciprocal", Tensor::reciprocal),
          unary("Floor", Tensor::floor),
          unary("Ceil", Tensor::ceil),
          unary("Round", Tensor::round),
          unary("Sin", Tensor::sin),
          unary("Cos", Tensor::cos),
          variadic("Min", Math::min, Tensor::minimum),
          variadic("Max", Math::max, Tensor::maximum),
          variadic("Sum", Math::addExact, Tensor::add),
          Operator.of("Clip", ArithmeticKernels::clip));

  private ArithmeticKernels() {}

  private static Operator unary(String name, UnaryOperator<Tensor> tensor) {
    return Operator.fixed(name, Kernel.unary(tensor));
  }

  private static Operator unary(String name, LongUnaryOperator host, UnaryOperator<Tensor> tensor) {
    return Operator.fixed(
        name,
        Kernel.one(
            in ->
                in.integers(1)
                    ? HostMath.map(in.integersAt(0), host)
                    : new Value.Device(tensor.apply(in.tensor(0)))));
  }

  private static Operator binary(
      String name, LongBinaryOperator host, BinaryOperator<Tensor> tensor) {
    return Operator.fixed(name, Kernel.one(in -> combine(in, host, tensor)));
  }

  private static Operator variadic(
      String name, LongBinaryOperator host, BinaryOperator<Tensor> tensor) {
    return Operator.fixed(
        name,
        Kernel.one(
            in -> {
              if (in.integers(in.count())) {
                Value.Integers result = in.integersAt(0);
                for (int i = 1; i < in.count(); i++) {
                  result = HostMath.combine(result, in.integersAt(i), result.dtype(), host);
                }
                return result;
              }
              Tensor result = in.tensor(0);
              for (int i = 1; i < in.count(); i++) {
                result = tensor.apply(result, in.tensor(i));
              }
              return new Value.Device(result);
            }));
  }

  private static Value combine(
      Arguments in, LongBinaryOperator host, BinaryOperator<Tensor> tensor) {
    return in.integers(2)
        ? HostMath.combine(in.integersAt(0), in.integersAt(1), in.integersAt(0).dtype(), host)
        : new Value.Device(tensor.apply(in.tensor(0), in.tensor(1)));
  }

  /** Integers are divided towards zero; libtorch alone would round down or make floats of them. */
  private static Tensor div(Tensor a, Tensor b) {
    return isFloating(a) ? a.div(b) : a.abs().floor_divide(b.abs()).mul(a.sign()).mul(b.sign());
  }

  private static Kernel mod(NodeContext node) {
    boolean signOfDividend = node.node().intAttribute("fmod", 0) != 0;
    return Kernel.one(
        in ->
            signOfDividend
                ? combine(in, (a, b) -> a % b, Tensor::fmod)
                : combine(in, Math::floorMod, Tensor::remainder));
  }

  private static Kernel pow(NodeContext node) {
    Double exponent = node.constantNumber(1);
    // A constant exponent of higher rank than the base would change the result's shape.
    Value known = node.isConstant(1) ? node.known()[1] : null;
    if (exponent != null && known != null && known.dims().length == 0) {
      Scalar power = node.scalar(exponent);
      return Kernel.unary(
          x -> {
            if (exponent == 2) {
              return x.mul(x);
            }
            return isFloating(x)
                ? x.pow(power)
                : x.to(ScalarType.Double).pow(power).to(Tensors.type(x));
          });
    }
    return Kernel.binary(
        (x, power) -> {
          ScalarType type = Tensors.type(x);
          if (isFloating(x)) {
            return x.pow(power.to(type));
          }
          return isFloating(power)
              ? x.to(Tensors.type(power)).pow(power).to(type)
              : x.pow(power).to(type);
        });
  }

  private static Kernel clip(NodeContext node) {
    Scalar low = bound(node, "min", 1);
    Scalar high = bound(node, "max", 2);
    boolean lowGiven = node.node().hasInput(1);
    boolean highGiven = node.node().hasInput(2);
    return Kernel.tensor(
        in -> {
          Tensor x = in.tensor(0);
          if (low != null) {
            x = x.clamp_min(low);
          } else if (lowGiven) {
            x = x.clamp_min(in.tensor(1));
          }
          if (high != null) {
            return x.clamp_max(high);
          }
          return highGiven ? x.clamp_max(in.tensor(2)) : x;
        });
  }

  /** A bound of Clip as number: an attribute before operator set 11, later perhaps a constant. */
  private static @Nullable Scalar bound(NodeContext node, String key, int input) {
    if (node.node().attributes().containsKey(key)) {
      return node.scalarAttribute(key, 0);
    }
    Double number = node.constantNumber(input);
    Value known = number == null ? null : node.known()[input];
    if (number == null || known == null) {
      return null;
    }
    boolean whole =
        known instanceof Value.Integers
            || (known instanceof Value.Device device && !isFloating(device.tensor()));
    return whole ? node.hold(new Scalar(number.longValue())) : node.scalar(number);
  }

  static boolean isFloating(Tensor tensor) {
    return switch (Tensors.type(tensor)) {
      case Float, Double, Half, BFloat16 -> true;
      default -> false;
    };
  }

  /** A number as a tensor without axes, of another tensor's type. */
  static Tensor like(double number, Tensor other) {
    return torch.scalar_tensor(new Scalar(number), new TensorOptions(Tensors.type(other)));
  }
}
