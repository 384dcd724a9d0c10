package io.hyperdelta.autodiff;

import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/** A node's inputs in one run. Not thread-safe. */
final class Arguments {
  private final @Nullable Value[] values;
  private final boolean[] spare;
  private final ConstantTensors constants;

  /**
   * The arguments of a run.
   *
   * @param values by input, null where the node lacks it
   * @param spare for each input, whether the node may write its output over it
   * @param constants the node's
   */
  Arguments(@Nullable Value[] values, boolean[] spare, ConstantTensors constants) {
    this.values = values;
    this.spare = spare;
    this.constants = constants;
  }

  /**
   * Whether the kernel may write its output over an input: nobody reads it again and gradients need
   * it no more. A view that gradients pass through is not worth it: autograd copies then.
   */
  boolean isSpare(int input) {
    return input < spare.length
        && spare[input]
        && values[input] instanceof Value.Device device
        && !(device.tensor().requires_grad() && device.tensor().is_view());
  }

  /** Puts another value in an input's place, for this run. */
  void set(int input, Value value) {
    values[input] = value;
  }

  int count() {
    return values.length;
  }

  boolean has(int input) {
    return input < values.length && values[input] != null;
  }

  Value value(int input) {
    Value value = input < values.length ? values[input] : null;
    if (value == null) {
      throw new IllegalArgumentException("input %d is missing".formatted(input));
    }
    return value;
  }

  /** Whether the first inputs are integers or texts in Java. */
  boolean onHost(int count) {
    for (int i = 0; i < count; i++) {
      if (values[i] instanceof Value.Device) {
        return false;
      }
    }
    return true;
  }

  /** Whether the first inputs, and all of them, are integers in Java. */
  boolean integers(int count) {
    for (int i = 0; i < count; i++) {
      if (!(values[i] instanceof Value.Integers)) {
        return false;
      }
    }
    return true;
  }

  Value.Integers integersAt(int input) {
    return (Value.Integers) value(input);
  }

  /** An input as a tensor; integers of constants are converted once. */
  Tensor tensor(int input) {
    Value value = value(input);
    if (value instanceof Value.Device device) {
      return device.tensor();
    }
    if (value instanceof Value.Integers integers) {
      return constants.tensor(input, integers);
    }
    throw new IllegalArgumentException("input %d holds texts. Expected numbers".formatted(input));
  }

  /** An input's elements as integers. */
  long[] longs(int input) {
    return longs(value(input));
  }

  /** An input's only element as an integer. */
  long number(int input) {
    long[] elements = longs(input);
    if (elements.length != 1) {
      throw new IllegalArgumentException(
          "input %d has %d elements. Expected one".formatted(input, elements.length));
    }
    return elements[0];
  }

  static long[] longs(Value value) {
    if (value instanceof Value.Integers integers) {
      return integers.elements();
    }
    if (value instanceof Value.Device device) {
      return Tensors.longs(device.tensor());
    }
    throw new IllegalArgumentException("texts were given. Expected integers");
  }
}
