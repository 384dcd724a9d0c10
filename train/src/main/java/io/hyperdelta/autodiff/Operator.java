package io.hyperdelta.autodiff;

/**
 * An operator that programs can run, over a range of operator set versions in which it means the
 * same or its builder sees to the difference.
 *
 * @param domain {@code ""} for ONNX's own
 * @param name ONNX's name of it
 * @param since first operator set version
 * @param until last operator set version
 * @param builder makes the kernel of a node
 */
record Operator(String domain, String name, int since, int until, Builder builder) {
  /** An operator of ONNX's own domain, in every version that models may have. */
  static Operator of(String name, Builder builder) {
    return new Operator("", name, 1, Integer.MAX_VALUE, builder);
  }

  /** An operator of ONNX's own domain, in a range of versions. */
  static Operator of(String name, int since, int until, Builder builder) {
    return new Operator("", name, since, until, builder);
  }

  /** An operator whose nodes all have the same kernel. */
  static Operator fixed(String name, Kernel kernel) {
    return of(name, node -> kernel);
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
