package io.hyperdelta.examples;

import io.hyperdelta.fit.Training;
import io.hyperdelta.fit.TrainingResult;
import io.hyperdelta.spec.AdaptationSpec;
import io.hyperdelta.spec.DataSpec;
import io.hyperdelta.spec.HypernetworkSpec;
import io.hyperdelta.spec.SharedSpec;
import io.hyperdelta.spec.Spec;
import io.hyperdelta.spec.TargetSpec;
import java.nio.file.Path;

/**
 * A LoRA, which is the same for all houses, and the same LoRA with a hypernetwork on top, which
 * sees where a house stands. The network that both adapt knows neither place nor age.
 */
public final class LoraExample {
  private LoraExample() {}

  /**
   * What both reach.
   *
   * @param lora the shared deltas alone
   * @param both with deltas that a hypernetwork generates
   */
  public record Results(TrainingResult lora, TrainingResult both) {}

  /**
   * Trains both.
   *
   * @param houses the CSV file of the houses
   * @param bundles folder for the two bundles
   */
  public static Results run(Path houses, Path bundles) {
    Spec.Builder lora = spec("lora", houses);
    Spec.Builder both = spec("both", houses).condition("place", "long", "lat");
    both.hypernetwork("place", HypernetworkSpec.of("place", AdaptationSpec.shift("*")));
    return new Results(
        Training.of(lora.build()).run(bundles.resolve("lora")),
        Training.of(both.build()).run(bundles.resolve("both")));
  }

  private static Spec.Builder spec(String name, Path houses) {
    DataSpec.Builder data = DataSpec.rows(houses).label("ln(price)");
    data.features("TLA", "lotsize", "garage");
    data.contexts("floor(long / 2500)", "floor(lat / 2500)");
    return Spec.builder(name)
        .data(data)
        .target(TargetSpec.mlp(32, 16))
        .shared("lora", SharedSpec.of(AdaptationSpec.lowRank("*", 4)));
  }
}
