package io.hyperdelta.autodiff;

import java.util.function.BinaryOperator;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * How a kernel passes gradients back without libtorch's tape, in reverse mode (Griewank and
 * Walther, Evaluating Derivatives, section 3.2). Thread-safe.
 *
 * @param reads what it needs of the run forwards beside the shapes of the inputs
 * @param rule computes the gradients
 */
record Gradient(Reads reads, Rule rule) {
  /** What a gradient needs of the run forwards: it is kept until the run goes back. */
  enum Reads {
    SHAPES,
    INPUTS,
    OUTPUTS
  }

  /** Computes gradients. */
  @FunctionalInterface
  interface Rule {
    /**
     * Passes the gradients of a node's outputs back. What is made on the way belongs to the scope
     * that is open.
     *
     * @return by input, of the input's shape; null where {@link GradientArguments#wants} says that
     *     nobody asks, or where none passes
     */
    @Nullable Tensor[] apply(GradientArguments in);
  }

  /** Of the first input's shape alone. */
  static Gradient ofShape(Single rule) {
    return first(Reads.SHAPES, rule);
  }

  /** Of an elementwise function, by what it gave. */
  static Gradient ofOutput(BinaryOperator<Tensor> rule) {
    return first(Reads.OUTPUTS, in -> rule.apply(in.gradient(), in.output()));
  }

  /** Of an elementwise function, by what it was given. */
  static Gradient ofInput(BinaryOperator<Tensor> rule) {
    return first(Reads.INPUTS, in -> rule.apply(in.gradient(), in.input(0)));
  }

  private static Gradient first(Reads reads, Single rule) {
    return new Gradient(reads, in -> new Tensor[] {in.wants(0) ? rule.apply(in) : null});
  }

  /**
   * Of a node with several inputs.
   *
   * @param rules by input
   */
  static Gradient each(Reads reads, Single... rules) {
    return new Gradient(
        reads,
        in -> {
          @Nullable Tensor[] gradients = new Tensor[rules.length];
          for (int i = 0; i < rules.length; i++) {
            gradients[i] = in.wants(i) ? rules[i].apply(in) : null;
          }
          return gradients;
        });
  }

  /** The gradient of one input. */
  @FunctionalInterface
  interface Single {
    /** Computes it. */
    Tensor apply(GradientArguments in);
  }
}
