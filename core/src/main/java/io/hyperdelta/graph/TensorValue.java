package io.hyperdelta.graph;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A tensor's value: element type, axes, and elements in row-major order. Immutable, so safe to
 * share between threads.
 *
 * <p>Elements are kept as the little-endian bytes of the ONNX and safetensors formats; strings as a
 * list.
 */
public final class TensorValue {
  private static final int HASHED_BYTES = 509;

  private final Dtype dtype;
  private final long[] dims;
  private final ByteBuffer bytes;
  private final List<String> strings;

  private TensorValue(Dtype dtype, long[] dims, ByteBuffer bytes, List<String> strings) {
    this.dtype = dtype;
    this.dims = dims.clone();
    this.bytes = bytes;
    this.strings = strings;
  }

  /**
   * A tensor over little-endian bytes, which are copied.
   *
   * @throws IllegalArgumentException if the bytes are not as many as the axes and type say, or the
   *     type is STRING
   */
  public static TensorValue ofBytes(Dtype dtype, long[] dims, ByteBuffer bytes) {
    checkBytes(dtype, dims, bytes);
    ByteBuffer copy = ByteBuffer.allocate(bytes.remaining());
    copy.put(bytes.duplicate()).flip();
    return new TensorValue(dtype, dims, copy, List.of());
  }

  private static void checkBytes(Dtype dtype, long[] dims, ByteBuffer bytes) {
    if (dtype == Dtype.STRING) {
      throw new IllegalArgumentException(
          "Strings have no bytes. Expected a numeric type; use ofStrings.");
    }
    long expected = Math.multiplyExact(elementCount(dims), (long) dtype.byteWidth());
    if (bytes.remaining() != expected) {
      throw new IllegalArgumentException(
          "A tensor's bytes do not fit its shape %s of %s. Expected %d bytes, got %d."
              .formatted(Arrays.toString(dims), dtype, expected, bytes.remaining()));
    }
  }

  /**
   * A tensor over little-endian bytes that nobody changes any more: they are shared, not copied.
   *
   * @throws IllegalArgumentException as {@link #ofBytes} does
   */
  public static TensorValue sharing(Dtype dtype, long[] dims, ByteBuffer bytes) {
    checkBytes(dtype, dims, bytes);
    return new TensorValue(dtype, dims, bytes.slice(), List.of());
  }

  /** A float32 tensor; the values are copied. */
  public static TensorValue ofFloats(float[] values, long... dims) {
    ByteBuffer buffer = allocate(Dtype.FLOAT, values.length, dims);
    buffer.asFloatBuffer().put(values);
    return new TensorValue(Dtype.FLOAT, dims, buffer, List.of());
  }

  /** A float64 tensor; the values are copied. */
  public static TensorValue ofDoubles(double[] values, long... dims) {
    ByteBuffer buffer = allocate(Dtype.DOUBLE, values.length, dims);
    buffer.asDoubleBuffer().put(values);
    return new TensorValue(Dtype.DOUBLE, dims, buffer, List.of());
  }

  /** An int64 tensor; the values are copied. */
  public static TensorValue ofLongs(long[] values, long... dims) {
    ByteBuffer buffer = allocate(Dtype.INT64, values.length, dims);
    buffer.asLongBuffer().put(values);
    return new TensorValue(Dtype.INT64, dims, buffer, List.of());
  }

  /**
   * A tensor of integers or booleans; the values are narrowed to the type's width.
   *
   * @throws IllegalArgumentException if the type is no integer or BOOL
   */
  public static TensorValue ofIntegers(Dtype dtype, long[] values, long... dims) {
    ByteBuffer buffer = allocate(dtype, values.length, dims);
    for (long value : values) {
      switch (dtype) {
        case INT64, UINT64 -> buffer.putLong(value);
        case INT32, UINT32 -> buffer.putInt((int) value);
        case INT16, UINT16 -> buffer.putShort((short) value);
        case INT8, UINT8, BOOL -> buffer.put((byte) value);
        default ->
            throw new IllegalArgumentException(
                "Integers cannot be kept as " + dtype + ". Expected an integer type or BOOL.");
      }
    }
    return new TensorValue(dtype, dims, buffer.flip(), List.of());
  }

  /** A string tensor. */
  public static TensorValue ofStrings(List<String> values, long... dims) {
    checkCount(values.size(), dims);
    return new TensorValue(Dtype.STRING, dims, ByteBuffer.allocate(0), List.copyOf(values));
  }

  /** A float32 tensor without axes. */
  public static TensorValue scalar(float value) {
    return ofFloats(new float[] {value});
  }

  /** An int64 tensor with one axis. */
  public static TensorValue longs(long... values) {
    return ofLongs(values, values.length);
  }

  private static ByteBuffer allocate(Dtype dtype, int count, long[] dims) {
    checkCount(count, dims);
    return ByteBuffer.allocate(Math.multiplyExact(count, dtype.byteWidth()))
        .order(ByteOrder.LITTLE_ENDIAN);
  }

