package io.hyperdelta.delta;

import io.hyperdelta.graph.TensorValue;

/**
 * A delta as plain numbers: a matrix {@code [in, width]} that rows of inputs are multiplied with
 * from the left, however the site stores its weight. Immutable, so safe to share between threads.
 */
public sealed interface DeltaMatrix permits DenseMatrix, LowRankMatrix {
  /** Inputs of one unit. */
  long in();

  /** Units. */
  long width();

  /** The same matrix with each of its numbers spelled out, float64. */
  DenseMatrix dense();

  /**
   * The matrix times a number.
   *
   * @throws IllegalArgumentException if a number becomes infinite or is none
   */
  DeltaMatrix times(double factor);

  /** The Frobenius norm: the root of the sum of all squares. */
  double norm();

  /**
   * The closest matrix of at most a rank, in the Frobenius norm; the matrix itself if it is known
   * to have no higher rank.
   *
   * @param rank from 1 to the smaller side
   * @throws IllegalArgumentException if the rank is out of range
   */
  LowRankMatrix ofRank(int rank);

  /** The largest size of a number in a tensor; 0 if there is none. */
  static double largest(double[] numbers) {
    double largest = 0;
    for (double number : numbers) {
      largest = Math.max(largest, Math.abs(number));
    }
    return largest;
  }

  /** Refuses what is no real matrix with finite numbers. */
  static void check(TensorValue matrix, String role) {
    if (!matrix.dtype().isReal() || matrix.rank() != 2) {
      throw new IllegalArgumentException(
          "The %s of a fixed delta is no matrix. Expected real numbers with two axes, got %s."
              .formatted(role, matrix));
    }
    for (double number : matrix.doubles()) {
      if (!Double.isFinite(number)) {
        throw new IllegalArgumentException(
            "The %s of a fixed delta has a number that is not finite. Expected finite numbers, got %s. Maybe the adaptation's training diverged, or its scale is too large."
                .formatted(role, number));
      }
    }
  }
}
