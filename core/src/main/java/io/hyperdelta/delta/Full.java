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
 * this adds to it; with {@code replaces} it generates W itself, too.
 *
 * @param replaces whether H z stands in the weight's place, dW = H z - W. The part of H that is the
 *     same for all conditions is W at the start, so a fresh adaptive model equals its target. It
 *     learns what it would learn without, but for weight decay, which draws a weight that is
 *     generated to zero and one that is added to back to the target's
 */
public record Full(boolean replaces) implements Form {
  static final String NAME = "full";

  /** A delta that is added to the weight. */
  public Full() {
    this(false);
  }

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
    Factor.Start start = replaces ? Factor.Start.FROZEN : Factor.Start.ZERO;
    return Forms.checked(this, site, Factor.generated("W", start, site.in(), site.width()));
  }

  @Override
  public double[] dense(Site site, TensorValue frozen, List<TensorValue> factors) {
    double[] made = factors.get(0).doubles();
    return replaces ? Matrix.instead(site, frozen, made) : Matrix.stored(site, made);
  }
}
