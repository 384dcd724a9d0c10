package io.hyperdelta.delta;

import java.util.ArrayList;
import java.util.List;

/**
 * One tensor of which a form makes its delta.
 *
 * @param role its letter in the form's formula, such as {@code "A"}
 * @param dims its axes for one condition, such as {@code [in, rank]}
 * @param start its value in a fresh adaptive model
 * @param origin where it comes from
 * @param inner axes that a product sums over, and that the site does not fix: of width zero they
 *     make a product that is zero
 * @param fanIn how many numbers a product with the factor sums, 1 or more: a random one has the
 *     variance 1 / fanIn
 */
public record Factor(
    String role, List<Long> dims, Start start, Origin origin, List<Integer> inner, long fanIn) {
  /** The value of a factor in a fresh adaptive model. */
  public enum Start {
    /** Every element 0: the delta is then 0 and the fresh model equals its target. */
    ZERO,
    /** Random, so that the gradient reaches the factor that starts at zero. */
    RANDOM,
    /** The frozen weight in whose place it stands: the fresh model equals its target. */
    FROZEN
  }

  /** Where a factor comes from. */
  public enum Origin {
    /** From the latent by a head of its own: one for each condition. */
    GENERATED,
    /** Learned once, the same for all conditions. */
    LEARNED
  }

  public Factor {
    dims = List.copyOf(dims);
    inner = List.copyOf(inner);
  }

  /** A factor that a head generates. */
  static Factor generated(String role, Start start, long... dims) {
    return new Factor(role, boxed(dims), start, Origin.GENERATED, List.of(), rows(dims));
  }

  /** A random factor that all conditions share. */
  static Factor learned(String role, long... dims) {
    return new Factor(role, boxed(dims), Start.RANDOM, Origin.LEARNED, List.of(), rows(dims));
  }

  /** The same factor with inner axes. */
  Factor summedOver(Integer... axes) {
    return new Factor(role, dims, start, origin, List.of(axes), fanIn);
  }

  /** The same factor in a product that sums another count of numbers than it has rows. */
  Factor withFanIn(long count) {
    return new Factor(role, dims, start, origin, inner, count);
  }

  /** Those of the last matrix, also behind an axis of several. */
  private static long rows(long[] dims) {
    return dims[Math.max(0, dims.length - 2)];
  }

  private static List<Long> boxed(long[] dims) {
    List<Long> boxed = new ArrayList<>();
    for (long dim : dims) {
      boxed.add(dim);
    }
    return boxed;
  }

  /** Whether a head generates it. */
  public boolean isGenerated() {
    return origin == Origin.GENERATED;
  }

  /** Numbers in the factor of one condition. */
  public int elementCount() {
    long count = 1;
    for (long dim : dims) {
      count = Math.multiplyExact(count, dim);
    }
    return Math.toIntExact(count);
  }

  /** Its shape as Java's own numbers. */
  public long[] shape() {
    return dims.stream().mapToLong(Long::longValue).toArray();
  }
}
