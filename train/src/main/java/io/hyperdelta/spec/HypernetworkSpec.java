package io.hyperdelta.spec;

import io.hyperdelta.hypernetwork.HeadLayout;
import java.util.List;

/**
 * Generates deltas from a condition.
 *
 * @param condition name of the condition that it sees
 * @param trunk units of each layer of its body; without layers the latent is linear in the encoded
 *     condition
 * @param latent numbers in the latent, 1 or more
 * @param adaptations what it adapts; at least one
 * @param dropout chance of a unit of the trunk to be dropped in a step of training, in [0, 1); only
 *     with a trunk
 * @param heads which heads it has
 * @param fit how it is fitted where it differs from other sources
 */
public record HypernetworkSpec(
    String condition,
    List<Integer> trunk,
    int latent,
    List<AdaptationSpec> adaptations,
    double dropout,
    HeadLayout heads,
    SourceFit fit) {
  /** Two small layers: conditions have few numbers, and a wide trunk learns contexts by heart. */
  public static final List<Integer> DEFAULT_TRUNK = List.of(64, 64);

  /** Heads grow with the latent; 16 directions of change are more than most contexts need. */
  public static final int DEFAULT_LATENT = 16;

  /**
   * Shared heads tell sites apart by 8 numbers: sites of one shape differ in few ways that matter.
   */
  public static final int DEFAULT_EMBEDDING = 8;

  /** Checks ranges and copies the lists. */
  public HypernetworkSpec {
    Require.text("condition", condition);
    trunk = trunk.isEmpty() ? List.of() : Require.widths("trunk", trunk);
    Require.between("latent", latent, 1, 65_536);
    adaptations = Require.some("adaptations", adaptations);
    Require.fraction("dropout", dropout);
    if (dropout > 0 && trunk.isEmpty()) {
      throw new IllegalArgumentException(
          "dropout is given without a trunk, whose units it would drop. Expected at least one width in trunk, or no dropout, got dropout %s and trunk []."
              .formatted(dropout));
    }
  }

  /** A hypernetwork without dropout, with each site's own heads, fitted as the others are. */
  public HypernetworkSpec(
      String condition, List<Integer> trunk, int latent, List<AdaptationSpec> adaptations) {
    this(condition, trunk, latent, adaptations, 0, HeadLayout.PER_SITE, SourceFit.defaults());
  }

  /** The same, fitted in its own way. */
  public HypernetworkSpec withFit(SourceFit own) {
    return new HypernetworkSpec(condition, trunk, latent, adaptations, dropout, heads, own);
  }

  /** The same with dropout. */
  public HypernetworkSpec withDropout(double chance) {
    return new HypernetworkSpec(condition, trunk, latent, adaptations, chance, heads, fit);
  }

  /** The same with other heads. */
  public HypernetworkSpec withHeads(HeadLayout layout) {
    return new HypernetworkSpec(condition, trunk, latent, adaptations, dropout, layout, fit);
  }

  /** The same hypernetwork with another trunk, latent and adaptations. */
  public HypernetworkSpec with(
      List<Integer> newTrunk, int newLatent, List<AdaptationSpec> newAdaptations) {
    return new HypernetworkSpec(
        condition,
        newTrunk,
        newLatent,
        newAdaptations,
        newTrunk.isEmpty() ? 0 : dropout,
        heads,
        fit);
  }

  /** A hypernetwork with the default trunk and latent. */
  public static HypernetworkSpec of(String condition, AdaptationSpec... adaptations) {
    return new HypernetworkSpec(condition, DEFAULT_TRUNK, DEFAULT_LATENT, List.of(adaptations));
  }
}
