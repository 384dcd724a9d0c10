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

/** A bundle for one condition: one merged network, or one for each member of an ensemble. */
final class MergedModel {
  private MergedModel() {}

  /**
   * The merged model.
   *
   * @param factors as the bundle's generator gives them for the condition
   */
  static Model of(
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
