package io.hyperdelta.examples;

import io.hyperdelta.delta.Full;
import io.hyperdelta.delta.Gain;
import io.hyperdelta.fit.Training;
import io.hyperdelta.fit.TrainingResult;
import io.hyperdelta.spec.AdaptationSpec;
import io.hyperdelta.spec.DataSpec;
import io.hyperdelta.spec.HypernetworkSpec;
import io.hyperdelta.spec.Spec;
import io.hyperdelta.spec.TargetSpec;
import java.nio.file.Path;

/**
 * Different parts of one network, adapted by different hypernetworks from different conditions: the
 * first layer by the place, the strength of the second layer's units by the year of the sale, and
 * the incoming weights of a single neuron by the place again.
 */
public final class PartsExample {
  private PartsExample() {}

  /**
   * Trains and adapts.
   *
   * @param houses the CSV file of the houses
   * @param bundle folder for the bundle
   */
  public static TrainingResult run(Path houses, Path bundle) {
    DataSpec.Builder data = DataSpec.rows(houses).label("ln(price)");
    data.features("TLA", "yrbuilt", "lotsize", "garage");
    data.contexts("floor(long / 2500)", "floor(lat / 2500)");
    HypernetworkSpec place =
        HypernetworkSpec.of(
            "place",
            AdaptationSpec.lowRank("fc1", 2),
            AdaptationSpec.shift("kind:bias - fc3"),
            new AdaptationSpec("fc2.weight[7]", new Full(), AdaptationSpec.DEFAULT_SCALE));
    HypernetworkSpec sale =
        HypernetworkSpec.of(
            "sale", new AdaptationSpec("fc2", new Gain(), AdaptationSpec.DEFAULT_SCALE));
    Spec.Builder spec = Spec.builder("parts").data(data).target(TargetSpec.mlp(64, 32));
    spec.condition("place", "long", "lat").condition("sale", "syear");
    spec.hypernetwork("neighbourhood", place).hypernetwork("market", sale);
    return Training.of(spec.build()).run(bundle);
  }
}
