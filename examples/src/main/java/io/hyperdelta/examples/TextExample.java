package io.hyperdelta.examples;

import io.hyperdelta.delta.Full;
import io.hyperdelta.fit.Training;
import io.hyperdelta.fit.TrainingResult;
import io.hyperdelta.runtime.AdaptiveModel;
import io.hyperdelta.runtime.Rows;
import io.hyperdelta.spec.AdaptationSpec;
import io.hyperdelta.spec.ConditionColumn;
import io.hyperdelta.spec.ConditionSpec;
import io.hyperdelta.spec.DataSpec;
import io.hyperdelta.spec.HypernetworkSpec;
import io.hyperdelta.spec.Spec;
import io.hyperdelta.spec.TargetSpec;
import java.nio.file.Path;
import java.util.List;

/**
 * One network for the sales of all shops, adapted to what somebody wrote about each. A frozen
 * sentence encoder makes vectors of the descriptions, so that words that were never seen count as
 * those that mean the same.
 */
public final class TextExample {
  private TextExample() {}

  /**
   * What comes of it.
   *
   * @param training the run
   * @param hotDay predicted sales on a hot dry day, one for each description
   */
  public record Results(TrainingResult training, float[] hotDay) {}

  /**
   * Trains, then predicts for shops that nobody has described before.
   *
   * @param shops CSV file: description, temperature and rain between -1 and 1, sales
   * @param encoder folder with model.onnx and tokenizer.json
   * @param bundle folder for the bundle
   */
  public static Results run(Path shops, Path encoder, Path bundle, String... descriptions) {
    DataSpec.Builder data = DataSpec.rows(shops).label("sales").features("temperature", "rain");
    data.contexts("description");
    HypernetworkSpec shop =
        new HypernetworkSpec(
            "words",
            List.of(32),
            8,
            List.of(
                new AdaptationSpec("*", new Full(), AdaptationSpec.DEFAULT_SCALE),
                AdaptationSpec.shift("*")));
    Spec.Builder spec = Spec.builder("shops").data(data).target(TargetSpec.mlp(16));
    spec.condition("words", ConditionSpec.of(ConditionColumn.text("description", encoder)));
    TrainingResult training = Training.of(spec.hypernetwork("shop", shop).build()).run(bundle);

    try (AdaptiveModel model = AdaptiveModel.open(bundle)) {
      float[] hotDay = new float[descriptions.length];
      for (int i = 0; i < hotDay.length; i++) {
        Rows.Builder row = Rows.builder(1).numbers("temperature", 0.9).numbers("rain", -0.9);
        hotDay[i] = model.predict(row.texts("description", descriptions[i]).build()).values()[0];
      }
      return new Results(training, hotDay);
    }
  }
}
