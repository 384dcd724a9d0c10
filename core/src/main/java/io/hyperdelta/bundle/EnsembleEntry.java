package io.hyperdelta.bundle;

import java.util.List;

/**
 * An ensemble as the manifest lists it.
 *
 * @param members names, in order; the source of a member's delta begins with its member's name and a
 *     slash
 * @param combine {@code mean}, {@code learned} or {@code mean-delta}
 * @param bootstrap what members' training rows were drawn from: {@code none}, {@code contexts} or
 *     {@code rows}
 * @param weights of the members, adding up to 1
 */
public record EnsembleEntry(
    List<String> members, String combine, String bootstrap, List<Double> weights) {
  private static final String MEAN_DELTA = "mean-delta";

  public EnsembleEntry {
    members = List.copyOf(members);
    weights = List.copyOf(weights);
  }

  /** Whether predictions come with a spread: not where members are one network. */
  public boolean spreads() {
    return !combine.equals(MEAN_DELTA);
  }
}