  private static void checkCount(int count, long[] dims) {
    if (elementCount(dims) != count) {
      throw new IllegalArgumentException(
          "A tensor's values do not fit its shape %s. Expected %d values, got %d."
              .formatted(Arrays.toString(dims), elementCount(dims), count));
    }
  }

  static long elementCount(long[] dims) {
    long count = 1;
    for (long dim : dims) {
      if (dim < 0) {
        throw new IllegalArgumentException(
            "A tensor has shape %s. Expected sizes of 0 or more.".formatted(Arrays.toString(dims)));
      }
      if (dim > 0 && count > Long.MAX_VALUE / dim) {
        throw new IllegalArgumentException(
            "A tensor has shape %s, more values than can be counted. Expected a real tensor."
                .formatted(Arrays.toString(dims)));
      }
      count *= dim;
    }
    return count;
  }

  /** Element type. */
  public Dtype dtype() {
    return dtype;
  }

  /** Sizes of the axes, outermost first; a fresh array. */
  public long[] dims() {
    return dims.clone();
  }

  /** Size of one axis. */
  public long dim(int axis) {
    return dims[axis];
  }

  /** Number of axes. */
  public int rank() {
    return dims.length;
  }

  /**
   * The same elements under another shape; they are shared, not copied.
   *
   * @throws IllegalArgumentException if the shape has another number of elements
   */
  public TensorValue reshaped(long... newDims) {
    checkCount(elementCount(), newDims);
    return new TensorValue(dtype, newDims, bytes, strings);
  }

  /**
   * Some of the tensor's rows: the parts along its first axis, in a given order, possibly several
   * times; copied.
   *
   * @throws IndexOutOfBoundsException if there is no such row
   */
  public TensorValue rows(int... index) {
    int count = Math.toIntExact(dims[0]);
    int width = count == 0 ? 0 : elementCount() / count;
    long[] newDims = dims.clone();
    newDims[0] = index.length;
    List<String> texts = new ArrayList<>();
    int rowBytes = Math.multiplyExact(width, dtype.byteWidth());
    ByteBuffer some = ByteBuffer.allocate(Math.multiplyExact(rowBytes, index.length));
    for (int row : index) {
      Objects.checkIndex(row, count);
      if (dtype == Dtype.STRING) {
        texts.addAll(strings.subList(row * width, (row + 1) * width));
      } else {
        some.put(bytes().slice(row * rowBytes, rowBytes));
      }
    }
    return new TensorValue(
        dtype, newDims, some.flip().order(ByteOrder.LITTLE_ENDIAN), List.copyOf(texts));
  }

  /** Number of elements. */
  public int elementCount() {
    return Math.toIntExact(elementCount(dims));
  }

  /** The elements' little-endian bytes, read-only. */
  public ByteBuffer bytes() {
    return bytes.asReadOnlyBuffer().order(ByteOrder.LITTLE_ENDIAN).rewind();
  }

  /**
   * The elements as float32, a fresh array.
   *
   * @throws IllegalStateException if the type is not FLOAT
   */
  public float[] floats() {
    require(Dtype.FLOAT);
    float[] values = new float[elementCount()];
    bytes().asFloatBuffer().get(values);
    return values;
  }

  /**
   * The elements as int64, a fresh array; narrower integers and booleans are widened.
   *
   * @throws IllegalStateException if the type is not an integer or BOOL
   */
  public long[] longs() {
    ByteBuffer buffer = bytes();
    long[] values = new long[elementCount()];
    for (int i = 0; i < values.length; i++) {
      values[i] = TensorMath.integer(buffer, dtype);
    }
    return values;
  }

  /**
   * The elements as float64, a fresh array; any numeric type. Integers beyond 2^53 are rounded.
   *
   * @throws IllegalStateException for strings
   */
  public double[] doubles() {
    ByteBuffer buffer = bytes();
    double[] values = new double[elementCount()];
    for (int i = 0; i < values.length; i++) {
      values[i] =
          dtype.isReal()
              ? TensorMath.real(buffer, dtype)
              : TensorMath.toDouble(TensorMath.integer(buffer, dtype), dtype);
    }
    return values;
  }

  /**
   * The elements of a string tensor.
   *
   * @throws IllegalStateException if the type is not STRING
   */
  public List<String> strings() {
    require(Dtype.STRING);
    return strings;
  }

  private void require(Dtype expected) {
    if (dtype != expected) {
      throw new IllegalStateException("A tensor of " + dtype + " was read as " + expected + ".");
    }
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof TensorValue that
        && dtype == that.dtype
        && Arrays.equals(dims, that.dims)
        && bytes().equals(that.bytes())
        && strings.equals(that.strings);
  }

  /** From some of the elements: a look-up must not read whole weights. */
  @Override
  public int hashCode() {
    int hash = Arrays.hashCode(dims) * 31 + dtype.hashCode() + strings.hashCode();
    int size = bytes.limit();
    // Odd, so that it is not always the same byte of a number.
    int step = size / HASHED_BYTES | 1;
    for (int at = 0; at < size; at += step) {
      hash = 31 * hash + bytes.get(at);
    }
    return hash;
  }

  /** Type and shape, without the elements. */
  @Override
  public String toString() {
    return dtype + " " + Arrays.toString(dims);
  }
}
