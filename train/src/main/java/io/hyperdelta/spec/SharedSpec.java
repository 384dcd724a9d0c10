package io.hyperdelta.spec;

import java.util.List;

/**
 * Deltas that are learned once and are the same for all rows, such as a LoRA or fine-tuning.
 *
 * @param adaptations what is adapted; at least one
 */
public record SharedSpec(List<AdaptationSpec> adaptations) {
  /** Copies the list. */
  public SharedSpec {
    adaptations = Require.some("adaptations", adaptations);
  }

  /** Shared deltas. */
  public static SharedSpec of(AdaptationSpec... adaptations) {
    return new SharedSpec(List.of(adaptations));
  }
}
