package io.hyperdelta.delta;

import io.hyperdelta.graph.TensorValue;
import io.hyperdelta.target.Site;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * dW = A B with A {@code [in, rank]} and B {@code [rank, out]}: rank (in + out) numbers for a
 * weight {@code [in, out]}.
 *
 * <p>Source: LoRA (Hu et al. 2021, section 4.1), whose matrices are named the other way round:
 * there dW = B A with A drawn at random and B zero at the start, acting on column vectors. Here
 * rows are multiplied from the left and A comes first.
 *
 * @param rank 1 or more, and less than the smaller side of the weight
 */
public record LowRank(int rank) implements Form {
  static final String NAME = "low-rank";

  public LowRank {
    Matrix.atLeastOne(NAME, "rank", rank);
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public Map<String, Integer> options() {
    return Map.of(Forms.RANK, rank);
  }

  @Override
  public Optional<String> refusal(Site site) {
    return Matrix.refusal(site, NAME, rank);
  }

  /** The same form at the highest rank that a narrow weight can take. */
  @Override
  public Form narrowed(Site site) {
    return Matrix.isTooNarrow(site, rank) ? new LowRank(Matrix.maxRank(site)) : this;
  }

  @Override
  public List<Factor> factors(Site site) {
    return Forms.checked(
        this,
        site,
        Factor.generated("A", Factor.Start.RANDOM, site.in(), rank).summedOver(1),
        Factor.generated("B", Factor.Start.ZERO, rank, site.width()).summedOver(0));
  }

  @Override
  public double[] dense(Site site, TensorValue frozen, List<TensorValue> factors) {
    return Matrix.stored(
        site,
        Matrix.product(
            factors.get(0).doubles(),
            factors.get(1).doubles(),
            Math.toIntExact(site.in()),
            rank,
            Math.toIntExact(site.width())));
  }
}
