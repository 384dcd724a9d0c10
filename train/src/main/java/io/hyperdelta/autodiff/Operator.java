package io.hyperdelta.autodiff;

/**
 * An operator that programs can run, over a range of operator set versions in which it means the
 * same or its builder sees to the difference.
 *
 * @param domain {@code ""} for ONNX's own
 * @param name ONNX's name of it
 * @param since first operator set version
 * @param until last operator set version
 * @param differentiable whether gradients flow through it: not so where outputs are no real
 *     function of real inputs
 * @param expendable whether outputs are new memory, and no gradient needs them again: their only
 *     reader may write its own output over them
 * @param convolving whether it convolves, which libtorch shares among OpenMP's threads
 * @param builder makes the kernel of a node
 */
record Operator(
    String domain,
    String name,
    int since,
    int until,
    boolean differentiable,
    boolean expendable,
    boolean convolving,
    Builder builder) {
  /** Stands for every version from the first one that has the operator. */
  private static final int NEWEST = Integer.MAX_VALUE;

  /** An operator of ONNX's own domain, in every version that models may have. */
  static Operator of(String name, Builder builder) {
    return of(name, 1, builder);
  }

  /** An operator of ONNX's own domain, from a version on. */
  static Operator of(String name, int since, Builder builder) {
    return of(name, since, NEWEST, builder);
  }

  /** An operator of ONNX's own domain, in a range of versions. */
  static Operator of(String name, int since, int until, Builder builder) {
    return new Operator("", name, since, until, true, false, false, builder);
  }

  /** An operator whose nodes all have the same kernel. */
  static Operator fixed(String name, Kernel kernel) {
    return of(name, node -> kernel);
  }

  /** The same operator in another domain, in all of that domain's versions. */
  Operator in(String otherDomain) {
    return new Operator(
        otherDomain, name, 1, NEWEST, differentiable, expendable, convolving, builder);
  }

  /** The same operator, said to pass no gradient on. */
  Operator withoutGradient() {
    return new Operator(domain, name, since, until, false, expendable, convolving, builder);
  }

  /** The same operator, said to make new memory that no gradient needs again. */
  Operator withExpendableOutputs() {
    return new Operator(domain, name, since, until, differentiable, true, convolving, builder);
  }

  /** The same operator, said to convolve. */
  Operator thatConvolves() {
    return new Operator(domain, name, since, until, differentiable, expendable, true, builder);
  }

  /** The name as messages and tables write it: other domains than ONNX's own stand in front. */
  String title() {
    return title(domain, name);
  }

  /** See {@link #title()}. */
  static String title(String domain, String name) {
    return domain.isEmpty() ? name : domain + "." + name;
  }

  /** Makes the kernel of one node. */
  @FunctionalInterface
  interface Builder {
    /**
     * Makes the kernel of a node, everything constant precomputed.
     *
     * @throws UnsupportedNodeException if the node asks for a variant that is not supported
     */
    Kernel build(NodeContext node);
  }
}
