package io.hyperdelta.bundle;

import io.hyperdelta.delta.Form;
import io.hyperdelta.delta.LowRank;
import io.hyperdelta.delta.Shift;
import io.hyperdelta.delta.SiteDelta;
import io.hyperdelta.target.Site;
import io.hyperdelta.target.Target;
import org.jspecify.annotations.Nullable;

/**
 * A delta as the manifest lists it.
 *
 * @param hypernetwork what generates it
 * @param site the site's name in the target
 * @param form the form's name
 * @param rank of a low-rank form, else null
 * @param scale what the delta is multiplied with
 * @param generated numbers generated per condition
 */
public record DeltaEntry(
    String hypernetwork,
    String site,
    String form,
    @Nullable Integer rank,
    double scale,
    long generated) {
  /** The entry of a delta. */
  public static DeltaEntry of(SiteDelta delta) {
    Integer rank = delta.form() instanceof LowRank lowRank ? (Integer) lowRank.rank() : null;
    return new DeltaEntry(
        delta.owner(),
        delta.site().name(),
        delta.form().name(),
        rank,
        delta.scale(),
        delta.form().generatedCount(delta.site()));
  }

  /**
   * The delta on the bundle's target.
   *
   * @throws BundleException if the target has no such site or the form is unknown
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
    return new SiteDelta(hypernetwork, found, resolveForm(), scale);
  }

  private Form resolveForm() {
    if ("low-rank".equals(form) && rank != null && rank > 0) {
      return new LowRank(rank);
    }
    if ("shift".equals(form)) {
      return new Shift();
    }
    throw new BundleException(
        "The manifest has a delta of form \"%s\". Expected low-rank with a rank, or shift. Maybe a later version of HyperDelta wrote it."
            .formatted(form));
  }
}
