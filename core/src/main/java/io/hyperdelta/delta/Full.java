package io.hyperdelta.delta;

import io.hyperdelta.graph.TensorValue;
import io.hyperdelta.target.Site;
import java.util.List;
import java.util.Optional;

/**
 * dW = H z: every number of the delta has its own row in the head. The widest form, and the most
 * expensive: in out numbers for a weight {@code [in, out]}.
 *
 * <p>Source: the plain hypernetwork (Ha et al. 2016, section 3), which generates W itself where
 * this adds to it.
 */
public record Full() implements Form {
  static final String NAME = "full";

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public Optional<String> refusal(Site site) {
    return Matrix.refusal(site, NAME);
  }

  @Override
  public List<Factor> factors(Site site) {
    return Forms.checked(
        this, site, Factor.generated("W", Factor.Start.ZERO, site.in(), site.width()));
  }

  @Override
  public double[] dense(Site site, TensorValue frozen, List<TensorValue> factors) {
    return Matrix.stored(site, factors.get(0).doubles());
  }
}
