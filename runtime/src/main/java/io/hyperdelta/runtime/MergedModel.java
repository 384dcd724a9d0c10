package io.hyperdelta.runtime;

import io.hyperdelta.bundle.EnsembleEntry;
import io.hyperdelta.bundle.Manifest;
import io.hyperdelta.delta.SiteDelta;
import io.hyperdelta.graph.Model;
import io.hyperdelta.graph.TensorValue;
import io.hyperdelta.target.Target;
import io.hyperdelta.weave.Ensemble;
import io.hyperdelta.weave.Merge;
import io.hyperdelta.weave.Strength;
import java.util.List;
import java.util.Map;

/**
 * An adaptive model under one condition, its deltas merged into the target's weights: predicts as
 * fast as the target, for rows that have no condition of their own. It holds weights of its own, as
 * many as the target has. {@link AdaptiveModel#under} makes it. Safe to use from many threads;
 * {@link #close} must come after all of them, and before the adaptive model's.
 */
public final class MergedModel implements AutoCloseable {
  private final AdaptiveModel model;
  private final OrtGraph graph;

  MergedModel(AdaptiveModel model, OrtGraph graph) {
    this.model = model;
    this.graph = graph;
  }

  /**
   * Predicts under the condition. What the bundle prepares of the target's inputs is prepared here.
   *
   * @param rows the columns of the target; others are not looked at
   * @return what the adaptive model predicts for the rows under the condition, but for rounding
   * @throws RowsException if a column is missing, has the wrong type, is not finite, or cannot be
   *     encoded
   */
  public Prediction predict(Rows rows) {
    return model.predict(graph, rows);
  }

  /** Frees the native session; the adaptive model stays open. */
  @Override
  public void close() {
    graph.close();
  }

  /**
   * The graph for one condition: one merged network, or one for each member of an ensemble.
   *
   * @param factors as the bundle's generator gives them for the condition
   */
  static Model graph(
      Manifest manifest,
      Target target,
      List<SiteDelta> deltas,
      Map<String, TensorValue> factors,
      Strength strength) {
    EnsembleEntry ensemble = manifest.ensemble();
    return ensemble != null && ensemble.spreads()
        ? Ensemble.merged(target, manifest.output(), ensemble.members(), deltas, factors, strength)
        : Merge.merge(target, deltas, factors, strength);
  }
}
