package io.hyperdelta.delta;

import io.hyperdelta.graph.TensorValue;
import io.hyperdelta.target.Site;
import io.hyperdelta.target.SiteKind;
import java.util.List;
import java.util.Optional;

/**
 * dW = W diag(g): one factor per unit, on what its layer makes before the bias is added.
 *
 * <p>Source: the gamma of FiLM (Perez et al. 2018, equation 2), applied before the bias, and the
 * vectors of IA3 (Liu et al. 2022, section 3.3). Both multiply with the vector; here a unit is
 * multiplied with 1 + g.
 */
public record Gain() implements Form {
  static final String NAME = "gain";

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public Optional<String> refusal(Site site) {
    return site.kind() == SiteKind.BIAS
        ? Optional.of(
            "Site \"%s\" cannot take a gain: it is a bias %s. Expected a weight or a scale. Maybe you meant form shift."
                .formatted(site.title(), site.shape()))
        : Optional.empty();
  }

  @Override
  public List<Factor> factors(Site site) {
    return Forms.checked(this, site, Factor.generated("g", Factor.Start.ZERO, site.width()));
  }

  @Override
  public double[] dense(Site site, TensorValue frozen, List<TensorValue> factors) {
    double[] weight = site.values(frozen);
    float[] gain = factors.get(0).floats();
    double[] delta = new double[weight.length];
    for (int u = 0; u < gain.length; u++) {
      for (int i = 0; i < site.in(); i++) {
        int position = Matrix.position(site, i, u);
        delta[position] = weight[position] * gain[u];
      }
    }
    return delta;
  }
}
