package io.hyperdelta.delta;

import io.hyperdelta.graph.TensorValue;
import io.hyperdelta.target.Site;

/**
 * One adaptation on one site.
 *
 * @param owner the source of the factors
 * @param site what is adapted
 * @param form how
 * @param scale what the delta is multiplied with
 */
public record SiteDelta(String owner, Site site, Form form, double scale) {
  /** Unique around one target: owner, site and form. */
  public String name() {
    return owner + "/" + site.title() + "/" + form.name();
  }

  /** Whether another delta is of the same form and adapts some of the same units. */
  public boolean repeats(SiteDelta other) {
    return form.name().equals(other.form.name())
        && site.name().equals(other.site.name())
        && site.units().overlaps(other.site.units());
  }

  /**
   * The name of a factor where it travels between graphs: output of the generator, input of the
   * target with deltas.
   */
  public String factorName(Factor factor) {
    return name() + "/" + factor.role();
  }

  /**
   * Whether it is zero in a fresh adaptive model: false for factors that are all random and make a
   * weight that replaces the frozen one.
   */
  public boolean startsAtTarget() {
    return form.factors(site).stream().anyMatch(f -> f.start() != Factor.Start.RANDOM);
  }

  /**
   * What it is a delta of: the frozen weight as a matrix.
   *
   * @param holder the initializer that holds the site
   * @return float32 {@code [in, width]}
   */
  public TensorValue frozen(TensorValue holder) {
    TensorValue matrix = Matrix.unstored(site, site.values(holder));
    double[] numbers = matrix.doubles();
    float[] values = new float[numbers.length];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) numbers[i];
    }
    return TensorValue.ofFloats(values, matrix.dims());
  }
}
