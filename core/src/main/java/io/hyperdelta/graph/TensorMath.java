package io.hyperdelta.graph;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.IntConsumer;

/** What constants go through on their way to becoming weights. Stateless. */
final class TensorMath {
  private TensorMath() {}

  /**
   * The same numbers in another type, rounded to the nearest, as ONNX's Cast says.
   *
   * @return nothing where the result depends on who computes it: texts, and reals that are no
   *     integer of the type
   */
  static Optional<TensorValue> cast(TensorValue value, Dtype to) {
    if (value.dtype() == to) {
      return Optional.of(value);
    }
    long byteCount = (long) value.elementCount() * to.byteWidth();
    if (value.dtype() == Dtype.STRING || to == Dtype.STRING || byteCount > Integer.MAX_VALUE - 8) {
      return Optional.empty();
    }
    ByteBuffer from = value.bytes();
    ByteBuffer result = ByteBuffer.allocate((int) byteCount).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = value.elementCount(); i > 0; i--) {
      if (!value.dtype().isReal()) {
        long number = integer(from, value.dtype());
        if (to.isReal()) {
          putInteger(result, to, number, value.dtype());
        } else {
          putBits(result, to, number);
        }
      } else if (!putReal(result, to, real(from, value.dtype()))) {
        return Optional.empty();
      }
    }
    return Optional.of(TensorValue.sharing(to, value.dims(), result.flip()));
  }

  /** The next element of a real type. */
  static double real(ByteBuffer from, Dtype dtype) {
    return switch (dtype) {
      case FLOAT -> from.getFloat();
      case DOUBLE -> from.getDouble();
      case FLOAT16 -> ofFloat16(from.getShort());
      case BFLOAT16 -> Float.intBitsToFloat(from.getShort() << 16);
      default -> throw new IllegalStateException(dtype + " is no real type");
    };
  }

  /** The next element of an integer type or of BOOL; unsigned 64-bit ones by their bits. */
  static long integer(ByteBuffer from, Dtype dtype) {
    return switch (dtype) {
      case INT64, UINT64 -> from.getLong();
      case INT32 -> from.getInt();
      case UINT32 -> Integer.toUnsignedLong(from.getInt());
      case INT16 -> from.getShort();
      case UINT16 -> Short.toUnsignedLong(from.getShort());
      case INT8 -> from.get();
      case UINT8, BOOL -> Byte.toUnsignedLong(from.get());
      default -> throw new IllegalStateException("A tensor of " + dtype + " was read as integers.");
    };
  }

  /** An integer, as {@link #integer} gives it, as a float64. */
  static double toDouble(long number, Dtype dtype) {
    return isHalved(number, dtype) ? 2.0 * half(number) : number;
  }

  private static float toFloat(long number, Dtype dtype) {
    // Straight to the type: by way of float64 it would be rounded twice.
    return isHalved(number, dtype) ? 2f * half(number) : number;
  }

  private static boolean isHalved(long number, Dtype dtype) {
    return dtype == Dtype.UINT64 && number < 0;
  }

  /** Half of an unsigned number; its last bit stays, so that rounding still sees it. */
  private static long half(long number) {
    return (number >>> 1) | (number & 1);
  }

  private static void putInteger(ByteBuffer result, Dtype to, long number, Dtype from) {
    switch (to) {
      case DOUBLE -> result.putDouble(toDouble(number, from));
      case FLOAT -> result.putFloat(toFloat(number, from));
      case FLOAT16 -> result.putShort(toFloat16(toFloat(number, from)));
      default -> result.putShort(toBfloat16(toFloat(number, from)));
    }
  }

  /** Puts an integer; the higher bits of one that is too large go. */
  private static void putBits(ByteBuffer result, Dtype to, long number) {
    switch (to) {
      case INT64, UINT64 -> result.putLong(number);
      case INT32, UINT32 -> result.putInt((int) number);
      case INT16, UINT16 -> result.putShort((short) number);
      case BOOL -> result.put((byte) (number == 0 ? 0 : 1));
      default -> result.put((byte) number);
    }
  }

  private static boolean putReal(ByteBuffer result, Dtype to, double number) {
    switch (to) {
      case DOUBLE -> result.putDouble(number);
      case FLOAT -> result.putFloat((float) number);
      case FLOAT16 -> result.putShort(toFloat16((float) number));
      case BFLOAT16 -> result.putShort(toBfloat16((float) number));
      case BOOL -> result.put((byte) (number == 0 ? 0 : 1));
      default -> {
        double whole = number < 0 ? Math.ceil(number) : Math.floor(number);
        int bits = 8 * to.byteWidth();
        double low = to.isUnsigned() ? 0 : -Math.scalb(1.0, bits - 1);
        double high = Math.scalb(1.0, to.isUnsigned() ? bits : bits - 1);
        if (!(whole >= low && whole < high)) {
          return false;
        }
        // A Java long ends in the middle of the unsigned range.
        putBits(
            result, to, whole < 0x1p63 ? (long) whole : (long) (whole - 0x1p63) + Long.MIN_VALUE);
      }
    }
    return true;
  }

  /** The value of an IEEE 754 binary16. */
  static float ofFloat16(short bits) {
    int sign = (bits & 0x8000) << 16;
    int exponent = (bits >> 10) & 0x1f;
    int fraction = bits & 0x3ff;
    return switch (exponent) {
      case 0 -> Math.copySign(fraction * 0x1p-24f, Float.intBitsToFloat(sign));
      case 0x1f -> Float.intBitsToFloat(sign | 0x7f800000 | (fraction << 13));
      default -> Float.intBitsToFloat(sign | ((exponent + 112) << 23) | (fraction << 13));
    };
  }

  /** The nearest IEEE 754 binary16, of two the even one. */
  static short toFloat16(float number) {
    int sign = (Float.floatToRawIntBits(number) >>> 16) & 0x8000;
    double size = Math.abs((double) number);
    if (Double.isNaN(size)) {
      return (short) (sign | 0x7e00);
    }
    // Halfway from the largest number to what would come next: from here on it is infinite.
    if (size >= 65520) {
      return (short) (sign | 0x7c00);
    }
    int exponent = Math.max(-14, Math.getExponent(size));
    int fraction = (int) Math.rint(Math.scalb(size, 10 - exponent));
    // Where rounding carries into the next power of two, the addition does so as well; below the
    // smallest power the leading bit is missing from both.
    return (short) (sign | (((exponent + 14) << 10) + fraction));
  }

  /** The nearest bfloat16, of two the even one. */
  static short toBfloat16(float number) {
    int bits = Float.floatToRawIntBits(number);
    return Float.isNaN(number)
        ? (short) ((bits >>> 16) | 0x40)
        : (short) ((bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16);
  }

  /**
   * The tensor with its axes in another order.
   *
   * @param order the old position of each new axis, a permutation
   */
  static TensorValue transpose(TensorValue value, int[] order) {
    long[] dims = new long[order.length];
    for (int i = 0; i < order.length; i++) {
      dims[i] = value.dim(order[i]);
    }
    if (value.dtype() == Dtype.STRING) {
      List<String> texts = new ArrayList<>(value.elementCount());
      forEachSource(value, order, i -> texts.add(value.strings().get(i)));
      return TensorValue.ofStrings(texts, dims);
    }
    ByteBuffer from = value.bytes();
    ByteBuffer result = ByteBuffer.allocate(from.remaining()).order(from.order());
    switch (value.dtype().byteWidth()) {
      case 1 -> forEachSource(value, order, i -> result.put(from.get(i)));
      case 2 -> forEachSource(value, order, i -> result.putShort(from.getShort(2 * i)));
      case 4 -> forEachSource(value, order, i -> result.putInt(from.getInt(4 * i)));
      default -> forEachSource(value, order, i -> result.putLong(from.getLong(8 * i)));
    }
    return TensorValue.sharing(value.dtype(), dims, result.flip());
  }

  /** The positions of the old elements, in the order in which they come in the new tensor. */
  private static void forEachSource(TensorValue value, int[] order, IntConsumer visitor) {
    int[] strides = new int[order.length];
    int[] sizes = new int[order.length];
    int[] at = new int[order.length];
    int count = value.elementCount();
    for (int i = 0; i < order.length && count > 0; i++) {
      sizes[i] = (int) value.dim(order[i]);
      strides[i] = 1;
      for (int j = order[i] + 1; j < order.length; j++) {
        strides[i] *= (int) value.dim(j);
      }
    }
    int source = 0;
    for (int i = 0; i < count; i++) {
      visitor.accept(source);
      for (int axis = order.length - 1; axis >= 0; axis--) {
        source += strides[axis];
        if (++at[axis] < sizes[axis]) {
          break;
        }
        source -= strides[axis] * sizes[axis];
        at[axis] = 0;
      }
    }
  }
}
