package io.hyperdelta.delta;

import java.util.List;

/**
 * One tensor of which a form makes its delta.
 *
 * @param role its letter in the form's formula, such as {@code "A"}
 * @param dims its axes for one condition, such as {@code [in, rank]}
 * @param start its value in a fresh adaptive model
 */
public record Factor(String role, List<Long> dims, Start start) {
  /** The value of a factor in a fresh adaptive model. */
  public enum Start {
    /** Every element 0: the delta is then 0 and the fresh model equals its target. */
    ZERO,
    /** Random, so that the gradient reaches the factor that starts at zero. */
    RANDOM
  }

  public Factor {
    dims = List.copyOf(dims);
  }

  /** Numbers generated per condition. */
  public int elementCount() {
    long count = 1;
    for (long dim : dims) {
      count = Math.multiplyExact(count, dim);
    }
    return Math.toIntExact(count);
  }
}
