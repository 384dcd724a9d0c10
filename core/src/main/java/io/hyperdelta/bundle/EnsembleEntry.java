package io.hyperdelta.bundle;

import java.util.List;
import java.util.Objects;

/**
 * An ensemble as the manifest lists it.
 *
 * @param members names, in order; the source of a member's delta begins with its member's name and
 *     a slash
 * @param combine {@code mean}, {@code learned} or {@code mean-delta}
 * @param bootstrap what members' training rows were drawn from: {@code none}, {@code contexts} or
 *     {@code rows}
 * @param weights of the members, adding up to 1
 */
public record EnsembleEntry(
    List<String> members, String combine, String bootstrap, List<Double> weights) {
  public EnsembleEntry {
    members = List.copyOf(members);
    weights = List.copyOf(weights);
    // A manifest may lack it.
    combine = Objects.requireNonNullElse(combine, "");
  }

  /**
   * Whether predictions come with a spread: not where members are one network.
   *
   * @throws BundleException if it is unknown how members are combined
   */
  public boolean spreads() {
    return switch (combine) {
      case "mean", "learned" -> true;
      case "mean-delta" -> false;
      default ->
          throw new BundleException(
              "The manifest combines the members of an ensemble by \"%s\". Expected mean, learned or mean-delta. Maybe a later version of HyperDelta wrote it."
                  .formatted(combine));
    };
  }
}
