package io.hyperdelta.autodiff;

import io.hyperdelta.graph.Dtype;
import io.hyperdelta.graph.ModelException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.LongFunction;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** Changes of the element type, between numbers and texts too. */
final class CastKernels {
  static final List<Operator> ALL =
      List.of(
          Operator.of("Cast", CastKernels::cast),
          Operator.of(
              "CastLike",
              node -> Kernel.one(in -> cast(in.value(0), dtype(in.value(1)), node.precision()))));

  private CastKernels() {}

  private static Kernel cast(NodeContext node) {
    Dtype target = target(node, "to");
    return Kernel.one(in -> cast(in.value(0), target, node.precision()));
  }

  /** The element type that an attribute asks for. */
  static Dtype target(NodeContext node, String key) {
    long code = node.node().intAttribute(key, Dtype.FLOAT.code());
    try {
      return Dtype.ofCode(Math.toIntExact(code));
    } catch (ModelException e) {
      throw new UnsupportedNodeException(" to element type " + code);
    }
  }

  /** A value's declared type; float32 that a program widens counts as float64. */
  static Dtype dtype(Value value) {
    if (value instanceof Value.Device device) {
      return Precision.dtype(Tensors.type(device.tensor()));
    }
    return value instanceof Value.Integers integers ? integers.dtype() : Dtype.STRING;
  }

  /** A value in another element type. */
  static Value cast(Value value, Dtype target, Precision precision) {
    if (target == Dtype.STRING) {
      return value instanceof Value.Texts ? value : Value.ofTexts(texts(value), value.dims());
    }
    if (value instanceof Value.Texts texts) {
      return numbers(texts, target, precision);
    }
    if (value instanceof Value.Device device) {
      return Precision.hasTensors(target)
          ? new Value.Device(device.tensor().to(precision.scalarType(target)))
          : integers(target, value.dims(), longs(device.tensor()));
    }
    Value.Integers integers = (Value.Integers) value;
    return isReal(target)
        ? new Value.Device(tensor(integers).to(precision.scalarType(target)))
        : integers(target, integers.dims(), integers.elements());
  }

  private static Value integers(Dtype type, long[] dims, long[] elements) {
    return new Value.Integers(type, dims, HostMath.narrow(elements, type));
  }

  private static boolean isReal(Dtype type) {
    return switch (type) {
      case FLOAT, DOUBLE, FLOAT16, BFLOAT16 -> true;
      default -> false;
    };
  }

  private static long[] longs(Tensor tensor) {
    return ArithmeticKernels.isFloating(tensor)
        ? Arrays.stream(Tensors.doubles(tensor)).mapToLong(CastKernels::towardsZero).toArray()
        : Tensors.longs(tensor);
  }

  /** The integer part, as the 64 bits of a signed number or, above those, of an unsigned one. */
  private static long towardsZero(double number) {
    return number >= 0x1p63 ? (long) (number - 0x1p63) ^ Long.MIN_VALUE : (long) number;
  }

  private static Tensor tensor(Value.Integers integers) {
    if (integers.dtype() != Dtype.UINT64) {
      return Tensors.of(integers);
    }
    double[] numbers =
        Arrays.stream(integers.elements())
            .mapToDouble(bits -> bits < 0 ? (bits >>> 1) * 2.0 + (bits & 1) : bits)
            .toArray();
    return Tensors.ofDoubles(numbers, integers.dims());
  }

  private static List<String> texts(Value value) {
    if (value instanceof Value.Device device && ArithmeticKernels.isFloating(device.tensor())) {
      ScalarType type = Tensors.type(device.tensor());
      return Arrays.stream(Tensors.doubles(device.tensor()))
          .mapToObj(number -> NumberText.of(number, type))
          .toList();
    }
    LongFunction<String> text =
        dtype(value) == Dtype.UINT64 ? Long::toUnsignedString : Long::toString;
    return Arrays.stream(Arguments.longs(value)).mapToObj(text).toList();
  }

  private static Value numbers(Value.Texts texts, Dtype target, Precision precision) {
    List<String> elements = texts.elements();
    if (isReal(target)) {
      double[] numbers = elements.stream().mapToDouble(CastKernels::real).toArray();
      Tensor tensor = Tensors.ofDoubles(numbers, texts.dims());
      return new Value.Device(tensor.to(precision.scalarType(target)));
    }
    long[] numbers = elements.stream().mapToLong(text -> integer(text, target)).toArray();
    Value.Integers integers =
        new Value.Integers(target, texts.dims(), HostMath.narrow(numbers, target));
    return numbers.length > Value.MAX_HOST_ELEMENTS && Precision.hasTensors(target)
        ? new Value.Device(Tensors.of(integers))
        : integers;
  }

  private static long integer(String text, Dtype target) {
    String digits = text.strip();
    boolean whole =
        IntStream.range(digits.startsWith("-") ? 1 : 0, digits.length())
            .allMatch(i -> Character.isDigit(digits.charAt(i)));
    if (!whole || digits.isEmpty()) {
      return towardsZero(real(text));
    }
    return target == Dtype.UINT64 && !digits.startsWith("-")
        ? Long.parseUnsignedLong(digits)
        : Long.parseLong(digits);
  }

  private static double real(String text) {
    return switch (text.strip().toLowerCase(Locale.ROOT)) {
      case "inf", "+inf" -> Double.POSITIVE_INFINITY;
      case "-inf" -> Double.NEGATIVE_INFINITY;
      case "nan" -> Double.NaN;
      default -> {
        try {
          yield Double.parseDouble(text);
        } catch (NumberFormatException e) {
          throw new IllegalArgumentException("text \"%s\" is no number".formatted(text), e);
        }
      }
    };
  }
}
