package io.hyperdelta.autodiff;

import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * A node's inputs while it runs. One object per node serves all runs, so that running allocates
 * little; not thread-safe.
 */
final class Arguments {
  private final @Nullable Value[] values;
  private final boolean[] constant;
  private final @Nullable Tensor[] constantTensors;
  private final Held held;
  private boolean[] spare;

  /**
   * Creates the arguments of a node.
   *
   * @param constant which inputs are the same in every run
   * @param held keeps the tensors made of constants
   */
  Arguments(boolean[] constant, Held held) {
    this.values = new Value[constant.length];
    this.constant = constant;
    this.constantTensors = new Tensor[constant.length];
    this.held = held;
    this.spare = new boolean[constant.length];
  }

  void setSpare(boolean[] inputs) {
    spare = inputs;
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

  void set(int input, @Nullable Value value) {
    values[input] = value;
  }

  void clear() {
    java.util.Arrays.fill(values, null);
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
      Tensor known = constantTensors[input];
      if (known != null) {
        return known;
      }
      Tensor made = Tensors.of(integers);
      if (constant[input]) {
        constantTensors[input] = held.hold(made);
      }
      return made;
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
