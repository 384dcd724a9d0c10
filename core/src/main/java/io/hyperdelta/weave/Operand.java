package io.hyperdelta.weave;

/**
 * A value that a site's weight meets, and the target's way to bring them together. Rows come in K
 * blocks of m, one for each condition.
 */
interface Operand {
  /**
   * The product with a matrix that is the same for all conditions.
   *
   * @param matrix name of float32 {@code [in, width]}
   * @return name of float32 {@code [K, m, width]}
   */
  String times(String matrix, long width);

  /**
   * The product with a matrix for each condition.
   *
   * @param matrices name of float32 {@code [K, in, width]}
   * @return name of float32 {@code [K, m, width]}
   */
  String timesEach(String matrices);

  /**
   * The product with a matrix that is the same for all conditions and comes as one of theirs.
   *
   * @param matrix name of float32 {@code [1, in, width]}
   * @return name of float32 {@code [K, m, width]}
   */
  default String timesOne(String matrix) {
    return timesEach(matrix);
  }

  /**
   * The rows by themselves, to be multiplied with several numbers of their condition. Only what
   * needs no unfolding has any.
   *
   * @return name of float32 {@code [K, m, in, 1]}
   */
  default String spread() {
    throw new IllegalStateException("This operand does not come in rows.");
  }

  /** Operations for one row that only {@link #timesEach} needs; 0 if it comes in rows already. */
  default double unfolding() {
    return 0;
  }
}
