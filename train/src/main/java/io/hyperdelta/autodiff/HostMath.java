package io.hyperdelta.autodiff;

import io.hyperdelta.graph.Dtype;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.LongBinaryOperator;
import java.util.function.LongUnaryOperator;
import java.util.function.UnaryOperator;
import java.util.stream.LongStream;
import org.bytedeco.pytorch.Tensor;

/** Arithmetic and indexing of integers and texts on the Java side. Stateless. */
final class HostMath {
  private HostMath() {}

  static Value.Integers map(Value.Integers a, LongUnaryOperator operator) {
    return new Value.Integers(
        a.dtype(),
        a.dims(),
        narrow(Arrays.stream(a.elements()).map(operator).toArray(), a.dtype()));
  }

  /** Elements cut to what their type holds: overflow wraps around, as in tensors. */
  static long[] narrow(long[] elements, Dtype dtype) {
    return switch (dtype) {
      case INT32 -> mapped(elements, e -> (int) e);
      case UINT32 -> mapped(elements, e -> e & 0xffffffffL);
      case INT16 -> mapped(elements, e -> (short) e);
      case UINT16 -> mapped(elements, e -> e & 0xffff);
      case INT8 -> mapped(elements, e -> (byte) e);
      case UINT8 -> mapped(elements, e -> e & 0xff);
      case BOOL -> mapped(elements, e -> e == 0 ? 0 : 1);
      default -> elements;
    };
  }

  private static long[] mapped(long[] elements, LongUnaryOperator operator) {
    return Arrays.stream(elements).map(operator).toArray();
  }

  /** Combines elements, with broadcasting. */
  static Value.Integers combine(
      Value.Integers a, Value.Integers b, Dtype dtype, LongBinaryOperator operator) {
    long[] dims = Shapes.broadcast(a.dims(), b.dims());
    int[] fromA = sources(dims, Shapes.strides(a.dims(), dims), 0);
    int[] fromB = sources(dims, Shapes.strides(b.dims(), dims), 0);
    long[] result = new long[fromA.length];
    for (int i = 0; i < result.length; i++) {
      result[i] = operator.applyAsLong(a.elements()[fromA[i]], b.elements()[fromB[i]]);
    }
    return new Value.Integers(dtype, dims, narrow(result, dtype));
  }

  /** The same elements under another shape. */
  static Value reshape(Value value, long[] dims) {
    return value instanceof Value.Integers integers
        ? new Value.Integers(integers.dtype(), dims, integers.elements())
        : Value.ofTexts(((Value.Texts) value).elements(), dims);
  }

  /** A value whose element i is the source's element {@code from[i]}. */
  static Value pick(Value value, long[] dims, int[] from) {
    if (value instanceof Value.Integers integers) {
      long[] elements = integers.elements();
      return new Value.Integers(
          integers.dtype(), dims, Arrays.stream(from).mapToLong(i -> elements[i]).toArray());
    }
    List<String> elements = ((Value.Texts) value).elements();
    return Value.ofTexts(Arrays.stream(from).mapToObj(elements::get).toList(), dims);
  }

  /** Moves or repeats elements, whatever they are, in the way that an operator moves tensors. */
  static Value rearrange(Value value, UnaryOperator<Tensor> operator) {
    if (value instanceof Value.Device device) {
      return new Value.Device(operator.apply(device.tensor()));
    }
    long[] places = LongStream.range(0, Shapes.count(value.dims())).toArray();
    Tensor moved = operator.apply(Tensors.ofLongs(places, value.dims()));
    int[] from = Arrays.stream(Tensors.longs(moved)).mapToInt(Math::toIntExact).toArray();
    Value picked = pick(value, Shapes.of(moved), from);
    return picked instanceof Value.Integers integers
            && from.length > Value.MAX_HOST_ELEMENTS
            && Precision.hasTensors(integers.dtype())
        ? new Value.Device(Tensors.of(integers))
        : picked;
  }

  static Value expand(Value value, long[] dims) {
    return pick(value, dims, sources(dims, Shapes.strides(value.dims(), dims), 0));
  }

  /**
   * Picks along one axis.
   *
   * @param indices which positions of the axis, in order; not negative
   * @param indexDims the axes that take the place of the picked one
   */
  static Value take(Value value, int axis, long[] indices, long[] indexDims) {
    long[] from = value.dims();
    int inner = Math.toIntExact(Shapes.count(from, axis + 1, from.length));
    int outer = Math.toIntExact(Shapes.count(from, 0, axis));
    long[] dims = new long[from.length - 1 + indexDims.length];
    System.arraycopy(from, 0, dims, 0, axis);
    System.arraycopy(indexDims, 0, dims, axis, indexDims.length);
    System.arraycopy(from, axis + 1, dims, axis + indexDims.length, from.length - axis - 1);
    int[] sources = new int[Math.multiplyExact(outer * inner, indices.length)];
    int next = 0;
    for (int o = 0; o < outer; o++) {
      for (long index : indices) {
        for (int i = 0; i < inner; i++) {
          sources[next++] = (int) ((o * from[axis] + index) * inner + i);
        }
      }
    }
    return pick(value, dims, sources);
  }

  static Value concat(List<Value> values, int axis) {
    long[] dims = values.get(0).dims().clone();
    dims[axis] = values.stream().mapToLong(value -> value.dims()[axis]).sum();
    List<Long> numbers = new ArrayList<>();
    List<String> texts = new ArrayList<>();
    int outer = Math.toIntExact(Shapes.count(dims, 0, axis));
    for (int o = 0; o < outer; o++) {
      for (Value value : values) {
        int block = Math.toIntExact(Shapes.count(value.dims(), axis, dims.length));
        for (int i = o * block; i < (o + 1) * block; i++) {
          if (value instanceof Value.Integers integers) {
            numbers.add(integers.elements()[i]);
          } else {
            texts.add(((Value.Texts) value).elements().get(i));
          }
        }
      }
    }
    return values.get(0) instanceof Value.Integers integers
        ? new Value.Integers(
            integers.dtype(), dims, numbers.stream().mapToLong(Long::longValue).toArray())
        : Value.ofTexts(texts, dims);
  }

  /** Row-major walk over a shape: where each element lies in a source with other strides. */
  static int[] sources(long[] dims, long[] strides, long start) {
    int[] sources = new int[Math.toIntExact(Shapes.count(dims))];
    long[] position = new long[dims.length];
    long at = start;
    for (int i = 0; i < sources.length; i++) {
      sources[i] = (int) at;
      for (int axis = dims.length - 1; axis >= 0; axis--) {
        at += strides[axis];
        if (++position[axis] < dims[axis]) {
          break;
        }
        at -= strides[axis] * dims[axis];
        position[axis] = 0;
      }
    }
    return sources;
  }

  /**
   * Positions along an axis, counted from the front.
   *
   * @throws IllegalArgumentException if one lies outside
   */
  static long[] positions(long[] indices, long size) {
    long[] result = new long[indices.length];
    for (int i = 0; i < result.length; i++) {
      if (indices[i] < -size || indices[i] >= size) {
        throw new IllegalArgumentException(
            "index %d lies outside an axis of size %d".formatted(indices[i], size));
      }
      result[i] = indices[i] < 0 ? indices[i] + size : indices[i];
    }
    return result;
  }
}
