package io.hyperdelta.delta;

import io.hyperdelta.target.Part;
import io.hyperdelta.target.Site;
import java.util.List;
import java.util.Optional;

/**
 * What is adapted and how: part x form x scale. Its factors come from the source that it belongs
 * to.
 *
 * @param part the sites
 * @param form how their deltas are parametrised
 * @param scale what the deltas are multiplied with, finite and not 0
 * @param cap how large a delta may be, over what it adapts, above 0; {@link Cap#NONE} for any size
 */
public record Adaptation(Part part, Form form, double scale, double cap) {
  /** Deltas as generated: the heads find their own size. */
  public static final double DEFAULT_SCALE = 1;

  public Adaptation {
    if (!Double.isFinite(scale) || scale == 0) {
      throw new IllegalArgumentException(
          "The adaptation of part \"%s\" has no usable scale. Expected a finite number other than 0, got %s."
              .formatted(part.selector(), scale));
    }
    Cap.check("The adaptation of part \"" + part.selector() + "\"", cap);
  }

  /** An adaptation without a cap. */
  public Adaptation(Part part, Form form, double scale) {
    this(part, form, scale, Cap.NONE);
  }

  /** The same with a cap. */
  public Adaptation withCap(double rho) {
    return new Adaptation(part, form, scale, rho);
  }

  /**
   * The same adaptations with a share of their scales and caps.
   *
   * @param share finite and above 0
   */
  public static List<Adaptation> times(List<Adaptation> adaptations, double share) {
    return adaptations.stream()
        .map(a -> new Adaptation(a.part, a.form, a.scale * share, a.cap * share))
        .toList();
  }

  /** An adaptation with the default scale. */
  public static Adaptation of(String selector, Form form) {
    return new Adaptation(new Part(selector), form, DEFAULT_SCALE);
  }

  /** The same adaptation in another form. */
  public Adaptation with(Form newForm) {
    return new Adaptation(part, newForm, scale, cap);
  }

  /**
   * The deltas on a target's sites. A part that selects several passes over sites of another kind,
   * and uses a narrower form where a site is too small, as long as one site takes the form as it
   * is.
   *
   * @param owner what the deltas' names begin with
   * @throws IllegalArgumentException if no site matches, or none takes the form
   */
  public List<SiteDelta> resolve(List<Site> sites, String owner) {
    List<Site> selected = part.select(sites);
    List<Site> exact = selected.stream().filter(site -> refusal(form, site).isEmpty()).toList();
    if (exact.isEmpty()) {
      // The refusal worth reading comes from a site of the right kind: one that a narrower form
      // would fit.
      Site telling =
          selected.stream()
              .filter(site -> refusal(form.narrowed(site), site).isEmpty())
              .findFirst()
              .orElse(selected.get(0));
      throw new IllegalArgumentException(refusal(form, telling).orElseThrow());
    }
    return selected.stream()
        .filter(site -> refusal(form.narrowed(site), site).isEmpty())
        .map(site -> new SiteDelta(owner, site, form.narrowed(site), scale, cap))
        .toList();
  }

  private Optional<String> refusal(Form some, Site site) {
    return some.refusal(site).or(() -> Cap.refusal(some, site, cap));
  }
}
