package io.hyperdelta.spec;

import java.util.List;

/**
 * Deltas that are learned for each known context, such as one LoRA per tenant. A context that was
 * not in training gets what all share.
 *
 * @param column that names the context, taken as texts
 * @param closed whether predictions refuse an unknown context
 * @param adaptations what is adapted; at least one
 * @param fit how it is fitted where it differs from other sources
 */
public record TableSpec(
    String column, boolean closed, List<AdaptationSpec> adaptations, SourceFit fit) {
  /** Checks the column and copies the list. */
  public TableSpec {
    Require.text("column", column);
    adaptations = Require.some("adaptations", adaptations);
  }

  /** A table that is fitted as other sources are. */
  public TableSpec(String column, boolean closed, List<AdaptationSpec> adaptations) {
    this(column, closed, adaptations, SourceFit.defaults());
  }

  /** The same, fitted in its own way. */
  public TableSpec withFit(SourceFit own) {
    return new TableSpec(column, closed, adaptations, own);
  }

  /** A table that is open to unknown contexts. */
  public static TableSpec of(String column, AdaptationSpec... adaptations) {
    return new TableSpec(column, false, List.of(adaptations));
  }
}
