package io.hyperdelta.delta;

import io.hyperdelta.graph.TensorValue;
import io.hyperdelta.target.Site;
import io.hyperdelta.target.SiteKind;
import java.util.List;
import java.util.Optional;

/**
 * db: one term per unit, added to what the layer makes. It belongs to the layer's bias, or to its
 * weight where the layer has no bias.
 *
 * <p>Source: the beta of FiLM (Perez et al. 2018, equation 2), applied before the activation.
 */
public record Shift() implements Form {
  @Override
  public String name() {
    return "shift";
  }

  @Override
  public Optional<String> refusal(Site site) {
    if (site.kind() == SiteKind.WEIGHT && site.biased()) {
      return Optional.of(
          "Site \"%s\" cannot take a shift: its layer has a bias, which is a site of its own. Expected a bias, got a weight %s. Maybe you meant the layer's bias, or form low-rank."
              .formatted(site.name(), site.shape()));
    }
    return Optional.empty();
  }

  @Override
  public Form narrowed(Site site) {
    return this;
  }

  @Override
  public List<Factor> factors(Site site) {
    refusal(site)
        .ifPresent(
            reason -> {
              throw new IllegalArgumentException(reason);
            });
    return List.of(new Factor("b", List.of(site.out()), Factor.Start.ZERO));
  }

  @Override
  public boolean makesBias(Site site) {
    return site.kind() == SiteKind.WEIGHT;
  }

  @Override
  public double[] dense(Site site, List<TensorValue> factors) {
    return factors.get(0).doubles();
  }
}
