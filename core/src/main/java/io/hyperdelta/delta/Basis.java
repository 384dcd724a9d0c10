package io.hyperdelta.delta;

import io.hyperdelta.graph.TensorValue;
import io.hyperdelta.target.Site;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * dW = sum over k of b_k D_k with the matrices D_k {@code [in, out]} learned once for all
 * conditions and only the weights b generated: as many numbers as there are matrices.
 *
 * <p>Source: subspace-configurable networks (Saukh et al. 2023), which mix whole networks where
 * this adds mixed matrices to a frozen one.
 *
 * @param count number of matrices, 1 or more
 */
public record Basis(int count) implements Form {
  static final String NAME = "basis";

  public Basis {
    Matrix.atLeastOne(NAME, Forms.COUNT, count);
  }

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public Map<String, Integer> options() {
    return Map.of(Forms.COUNT, count);
  }

  @Override
  public Optional<String> refusal(Site site) {
    return Matrix.refusal(site, NAME);
  }

  @Override
  public List<Factor> factors(Site site) {
    return Forms.checked(
        this,
        site,
        Factor.generated("b", Factor.Start.ZERO, count).summedOver(0),
        Factor.learned("D", count, site.in(), site.width()).summedOver(0));
  }

  @Override
  public double[] dense(Site site, TensorValue frozen, List<TensorValue> factors) {
    return Matrix.stored(
        site,
        Matrix.product(
            factors.get(0).doubles(),
            factors.get(1).doubles(),
            1,
            count,
            Math.toIntExact(site.parameterCount())));
  }
}
