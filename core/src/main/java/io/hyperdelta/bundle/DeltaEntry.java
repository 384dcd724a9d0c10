package io.hyperdelta.bundle;

import com.fasterxml.jackson.annotation.JsonInclude;
import io.hyperdelta.delta.Cap;
import io.hyperdelta.delta.Form;
import io.hyperdelta.delta.Forms;
import io.hyperdelta.delta.SiteDelta;
import io.hyperdelta.target.Site;
import io.hyperdelta.target.Target;
import io.hyperdelta.target.Units;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A delta as the manifest lists it.
 *
 * @param source where its factors come from
 * @param site the site's name in the target
 * @param units the units that are adapted, as {@link Units} writes them; empty for all
 * @param form the form's name
 * @param options the form's numbers by key, such as its rank, in a fixed order
 * @param replace whether the form replaces the weight
 * @param scale what the delta is multiplied with
 * @param generated numbers generated per condition; 0 for a delta that is given
 * @param cap how large the delta may be over what it adapts; null, and left out, for any size
 */
@JsonInclude(JsonInclude.Include.NON_NULL)
public record DeltaEntry(
    String source,
    String site,
    String units,
    String form,
    Map<String, Integer> options,
    boolean replace,
    double scale,
    long generated,
    @Nullable Double cap) {
  public DeltaEntry {
    // A manifest may lack them.
    units = Objects.requireNonNullElse(units, "");
    form = Objects.requireNonNullElse(form, "");
    // The order is part of the manifest's bytes.
    options =
        Collections.unmodifiableMap(
            new LinkedHashMap<>(Objects.requireNonNullElse(options, Map.of())));
  }

  /** The entry of a delta without a cap. */
  public DeltaEntry(
      String source,
      String site,
      String units,
      String form,
      Map<String, Integer> options,
      boolean replace,
      double scale,
      long generated) {
    this(source, site, units, form, options, replace, scale, generated, null);
  }

  /** The entry of a delta. */
  public static DeltaEntry of(SiteDelta delta) {
    return new DeltaEntry(
        delta.owner(),
        delta.site().name(),
        delta.site().units().toString(),
        delta.form().name(),
        delta.form().options(),
        delta.form().replaces(),
        delta.scale(),
        delta.form().generatedCount(delta.site()),
        delta.isCapped() ? delta.cap() : null);
  }

  /** The entry of a delta whose numbers are given, not trained. */
  public DeltaEntry given() {
    return new DeltaEntry(source, site, units, form, options, replace, scale, 0, cap);
  }

  /**
   * The delta on the bundle's target.
   *
   * @throws BundleException if the target has no such site, or the form is unknown or does not fit
   */
  public SiteDelta resolve(Target target) {
    Site found =
        target.sites().stream()
            .filter(candidate -> candidate.name().equals(site))
            .findFirst()
            .orElseThrow(
                () ->
                    new BundleException(
                        "The manifest has a delta for site \"%s\", which the target does not have. Expected the manifest and the target of one training run."
                            .formatted(site)));
    try {
      double rho = cap == null ? Cap.NONE : cap;
      SiteDelta delta = new SiteDelta(source, resolveUnits(found), resolveForm(), scale, rho);
      // Refuses a form that the site does not take.
      delta.form().factors(delta.site());
      return delta;
    } catch (IllegalArgumentException e) {
      throw new BundleException(
          "The manifest has a delta for site \"%s\" that cannot be: %s"
              .formatted(site, e.getMessage()),
          e);
    }
  }

  private Site resolveUnits(Site found) {
    try {
      return units.isEmpty() ? found : found.only(Units.of(units));
    } catch (IllegalArgumentException e) {
      throw new BundleException(
          "The manifest has a delta for units of site \"%s\" that it does not have: %s"
              .formatted(site, e.getMessage()),
          e);
    }
  }

  private Form resolveForm() {
    try {
      return Forms.of(form, options, replace);
    } catch (IllegalArgumentException e) {
      throw new BundleException(
          "The manifest has a delta of form \"%s\" that cannot be read: %s Maybe a later version of HyperDelta wrote it."
              .formatted(form, e.getMessage()),
          e);
    }
  }
}
