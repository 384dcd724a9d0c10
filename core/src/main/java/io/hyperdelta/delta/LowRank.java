package io.hyperdelta.delta;

import io.hyperdelta.graph.TensorValue;
import io.hyperdelta.target.Layout;
import io.hyperdelta.target.Site;
import io.hyperdelta.target.SiteKind;
import java.util.List;
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
  public LowRank {
    if (rank < 1) {
      throw new IllegalArgumentException(
          "A low-rank delta has no such rank. Expected 1 or more, got " + rank + ".");
    }
  }

  @Override
  public String name() {
    return "low-rank";
  }

  @Override
  public Optional<String> refusal(Site site) {
    if (site.kind() != SiteKind.WEIGHT) {
      return Optional.of(
          "Site \"%s\" cannot take a low-rank delta: it is a %s %s. Expected a weight with two axes. Maybe you meant form shift."
              .formatted(site.name(), site.kind().word(), site.shape()));
    }
    if (rank > maxRank(site)) {
      return Optional.of(
          "Site \"%s\" cannot take a low-rank delta of rank %d: the weight is %s. Expected a rank between 1 and %d, got %d. Maybe you meant a smaller rank."
              .formatted(site.name(), rank, site.shape(), maxRank(site), rank));
    }
    return Optional.empty();
  }

  /** The same form at the highest rank that a narrow weight can take. */
  @Override
  public Form narrowed(Site site) {
    return site.kind() == SiteKind.WEIGHT && rank > maxRank(site)
        ? new LowRank(maxRank(site))
        : this;
  }

  /**
   * Below the smaller side of the weight, where a product stops being low-rank; 1 for a weight that
   * is a vector.
   */
  private static int maxRank(Site site) {
    return Math.toIntExact(Math.max(1, Math.min(site.in(), site.out()) - 1));
  }

  @Override
  public List<Factor> factors(Site site) {
    refusal(site)
        .ifPresent(
            reason -> {
              throw new IllegalArgumentException(reason);
            });
    return List.of(
        new Factor("A", List.of(site.in(), (long) rank), Factor.Start.RANDOM),
        new Factor("B", List.of((long) rank, site.out()), Factor.Start.ZERO));
  }

  @Override
  public boolean makesBias(Site site) {
    return false;
  }

  @Override
  public double[] dense(Site site, List<TensorValue> factors) {
    float[] a = factors.get(0).floats();
    float[] b = factors.get(1).floats();
    int in = Math.toIntExact(site.in());
    int out = Math.toIntExact(site.out());
    double[] delta = new double[Math.multiplyExact(in, out)];
    for (int i = 0; i < in; i++) {
      for (int o = 0; o < out; o++) {
        double sum = 0;
        for (int k = 0; k < rank; k++) {
          sum += (double) a[i * rank + k] * b[k * out + o];
        }
        delta[site.layout() == Layout.IN_OUT ? i * out + o : o * in + i] = sum;
      }
    }
    return delta;
  }
}
