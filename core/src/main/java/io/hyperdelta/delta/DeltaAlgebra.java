package io.hyperdelta.delta;

import io.hyperdelta.graph.TensorValue;
import io.hyperdelta.target.Site;
import io.hyperdelta.target.Units;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Arithmetic of fixed deltas: each function leaves what it is given as it is and gives a new delta
 * on the same site. Stateless, so safe to use from several threads.
 *
 * <p>Source: deltas of several tasks are added, averaged, negated and scaled like vectors in task
 * arithmetic (Ilharco et al. 2023, section 2). There the vectors span the whole network; here each
 * is one site's.
 */
public final class DeltaAlgebra {
  private DeltaAlgebra() {}

  /**
   * A delta times a number; a low-rank one stays low-rank.
   *
   * @throws IllegalArgumentException if the factor is not finite or a number of the delta becomes
   *     so large
   */
  public static FixedDelta scaled(FixedDelta delta, double factor) {
    if (!Double.isFinite(factor)) {
      throw new IllegalArgumentException(
          "The fixed delta on site \"%s\" cannot be scaled. Expected a finite factor, got %s."
              .formatted(delta.site().title(), factor));
    }
    return new FixedDelta(delta.site(), delta.matrix().times(factor));
  }

  /** The opposite of a delta: added to a target that has the delta, it takes it away. */
  public static FixedDelta negated(FixedDelta delta) {
    return scaled(delta, -1);
  }

