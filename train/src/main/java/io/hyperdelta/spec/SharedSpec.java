package io.hyperdelta.spec;

import java.util.List;

/**
 * Deltas that are learned once and are the same for all rows, such as a LoRA or fine-tuning.
 *
 * @param adaptations what is adapted; at least one
 * @param fit how it is fitted where it differs from other sources
 */
public record SharedSpec(List<AdaptationSpec> adaptations, SourceFit fit) {
  /** Copies the list. */
  public SharedSpec {
    adaptations = Require.some("adaptations", adaptations);
  }

  /** Shared deltas that are fitted as other sources are. */
  public SharedSpec(List<AdaptationSpec> adaptations) {
    this(adaptations, SourceFit.defaults());
  }

  /** The same, fitted in their own way. */
  public SharedSpec withFit(SourceFit own) {
    return new SharedSpec(adaptations, own);
  }

  /** Shared deltas. */
  public static SharedSpec of(AdaptationSpec... adaptations) {
    return new SharedSpec(List.of(adaptations));
  }
}
