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
  static final String NAME = "shift";

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public Optional<String> refusal(Site site) {
    if (site.kind() == SiteKind.SCALE || site.biased()) {
      return Optional.of(
          "Site \"%s\" cannot take a shift: %s. Expected a bias, got a %s %s. Maybe you meant the layer's bias, or form %s."
              .formatted(
                  site.title(),
                  site.biased()
                      ? "its layer has a bias, which is a site of its own"
                      : "its layer multiplies with it",
                  site.kind().word(),
                  site.shape(),
                  site.kind() == SiteKind.SCALE ? "gain" : "low-rank"));
    }
    return Optional.empty();
  }

  @Override
  public List<Factor> factors(Site site) {
    return Forms.checked(this, site, Factor.generated("b", Factor.Start.ZERO, site.width()));
  }

  @Override
  public boolean makesBias(Site site) {
    return site.kind() != SiteKind.BIAS;
  }

  @Override
  public double[] dense(Site site, TensorValue frozen, List<TensorValue> factors) {
    double[] terms = factors.get(0).doubles();
    double[] all = new double[Math.toIntExact(site.out())];
    for (int u = 0; u < terms.length; u++) {
      all[site.unit(u)] = terms[u];
    }
    return all;
  }
}
