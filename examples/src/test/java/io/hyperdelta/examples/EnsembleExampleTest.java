package io.hyperdelta.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.hyperdelta.evaluate.Evaluation;
import io.hyperdelta.evaluate.Measurement;
import io.hyperdelta.evaluate.SpreadCheck;
import io.hyperdelta.fit.TrainingResult;
import io.hyperdelta.runtime.AdaptiveModel;
import io.hyperdelta.runtime.MergedModel;
import io.hyperdelta.runtime.Prediction;
import io.hyperdelta.runtime.Rows;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class EnsembleExampleTest {
  @TempDir private Path folder;

  @Test
  void fiveKnowMoreThanOneAndLieApartWhereTheyAreWrong() {
    Path bundle = folder.resolve("bundle");
    Instant start = Instant.now();
    TrainingResult result =
        EnsembleExample.run(Path.of("houses", "lucas-county-houses.csv"), bundle);
    Duration took = Duration.between(start, Instant.now());

    Evaluation evaluation = result.evaluation();
    Gains.assertBetterThanFrozen(result);
    for (String split : new String[] {Evaluation.SEEN, Evaluation.UNSEEN}) {
      // Below their mean it must be, by convexity; that it is clearly below is what they add.
      assertThat(error(evaluation, Evaluation.ADAPTIVE, split))
          .as(split)
          .isLessThan(0.97 * error(evaluation, Evaluation.MEMBERS, split));
    }
    assertThat(evaluation.spreads()).hasSize(2).allMatch(SpreadCheck::tells);
    assertThat(spread(evaluation, Evaluation.UNSEEN))
        .as("members disagree more where they have seen nothing")
        .isGreaterThan(spread(evaluation, Evaluation.SEEN));

    try (AdaptiveModel model = AdaptiveModel.open(bundle)) {
      Rows.Builder house = Rows.builder(2).numbers("TLA", 1500, 1500);
      house.numbers("lotsize", 8000, 8000).texts("garage", "detached", "detached");
      house.numbers("long", 496734, 696734).numbers("lat", 219979, 19979);
      Prediction prediction = model.predict(house.build());
      float[] spread = Objects.requireNonNull(prediction.spread()).floats();
      assertThat(spread[1]).as("far outside of the county").isGreaterThan(2 * spread[0]);

      Rows place = Rows.builder(1).numbers("long", 496734).numbers("lat", 219979).build();
      try (MergedModel here = model.under(place)) {
        Prediction again = here.predict(house.build());
        assertThat(again.values()[0]).isCloseTo(prediction.values()[0], within(1e-4f));
        assertThat(Objects.requireNonNull(again.spread()).floats()[0])
            .isCloseTo(spread[0], within(1e-4f));
      }
    }
    assertThat(took).isLessThan(Duration.ofMinutes(1));
  }

  private static double spread(Evaluation evaluation, String split) {
    return evaluation.spreads().stream()
        .filter(check -> check.split().equals(split))
        .mapToDouble(SpreadCheck::meanSpread)
        .findFirst()
        .orElseThrow();
  }

  private static double error(Evaluation evaluation, String model, String split) {
    return evaluation.results().stream()
        .filter(m -> m.model().equals(model) && m.split().equals(split))
        .mapToDouble(Measurement::value)
        .findFirst()
        .orElseThrow();
  }
}
