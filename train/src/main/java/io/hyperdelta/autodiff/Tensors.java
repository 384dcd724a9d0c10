package io.hyperdelta.autodiff;

import io.hyperdelta.graph.TensorValue;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.FloatPointer;
import org.bytedeco.javacpp.LongPointer;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.pytorch.MemoryFormatOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Between Java's arrays and libtorch's tensors. Tensors made here own their memory and belong to
 * the caller's open {@code PointerScope}. Stateless.
 */
public final class Tensors {
  private Tensors() {}

  /** A float32 tensor of the given axes; the values are copied. */
  public static Tensor ofFloats(float[] values, long... dims) {
    Engine.start();
    checkCount(values.length, dims);
    try (FloatPointer data = new FloatPointer(values)) {
      return copy(data, ScalarType.Float, dims);
    }
  }

  /** A float64 tensor of the given axes; the values are copied. */
  public static Tensor ofDoubles(double[] values, long... dims) {
    Engine.start();
    checkCount(values.length, dims);
    try (DoublePointer data = new DoublePointer(values)) {
      return copy(data, ScalarType.Double, dims);
    }
  }

  /** An int64 tensor of the given axes; the values are copied. */
  public static Tensor ofLongs(long[] values, long... dims) {
    Engine.start();
    checkCount(values.length, dims);
    try (LongPointer data = new LongPointer(values)) {
      return copy(data, ScalarType.Long, dims);
    }
  }

  /** An int64 [n] tensor of row numbers. */
  public static Tensor ofRows(int[] rows) {
    return ofLongs(Arrays.stream(rows).asLongStream().toArray(), rows.length);
  }

  /**
   * A tensor with a model's value.
   *
   * @param value any type but strings and the larger unsigned ones
   * @param precision whether float32 becomes float64
   */
  public static Tensor of(TensorValue value, Precision precision) {
    Engine.start();
    ScalarType stored = Precision.FLOAT.scalarType(value.dtype());
    Tensor tensor =
        torch.empty(value.dims(), new TensorOptions(stored), new MemoryFormatOptional());
    ByteBuffer bytes = value.bytes();
    memory(tensor, 0, bytes.remaining()).put(bytes);
    ScalarType wanted = precision.scalarType(value.dtype());
    return wanted == stored ? tensor : tensor.to(wanted);
  }

  /**
   * A contiguous tensor's elements where they are, in the machine's byte order; good as long as the
   * tensor is open.
   *
   * @param from where to begin, in bytes
   * @param count how many bytes
   */
  static ByteBuffer memory(Tensor tensor, long from, int count) {
    return count == 0
        ? ByteBuffer.allocate(0)
        : new BytePointer(tensor.data_ptr())
            .getPointer(BytePointer.class, from)
            .capacity(count)
            .asByteBuffer();
  }

  /** Host integers as a tensor of their type; int64 stands in for the larger unsigned ones. */
  static Tensor of(Value.Integers integers) {
    Tensor tensor = ofLongs(integers.elements(), integers.dims());
    return switch (integers.dtype()) {
      case INT64, UINT16, UINT32, UINT64 -> tensor;
      default -> tensor.to(Precision.FLOAT.scalarType(integers.dtype()));
    };
  }

  /**
   * What was computed from a value, as a value: in Java where that was in Java and the elements are
   * few or of a type that tensors do not have.
   */
  static Value like(Tensor tensor, Value origin) {
    if (origin instanceof Value.Integers integers
        && (tensor.numel() <= Value.MAX_HOST_ELEMENTS || !Precision.hasTensors(integers.dtype()))) {
      long[] elements = HostMath.narrow(longs(tensor), integers.dtype());
      return new Value.Integers(integers.dtype(), Shapes.of(tensor), elements);
    }
    return new Value.Device(tensor);
  }

  /** A tensor's element type. */
  static ScalarType type(Tensor tensor) {
    // What libtorch returns is a fresh object, comparable only once it is the enum's own.
    return tensor.scalar_type().intern();
  }

  /** The elements of a float32 or float64 tensor, row-major, narrowed to float32. */
  public static float[] floats(Tensor tensor) {
    float[] values = new float[Math.toIntExact(tensor.numel())];
    if (values.length > 0) {
      try (Tensor flat = plain(tensor, ScalarType.Float);
          FloatPointer data = flat.data_ptr_float()) {
        data.get(values);
      }
    }
    return values;
  }

  /** The elements of a numeric tensor, row-major, widened to float64. */
  public static double[] doubles(Tensor tensor) {
    double[] values = new double[Math.toIntExact(tensor.numel())];
    if (values.length > 0) {
      try (Tensor flat = plain(tensor, ScalarType.Double);
          DoublePointer data = flat.data_ptr_double()) {
        data.get(values);
      }
    }
    return values;
  }

  /** The elements of an integer or bool tensor, row-major. */
  public static long[] longs(Tensor tensor) {
    long[] values = new long[Math.toIntExact(tensor.numel())];
    if (values.length > 0) {
      try (Tensor flat = plain(tensor, ScalarType.Long);
          LongPointer data = flat.data_ptr_long()) {
        data.get(values);
      }
    }
    return values;
  }

  /** A tensor's elements as a model's float32 value; float64 is narrowed. */
  public static TensorValue toFloatValue(Tensor tensor) {
    return TensorValue.ofFloats(floats(tensor), Shapes.of(tensor));
  }

  /** A tensor as a model's value of its own type. */
  public static TensorValue toValue(Tensor tensor) {
    try (Tensor detached = tensor.detach();
        Tensor plain = detached.contiguous();
        Pointer data = plain.data_ptr()) {
      byte[] bytes = new byte[Math.toIntExact(plain.numel() * plain.element_size())];
      if (bytes.length > 0) {
        new BytePointer(data).get(bytes);
      }
      return TensorValue.ofBytes(
          Precision.dtype(type(plain)), Shapes.of(plain), ByteBuffer.wrap(bytes));
    }
  }

  private static Tensor plain(Tensor tensor, ScalarType type) {
    try (Tensor detached = tensor.detach();
        Tensor typed = detached.to(type)) {
      return typed.contiguous();
    }
  }

  private static Tensor copy(Pointer data, ScalarType type, long[] dims) {
    try (TensorOptions options = new TensorOptions(type);
        Tensor borrowed = torch.from_blob(data, dims, options)) {
      return borrowed.clone();
    }
  }

  private static void checkCount(int count, long[] dims) {
    if (Shapes.count(dims) != count) {
      throw new IllegalArgumentException(
          "Values do not fit a tensor of shape %s. Expected %d, got %d."
              .formatted(Arrays.toString(dims), Shapes.count(dims), count));
    }
  }
}