  /**
   * The sum of two deltas; for all units of the site if they are for different ones. That of
   * low-rank ones has the rank of both together, with the factors side by side; {@link #ofRank}
   * lowers it again.
   *
   * @throws IllegalArgumentException if they are not on one site
   */
  public static FixedDelta sum(FixedDelta one, FixedDelta other) {
    Site site = one.site();
    if (!site.equals(other.site())) {
      if (!one.whole().site().equals(other.whole().site())) {
        throw new IllegalArgumentException(
            "The fixed deltas on sites \"%s\" and \"%s\" have no sum. Expected one site."
                .formatted(site.title(), other.site().title()));
      }
      return sum(one.whole(), other.whole());
    }
    if (one.matrix() instanceof LowRankMatrix left
        && other.matrix() instanceof LowRankMatrix right) {
      return new FixedDelta(site, left.plus(right));
    }
    double[] numbers = one.matrix().dense().values().doubles();
    double[] added = other.matrix().dense().values().doubles();
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] += added[i];
    }
    return dense(site, numbers);
  }

  /**
   * The delta on the straight line through two: {@code (1 - t) from + t to}.
   *
   * @param t 0 for the first, 1 for the second, beyond that for what lies farther on the line
   * @throws IllegalArgumentException if they are not on one site, or t is not finite
   */
  public static FixedDelta interpolated(FixedDelta from, FixedDelta to, double t) {
    return sum(scaled(from, 1 - t), scaled(to, t));
  }

  /**
   * The mean of deltas.
   *
   * @param deltas at least one
   * @throws IllegalArgumentException if there is none, or they are not on one site
   */
  public static FixedDelta average(List<FixedDelta> deltas) {
    return scaled(
        deltas.stream()
            .reduce(DeltaAlgebra::sum)
            .orElseThrow(
                () ->
                    new IllegalArgumentException(
                        "No fixed delta has no average. Expected at least one.")),
        1.0 / deltas.size());
  }

  /**
   * Weighted sums of several sets of deltas, one delta for each site that any of them has; where a
   * set has none for a site, it counts as zero there. With weights of 1 that is a sum, with {@code
   * 1 / sets} an average, with {@code 1 - t} and {@code t} the line through two.
   *
   * @param sets each with at most one delta on a site
   * @param weights one for each set; a set whose weight is 0 is left out
   * @return in the order in which the sites come first
   * @throws IllegalArgumentException if there is not a finite weight for each set
   */
  public static List<FixedDelta> combined(List<List<FixedDelta>> sets, List<Double> weights) {
    if (sets.size() != weights.size()) {
      throw new IllegalArgumentException(
          "%d sets of fixed deltas cannot be combined. Expected a weight for each, got %d."
              .formatted(sets.size(), weights.size()));
    }
    Map<Site, FixedDelta> sums = new LinkedHashMap<>();
    for (int i = 0; i < sets.size(); i++) {
      double weight = weights.get(i);
      if (weight != 0) {
        for (FixedDelta delta : sets.get(i)) {
          sums.merge(delta.site().only(Units.ALL), scaled(delta, weight), DeltaAlgebra::sum);
        }
      }
    }
    return List.copyOf(sums.values());
  }

  /**
   * How large a delta is beside its weight: {@code |dW| / |W|} in the Frobenius norm. That of a
   * low-rank delta is found without its product.
   *
   * @param frozen the initializer that holds the site, float32; the weight is that of the units
   *     that are meant
   * @return infinite where the weight is zero and the delta is not; 0 where the delta is zero
   * @throws IllegalArgumentException if the weight is not the site's or not finite
   */
  public static double share(FixedDelta delta, TensorValue frozen) {
    double norm = delta.matrix().norm();
    double weight = weightNorm(delta.site(), frozen);
    return norm == 0 ? 0 : norm / weight;
  }

  private static double weightNorm(Site site, TensorValue frozen) {
    long end = Math.addExact(site.offset(), Math.multiplyExact(site.in(), site.out()));
    boolean alone = site.offset() == 0 && frozen.elementCount() == end;
    if (frozen.elementCount() < end
        || (alone && !site.dims().equals(Arrays.stream(frozen.dims()).boxed().toList()))) {
      throw new IllegalArgumentException(
          "The fixed delta on site \"%s\" cannot be measured by another site's weight. Expected %s, got %s."
              .formatted(site.title(), site.shape(), frozen));
    }
    return new DenseMatrix(Matrix.unstored(site, site.values(frozen))).norm();
  }

  /**
   * The delta, made smaller where it is larger than a share of the weight: {@code |dW| <= rho |W|}
   * in the Frobenius norm. That of a low-rank delta is found without its product.
   *
   * @param frozen the initializer that holds the site, float32
   * @param rho the largest share, 0 or more; the weight is that of the units that are meant
   * @throws IllegalArgumentException if rho is negative or not finite, or the weight is not the
   *     site's or not finite
   */
  public static FixedDelta capped(FixedDelta delta, TensorValue frozen, double rho) {
    if (!Double.isFinite(rho) || rho < 0) {
      throw new IllegalArgumentException(
          "The fixed delta on site \"%s\" cannot be capped. Expected a finite share of 0 or more, got %s."
              .formatted(delta.site().title(), rho));
    }
    double limit = rho * weightNorm(delta.site(), frozen);
    double norm = delta.matrix().norm();
    return norm <= limit ? delta : scaled(delta, limit / norm);
  }

  /**
   * The delta with only its largest numbers in size, zero elsewhere; of equal ones those of earlier
   * inputs stay, then those of earlier units. The result is dense.
   *
   * <p>Source: the trimming of TIES-Merging (Yadav et al. 2023, section 4, step 1), which counts
   * over the whole network.
   *
   * @param count how many numbers stay, from 0 to all
   * @throws IllegalArgumentException if the count is out of range
   */
  public static FixedDelta sparsified(FixedDelta delta, int count) {
    double[] numbers = delta.matrix().dense().values().doubles();
    if (count < 0 || count > numbers.length) {
      throw new IllegalArgumentException(
          "The fixed delta on site \"%s\" cannot keep its %d largest numbers. Expected a count between 0 and %d."
              .formatted(delta.site().title(), count, numbers.length));
    }
    double[] sizes = Arrays.stream(numbers).map(Math::abs).sorted().toArray();
    double smallest = count == 0 ? Double.POSITIVE_INFINITY : sizes[sizes.length - count];
    long larger = Arrays.stream(sizes).filter(size -> size > smallest).count();
    long equalOnes = count - larger;
    for (int i = 0; i < numbers.length; i++) {
      double size = Math.abs(numbers[i]);
      boolean stays = size > smallest || (size == smallest && equalOnes-- > 0);
      numbers[i] = stays ? numbers[i] : 0;
    }
    return dense(delta.site(), numbers);
  }

  /**
   * The closest delta of at most a rank, by a singular value decomposition: the way from a dense
   * delta to a low-rank one, and from a sum's rank back to a smaller one.
   *
   * @param rank from 1 to the smaller side of the delta
   * @throws IllegalArgumentException if the rank is out of range
   */
  public static FixedDelta ofRank(FixedDelta delta, int rank) {
    return new FixedDelta(delta.site(), delta.matrix().ofRank(rank));
  }

  private static FixedDelta dense(Site site, double[] numbers) {
    return new FixedDelta(
        site, new DenseMatrix(TensorValue.ofDoubles(numbers, site.in(), site.width())));
  }
}
