package io.hyperdelta.delta;

import io.hyperdelta.graph.TensorValue;
import io.hyperdelta.target.Site;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * dW = A M B with A {@code [in, rank]} and B {@code [rank, out]} learned once for all conditions
 * and only the core M {@code [rank, rank]}, or its diagonal, generated: rank^2 or rank numbers,
 * however large the weight.
 *
 * <p>Source: the core of LoRA-XS (Bałazy et al. 2024) and the diagonal of VeRA (Kopiczko et al.
 * 2023, equation 2), whose outer matrices are fixed where these are learned.
 *
 * @param rank 1 or more, and less than the smaller side of the weight
 * @param diagonal whether only the diagonal of M is generated, the rest being zero
 */
public record Core(int rank, boolean diagonal) implements Form {
  static final String SQUARE = "core";
  static final String DIAGONAL = "diagonal-core";

  public Core {
    Matrix.atLeastOne(diagonal ? DIAGONAL : SQUARE, "rank", rank);
  }

  @Override
  public String name() {
    return diagonal ? DIAGONAL : SQUARE;
  }

  @Override
  public Map<String, Integer> options() {
    return Map.of(Forms.RANK, rank);
  }

  @Override
  public Optional<String> refusal(Site site) {
    return Matrix.refusal(site, name(), rank);
  }

  /** The same form at the highest rank that a narrow weight can take. */
  @Override
  public Form narrowed(Site site) {
    return Matrix.isTooNarrow(site, rank) ? new Core(Matrix.maxRank(site), diagonal) : this;
  }

  @Override
  public List<Factor> factors(Site site) {
    Factor core =
        diagonal
            ? Factor.generated("M", Factor.Start.ZERO, rank).summedOver(0)
            : Factor.generated("M", Factor.Start.ZERO, rank, rank).summedOver(0, 1);
    return Forms.checked(
        this,
        site,
        Factor.learned("A", site.in(), rank).summedOver(1),
        core,
        Factor.learned("B", rank, site.width()).summedOver(0));
  }

  @Override
  public double[] dense(Site site, TensorValue frozen, List<TensorValue> factors) {
    int in = Math.toIntExact(site.in());
    double[] left = factors.get(0).doubles();
    double[] core = factors.get(1).doubles();
    if (diagonal) {
      for (int i = 0; i < left.length; i++) {
        left[i] *= core[i % rank];
      }
    } else {
      left = Matrix.product(left, core, in, rank, rank);
    }
    double[] right = factors.get(2).doubles();
    return Matrix.stored(
        site, Matrix.product(left, right, in, rank, Math.toIntExact(site.width())));
  }
}
