package io.hyperdelta.autodiff;

import io.hyperdelta.graph.Dtype;
import java.util.Arrays;
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
  private static final Gradient SUM =
      Gradient.each(
          Gradient.Reads.SHAPES,
          in -> in.summed(in.gradient(), 0),
          in -> in.summed(in.gradient(), 1));

  private static final Gradient DIFFERENCE =
      Gradient.each(
          Gradient.Reads.SHAPES,
          in -> in.summed(in.gradient(), 0),
          in -> in.summed(in.gradient(), 1).neg());

  private static final Gradient PRODUCT =
      Gradient.each(
          Gradient.Reads.INPUTS,
          in -> in.summed(in.gradient().mul(in.input(1)), 0),
          in -> in.summed(in.gradient().mul(in.input(0)), 1));

  private static final Gradient QUOTIENT =
      Gradient.each(
          Gradient.Reads.INPUTS,
          in -> in.summed(in.gradient().div(in.input(1)), 0),
          in -> {
            // Not over the square, which leaves the range of floats sooner.
            Tensor slope = in.input(0).div(in.input(1)).div(in.input(1));
            return in.summed(in.gradient().mul(slope), 1).neg();
          });

  static final List<Operator> ALL =
      List.of(
          Operator.of("Add", ArithmeticKernels::sum).withExpendableOutputs(),
          binary("Sub", (a, b) -> a - b, Tensor::sub, DIFFERENCE),
          binary("Mul", (a, b) -> a * b, Tensor::mul, PRODUCT),
          Operator.of("Div", ArithmeticKernels::div),
          Operator.of("Mod", ArithmeticKernels::mod),
          Operator.of("Pow", node -> LegacyBroadcast.of(node, pow(node))),
          unary("Neg", a -> -a, Tensor::neg, Gradient.ofShape(in -> in.gradient().neg())),
          unary("Abs", Math::abs, Tensor::abs),
          unary("Sign", Long::signum, Tensor::sign),
          unary("Sqrt", Tensor::sqrt, Gradient.ofOutput((g, y) -> g.div(y.add(y)))),
          unary("Exp", Tensor::exp, Gradient.ofOutput(Tensor::mul)),
          unary("Log", Tensor::log),
          unary("Erf", Tensor::erf),
          unary("Reciprocal", Tensor::reciprocal),
          unary("Floor", Tensor::floor),
          unary("Ceil", Tensor::ceil),
          unary("Round", Tensor::round),
          variadic("Min", Math::min, (a, b) -> less(a, b) ? a : b, Tensor::minimum),
          variadic("Max", Math::max, (a, b) -> less(a, b) ? b : a, Tensor::maximum),
          variadic("Sum", Long::sum, Long::sum, Tensor::add),
          Operator.of("Mean", ArithmeticKernels::mean),
          Operator.of("Clip", ArithmeticKernels::clip));

  private ArithmeticKernels() {}

  private static Operator unary(String name, UnaryOperator<Tensor> tensor, Gradient gradient) {
    return Operator.fixed(name, Kernel.unary(tensor).with(gradient));
  }

  private static Operator unary(String name, UnaryOperator<Tensor> tensor) {
    return Operator.fixed(name, Kernel.unary(tensor));
  }

  private static Operator unary(String name, LongUnaryOperator host, UnaryOperator<Tensor> tensor) {
    return Operator.fixed(name, mapping(host, tensor));
  }

  private static Operator unary(
      String name, LongUnaryOperator host, UnaryOperator<Tensor> tensor, Gradient gradient) {
    return Operator.fixed(name, mapping(host, tensor).with(gradient));
  }

  private static Kernel mapping(LongUnaryOperator host, UnaryOperator<Tensor> tensor) {
    return Kernel.one(
        in ->
            in.integers(1)
                ? HostMath.map(in.integersAt(0), host)
                : new Value.Device(tensor.apply(in.tensor(0))));
  }

  private static Kernel sum(NodeContext node) {
    return LegacyBroadcast.of(node, Kernel.one(ArithmeticKernels::add).with(SUM));
  }

  private static Operator binary(
      String name, LongBinaryOperator host, BinaryOperator<Tensor> tensor, Gradient gradient) {
    Kernel kernel = Kernel.one(in -> combine(in, host, tensor)).with(gradient);
    return Operator.of(name, node -> LegacyBroadcast.of(node, kernel));
  }

  private static Operator variadic(
      String name,
      LongBinaryOperator host,
      LongBinaryOperator unsigned,
      BinaryOperator<Tensor> tensor) {
    return Operator.fixed(
        name,
        Kernel.one(
            in -> {
              if (in.integers(in.count())) {
                Value.Integers result = in.integersAt(0);
                LongBinaryOperator operator = isUnsigned(result) ? unsigned : host;
                for (int i = 1; i < in.count(); i++) {
                  result = HostMath.combine(result, in.integersAt(i), result.dtype(), operator);
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

  private static boolean less(long a, long b) {
    return Long.compareUnsigned(a, b) < 0;
  }

  private static Kernel mean(NodeContext node) {
    Scalar count = node.scalar(node.node().inputs().size());
    return Kernel.tensor(
        in -> {
          Tensor sum = in.tensor(0);
          for (int i = 1; i < in.count(); i++) {
            sum = sum.add(in.tensor(i));
          }
          return sum.div(count);
        });
  }

  private static Value add(Arguments in) {
    return combine(
        in,
        Long::sum,
        (a, b) -> {
          if (in.isSpare(0) && holds(a, b)) {
            return added(a, b);
          }
          return in.isSpare(1) && holds(b, a) ? added(b, a) : a.add(b);
        });
  }

  /** A sum, written over the first term, which nobody else reads, where it has the room. */
  static Tensor sumOver(Tensor term, Tensor other) {
    boolean costly = term.requires_grad() && term.is_view();
    return !costly && holds(term, other) ? added(term, other) : term.add(other);
  }

  /** The first term itself: what libtorch returns is another handle on it that owns nothing. */
  private static Tensor added(Tensor term, Tensor other) {
    term.add_(other);
    return term;
  }

  /** Whether a sum has the shape and type of its first term. */
  private static boolean holds(Tensor term, Tensor other) {
    return Tensors.type(term) == Tensors.type(other)
        && Arrays.equals(Shapes.broadcast(Shapes.of(term), Shapes.of(other)), Shapes.of(term));
  }

  static Value combine(Arguments in, LongBinaryOperator host, BinaryOperator<Tensor> tensor) {
    return in.integers(2)
        ? HostMath.combine(in.integersAt(0), in.integersAt(1), in.integersAt(0).dtype(), host)
        : new Value.Device(tensor.apply(in.tensor(0), in.tensor(1)));
  }

  /** Whether the highest bit of a Java long counts as a digit. */
  private static boolean isUnsigned(Value.Integers value) {
    return value.dtype() == Dtype.UINT64;
  }

  private static Kernel div(NodeContext node) {
    return LegacyBroadcast.of(
        node,
        Kernel.one(
                in ->
                    in.integers(1) && isUnsigned(in.integersAt(0))
                        ? combine(in, Long::divideUnsigned, Tensor::div)
                        : combine(in, (a, b) -> a / b, ArithmeticKernels::div))
            .with(QUOTIENT));
  }

  /** Integers are divided towards zero; libtorch alone would round down or make floats of them. */
  private static Tensor div(Tensor a, Tensor b) {
    return isFloating(a) ? a.div(b) : a.abs().floor_divide(b.abs()).mul(a.sign()).mul(b.sign());
  }

  private static Kernel mod(NodeContext node) {
    boolean signOfDividend = node.node().intAttribute("fmod", 0) != 0;
    return Kernel.one(
        in -> {
          if (in.integers(1) && isUnsigned(in.integersAt(0))) {
            return combine(in, Long::remainderUnsigned, Tensor::remainder);
          }
          return signOfDividend
              ? combine(in, (a, b) -> a % b, Tensor::fmod)
              : combine(in, Math::floorMod, Tensor::remainder);
        });
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
    return Kernel.one(
        in -> {
          if (in.integers(1) && in.onHost(in.count())) {
            return clip(in, lowGiven, highGiven);
          }
          Tensor x = in.tensor(0);
          if (low != null) {
            x = x.clamp_min(low);
          } else if (lowGiven) {
            x = x.clamp_min(in.tensor(1));
          }
          if (high != null) {
            return new Value.Device(x.clamp_max(high));
          }
          return new Value.Device(highGiven ? x.clamp_max(in.tensor(2)) : x);
        });
  }

  private static Value clip(Arguments in, boolean lowGiven, boolean highGiven) {
    Value.Integers x = in.integersAt(0);
    long turn = isUnsigned(x) ? Long.MIN_VALUE : 0;
    long low = lowGiven ? in.number(1) ^ turn : Long.MIN_VALUE;
    long high = highGiven ? in.number(2) ^ turn : Long.MAX_VALUE;
    return HostMath.map(x, a -> Math.min(Math.max(a ^ turn, low), high) ^ turn);
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
