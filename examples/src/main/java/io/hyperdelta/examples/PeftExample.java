package io.hyperdelta.examples;

import io.hyperdelta.bundle.LoraFactors;
import io.hyperdelta.bundle.PeftWriter;
import io.hyperdelta.delta.FixedDelta;
import io.hyperdelta.delta.LowRankMatrix;
import io.hyperdelta.fit.Training;
import io.hyperdelta.fit.TrainingResult;
import io.hyperdelta.runtime.AdaptiveModel;
import io.hyperdelta.runtime.Rows;
import io.hyperdelta.spec.AdaptationSpec;
import io.hyperdelta.spec.DataSpec;
import io.hyperdelta.spec.FitSpec;
import io.hyperdelta.spec.FixedSpec;
import io.hyperdelta.spec.HypernetworkSpec;
import io.hyperdelta.spec.SharedSpec;
import io.hyperdelta.spec.Spec;
import io.hyperdelta.spec.TargetSpec;
import io.hyperdelta.weave.Strength;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A LoRA that is finished comes in a PEFT folder. It stays as it is, and a hypernetwork that sees
 * where a house stands adapts what comes of it. Here the LoRA is one that we train ourselves first.
 */
public final class PeftExample {
  /** Enough to see a gain, in seconds. */
  private static final int EPOCHS = 8;

  private PeftExample() {}

  /**
   * What comes of it.
   *
   * @param lora the LoRA's own training
   * @param onTop the hypernetwork's, with the LoRA of the folder under it
   */
  public record Results(TrainingResult lora, TrainingResult onTop) {}

  /**
   * Trains a LoRA, writes it as PEFT does, and adapts on top of the folder.
   *
   * @param houses the CSV file of the houses
   * @param folder for the two bundles and the adapter
   */
  public static Results run(Path houses, Path folder) {
    TrainingResult lora =
        Training.of(
                spec("lora", houses, TargetSpec.mlp(32, 16))
                    .shared("lora", SharedSpec.of(AdaptationSpec.lowRank("kind:weight", 4)))
                    .build())
            .run(folder.resolve("lora"));
    PeftWriter.write(folder.resolve("adapter"), factors(folder.resolve("lora")), "houses");

    Spec.Builder onTop =
        spec("on-top", houses, TargetSpec.onnx(folder.resolve("lora").resolve("target.onnx")))
            .fixed("lora", FixedSpec.peft(folder.resolve("adapter")))
            .condition("place", "long", "lat")
            .hypernetwork("place", HypernetworkSpec.of("place", AdaptationSpec.shift("*")));
    return new Results(lora, Training.of(onTop.build()).run(folder.resolve("on-top")));
  }

  /** The factors that a bundle's shared deltas have learned. */
  private static List<LoraFactors> factors(Path bundle) {
    List<LoraFactors> factors = new ArrayList<>();
    try (AdaptiveModel model = AdaptiveModel.open(bundle)) {
      for (FixedDelta delta : model.fixed(Rows.builder(1).build(), Strength.FULL)) {
        LowRankMatrix product = (LowRankMatrix) delta.rounded().matrix();
        factors.add(new LoraFactors(delta.site(), product.a(), product.b(), 1));
      }
    }
    return factors;
  }

  private static Spec.Builder spec(String name, Path houses, TargetSpec target) {
    DataSpec.Builder data = DataSpec.rows(houses).label("ln(price)");
    data.features("TLA", "lotsize", "garage");
    data.contexts("floor(long / 2500)", "floor(lat / 2500)");
    return Spec.builder(name)
        .data(data)
        .target(target)
        .fit(FitSpec.builder().epochs(EPOCHS).build());
  }
}
