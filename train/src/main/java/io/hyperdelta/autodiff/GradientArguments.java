package io.hyperdelta.autodiff;

import java.util.Arrays;
import java.util.Objects;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/** What a {@link Gradient} is computed from, in one run. Not thread-safe. */
final class GradientArguments {
  private final @Nullable Tensor[] gradients;
  private final @Nullable Value[] inputs;
  private final @Nullable Value[] outputs;
  private final long[] @Nullable [] dims;
  private final boolean[] wanted;

  /**
   * The arguments.
   *
   * @param gradients by output, null where none reached it
   * @param inputs as they were; empty if the gradient reads none
   * @param outputs as they were; empty if the gradient reads none
   * @param dims shapes of inputs: of those whose gradients are asked for, and of all if the
   *     gradient reads shapes alone
   * @param wanted by input, whether somebody asks for its gradient
   */
  GradientArguments(
      @Nullable Tensor[] gradients,
      @Nullable Value[] inputs,
      @Nullable Value[] outputs,
      long[] @Nullable [] dims,
      boolean[] wanted) {
    this.gradients = gradients;
    this.inputs = inputs;
    this.outputs = outputs;
    this.dims = dims;
    this.wanted = wanted;
  }

  /** Whether anybody asks for an input's gradient. */
  boolean wants(int input) {
    return input < wanted.length && wanted[input];
  }

  /** The gradient of the first output. */
  Tensor gradient() {
    return Objects.requireNonNull(gradients[0]);
  }

  /** The gradient of an output, null if none reached it. */
  @Nullable Tensor gradient(int output) {
    return gradients[output];
  }

  /** How many inputs the node has. */
  int count() {
    return wanted.length;
  }

  /** An input, as it was. */
  Tensor input(int input) {
    return ((Value.Device) Objects.requireNonNull(inputs[input])).tensor();
  }

  /** The first output. */
  Tensor output() {
    return ((Value.Device) Objects.requireNonNull(outputs[0])).tensor();
  }

  /** The shape of an input. */
  long[] dims(int input) {
    return Objects.requireNonNull(dims[input]).clone();
  }

  /** A gradient in an input's shape, summed over the axes along which the input was spread. */
  Tensor summed(Tensor gradient, int input) {
    long[] wanted = dims(input);
    return Arrays.equals(Shapes.of(gradient), wanted) ? gradient : gradient.sum_to_size(wanted);
  }

  /** A gradient of as many numbers, in an input's shape. */
  Tensor shaped(Tensor gradient, int input) {
    return gradient.reshape(dims(input));
  }
}
