package io.hyperdelta.spec;

import io.hyperdelta.delta.Cap;
import io.hyperdelta.delta.Form;
import io.hyperdelta.delta.LowRank;
import io.hyperdelta.delta.Shift;

/**
 * One form of delta for one part of the target network.
 *
 * @param part name or glob of sites; {@code *} is every site
 * @param form how the delta is parametrised
 * @param scale factor on the delta, finite and above 0
 * @param cap how large the delta may be over what it adapts, above 0; {@link Cap#NONE} for any size
 */
public record AdaptationSpec(String part, Form form, double scale, double cap) {
  /** The delta as the heads give it: learning finds the size. */
  public static final double DEFAULT_SCALE = 1.0;

  /** Checks the part and the scale. */
  public AdaptationSpec {
    Require.text("part", part);
    Require.positive("scale", scale);
    if (cap != Cap.NONE) {
      Require.positive("cap", cap);
    }
  }

  /** A delta without a cap. */
  public AdaptationSpec(String part, Form form, double scale) {
    this(part, form, scale, Cap.NONE);
  }

  /** The same with a cap. */
  public AdaptationSpec withCap(double rho) {
    return new AdaptationSpec(part, form, scale, rho);
  }

  /** The same adaptation in another form. */
  public AdaptationSpec with(Form newForm) {
    return new AdaptationSpec(part, newForm, scale, cap);
  }

  /** A low-rank delta with the default scale. */
  public static AdaptationSpec lowRank(String part, int rank) {
    return new AdaptationSpec(part, new LowRank(rank), DEFAULT_SCALE);
  }

  /** A shift with the default scale. */
  public static AdaptationSpec shift(String part) {
    return new AdaptationSpec(part, new Shift(), DEFAULT_SCALE);
  }
}
