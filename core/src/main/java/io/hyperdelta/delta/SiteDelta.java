package io.hyperdelta.delta;

import io.hyperdelta.graph.TensorValue;
import io.hyperdelta.target.Site;
import java.util.Arrays;
import java.util.List;

/**
 * One adaptation on one site.
 *
 * @param owner the source of the factors
 * @param site what is adapted
 * @param form how
 * @param scale what the delta is multiplied with
 * @param cap how large the scaled delta may be over what it adapts, above 0; {@link Cap#NONE} for
 *     any size
 */
public record SiteDelta(String owner, Site site, Form form, double scale, double cap) {
  public SiteDelta {
    Cap.check("The delta of site \"" + site.title() + "\"", cap);
    Cap.refusal(form, site, cap)
        .ifPresent(
            reason -> {
              throw new IllegalArgumentException(reason);
            });
  }

  /** A delta without a cap. */
  public SiteDelta(String owner, Site site, Form form, double scale) {
    this(owner, site, form, scale, Cap.NONE);
  }

  /**
   * The same delta of another source, with a share of its scale and cap.
   *
   * @param share finite and above 0
   */
  public SiteDelta renamed(String newOwner, double share) {
    return new SiteDelta(newOwner, site, form, scale * share, cap * share);
  }

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

  /** The form, with the cap if there is one, such as {@code "low-rank 4, cap 0.5"}. */
  public String title() {
    return isCapped() ? form.title() + ", cap " + cap : form.title();
  }

  /** Whether there is a cap. */
  public boolean isCapped() {
    return cap != Cap.NONE;
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

  /**
   * The delta at strength 1: scaled and within its cap, as {@link Form#dense} lays it out.
   *
   * @param frozen the initializer that holds the site
   * @param factors of one condition
   */
  public double[] dense(TensorValue frozen, List<TensorValue> factors) {
    double[] dense = form.dense(site, frozen, factors);
    for (int i = 0; i < dense.length; i++) {
      dense[i] *= scale;
    }
    double factor =
        Cap.factor(cap, site, frozen, () -> Math.sqrt(Arrays.stream(dense).map(x -> x * x).sum()));
    for (int i = 0; factor != 1 && i < dense.length; i++) {
      dense[i] *= factor;
    }
    return dense;
  }
}
