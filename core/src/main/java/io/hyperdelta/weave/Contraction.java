package io.hyperdelta.weave;

/**
 * The order in which a value x, a head H and the latent z are multiplied to give x F(z), where F(z)
 * = H z is a generated factor {@code [in, out]}. A third way, for one condition, is never to
 * multiply with the delta by itself: {@link Merging}.
 */
enum Contraction {
  /** F(z) for each condition, then x F(z): few conditions with many rows each. */
  FACTORS_FIRST,
  /**
   * x H for all latent dimensions at once, then z: every row with its own condition, and a small
   * latent. No per-row weights.
   */
  INPUT_FIRST;

  /**
   * Floating-point operations that take as long as moving one byte between memory and processor,
   * for large products.
   */
  static final double FLOPS_PER_BYTE = 5;

  /**
   * How much slower a product of many small matrices runs than one large product of as many
   * operations.
   */
  private static final double BATCHED_PENALTY = 4;

  /**
   * The cheaper order by a count of operations and bytes.
   *
   * @param in rows of the factor
   * @param out columns of the factor
   * @param count how many matrices are added up to the factor: the width of {@code [z; 1]}
   * @param unfolding operations for one row that only a product with a factor of its own needs
   */
  static Contraction cheaper(Workload workload, long in, long out, long count, double unfolding) {
    return cost(FACTORS_FIRST, workload, in, out, count) + workload.rows() * unfolding
            <= cost(INPUT_FIRST, workload, in, out, count)
        ? FACTORS_FIRST
        : INPUT_FIRST;
  }

  /** Cost in units of one large product's floating-point operation. */
  static double cost(Contraction order, Workload workload, long in, long out, long count) {
    double n = workload.rows();
    double k = workload.conditions();
    double d = count;
    double floats = order == FACTORS_FIRST ? k * in * out : n * d * out;
    // Written once, read once, and the same again for the gradient.
    double bytes = 4 * 4 * floats;
    double flops =
        order == FACTORS_FIRST
            ? 2 * k * d * in * out + BATCHED_PENALTY * 2 * n * in * out
            : 2 * n * in * d * out + 2 * n * d * out;
    return flops + FLOPS_PER_BYTE * bytes;
  }
}
