package io.hyperdelta.autodiff;

import io.hyperdelta.graph.Dtype;
import io.hyperdelta.graph.TensorValue;
import java.util.Arrays;
import java.util.List;
import org.bytedeco.pytorch.Tensor;

/**
 * What flows along the edges of a program: a libtorch tensor, or integers or texts on the Java
 * side. Shape arithmetic stays in Java, since a native call costs more than the few numbers.
 */
public sealed interface Value {
  /**
   * A libtorch tensor, borrowed: whoever made it frees it.
   *
   * @param tensor any shape and type
   */
  record Device(Tensor tensor) implements Value {
    @Override
    public long[] dims() {
      return Shapes.of(tensor);
    }
  }

  /** Integers or booleans (0 and 1), row-major. Immutable by contract: arrays are not copied. */
  final class Integers implements Value {
    private final Dtype dtype;
    private final long[] dims;
    private final long[] elements;

    Integers(Dtype dtype, long[] dims, long[] elements) {
      this.dtype = dtype;
      this.dims = dims;
      this.elements = elements;
    }

    /** INT64, INT32, another integer type, or BOOL. */
    public Dtype dtype() {
      return dtype;
    }

    @Override
    public long[] dims() {
      return dims;
    }

    /** The elements, not to be changed. */
    public long[] elements() {
      return elements;
    }

    @Override
    public String toString() {
      return dtype + " " + Arrays.toString(dims) + " " + Arrays.toString(elements);
    }
  }

  /**
   * Texts, row-major.
   *
   * @param shape sizes of the axes
   * @param elements the texts, as many as the axes say
   */
  record Texts(List<Long> shape, List<String> elements) implements Value {
    public Texts {
      shape = List.copyOf(shape);
      elements = List.copyOf(elements);
      if (Shapes.count(shape.stream().mapToLong(Long::longValue).toArray()) != elements.size()) {
        throw new IllegalArgumentException(
            "Texts do not fit their shape %s. Expected as many as the shape says, got %d."
                .formatted(shape, elements.size()));
      }
    }

    @Override
    public long[] dims() {
      return shape.stream().mapToLong(Long::longValue).toArray();
    }
  }

  /** Sizes of the axes, outermost first, not to be changed. */
  long[] dims();

  /** Integer values of a model up to this many elements stay in Java: shapes, axes, ranges. */
  int MAX_HOST_ELEMENTS = 1024;

  /**
   * A model's value as programs hold it: texts and a few integers in Java, the rest as a tensor,
   * which belongs to the caller's open scope.
   *
   * @param precision whether float32 becomes float64
   */
  static Value of(TensorValue value, Precision precision) {
    return switch (value.dtype()) {
      case STRING -> ofTexts(value.strings(), value.dims());
      case UINT16, UINT32, UINT64 -> new Integers(value.dtype(), value.dims(), value.longs());
      case INT64, INT32, INT16, INT8, UINT8, BOOL ->
          value.elementCount() <= MAX_HOST_ELEMENTS
              ? new Integers(value.dtype(), value.dims(), value.longs())
              : new Device(Tensors.of(value, precision));
      default -> new Device(Tensors.of(value, precision));
    };
  }

  /** The same as a model's value; the elements are copied. */
  default TensorValue toTensorValue() {
    if (this instanceof Integers integers) {
      return TensorValue.ofIntegers(integers.dtype(), integers.elements(), integers.dims());
    }
    return this instanceof Texts texts
        ? TensorValue.ofStrings(texts.elements(), texts.dims())
        : Tensors.toValue(((Device) this).tensor());
  }

  /** A tensor as a value. */
  static Value of(Tensor tensor) {
    return new Device(tensor);
  }

  /**
   * Integers of type INT64; the arrays are not copied.
   *
   * @throws IllegalArgumentException if there are not as many elements as the axes say
   */
  static Value ofLongs(long[] elements, long... dims) {
    if (Shapes.count(dims) != elements.length) {
      throw new IllegalArgumentException(
          "Integers do not fit their shape %s. Expected %d, got %d."
              .formatted(Arrays.toString(dims), Shapes.count(dims), elements.length));
    }
    return new Integers(Dtype.INT64, dims, elements);
  }

  /**
   * Texts; the list is copied.
   *
   * @throws IllegalArgumentException if there are not as many elements as the axes say
   */
  static Value ofTexts(List<String> elements, long... dims) {
    return new Texts(Arrays.stream(dims).boxed().toList(), elements);
  }
}
