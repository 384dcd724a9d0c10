package io.hyperdelta.examples;

import io.hyperdelta.fit.Training;
import io.hyperdelta.fit.TrainingResult;
import io.hyperdelta.spec.AdaptationSpec;
import io.hyperdelta.spec.DataSpec;
import io.hyperdelta.spec.EnsembleSpec;
import io.hyperdelta.spec.FitSpec;
import io.hyperdelta.spec.HypernetworkSpec;
import io.hyperdelta.spec.Spec;
import io.hyperdelta.spec.TargetSpec;
import java.nio.file.Path;

/**
 * Five hypernetworks around one network, each of which learned from another sample of the
 * neighbourhoods: their mean is the prediction, and how far they lie apart says how sure it is.
 */
public final class EnsembleExample {
  private EnsembleExample() {}

  /**
   * Trains all five and measures them.
   *
   * @param houses the CSV file of the houses
   * @param bundle folder of the bundle
   */
  public static TrainingResult run(Path houses, Path bundle) {
    DataSpec.Builder data = DataSpec.rows(houses).label("ln(price)");
    data.features("TLA", "lotsize", "garage");
    data.contexts("floor(long / 2500)", "floor(lat / 2500)");
    HypernetworkSpec local =
        HypernetworkSpec.of("place", AdaptationSpec.lowRank("*", 2), AdaptationSpec.shift("*"));
    Spec.Builder spec = Spec.builder("ensemble").data(data).target(TargetSpec.mlp(32, 16));
    spec.condition("place", "long", "lat").hypernetwork("local", local);
    spec.fit(FitSpec.builder().epochs(8).learningRate(0.003).build());
    spec.members(5).bootstrap(EnsembleSpec.Bootstrap.CONTEXTS);
    return Training.of(spec.build()).run(bundle);
  }
}
