package io.hyperdelta.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.hyperdelta.bundle.DeltaEntry;
import io.hyperdelta.evaluate.Evaluation;
import io.hyperdelta.evaluate.Measurement;
import io.hyperdelta.fit.TrainingResult;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LoraExampleTest {
  @TempDir private Path folder;

  @Test
  void aHypernetworkOnTopGainsWhatOneDeltaForAllCannot() {
    LoraExample.Results results =
        LoraExample.run(Path.of("houses", "lucas-county-houses.csv"), folder);

    assertThat(results.both().bundle().manifest().deltas())
        .extracting(DeltaEntry::source)
        .contains("lora", "place");
    Gains.assertBetterThanFrozen(results.both());
    for (String split : new String[] {Evaluation.SEEN, Evaluation.UNSEEN}) {
      assertThat(error(results.both(), split))
          .as(split)
          .isLessThan(0.98 * error(results.lora(), split));
    }
  }

  private static double error(TrainingResult result, String split) {
    return result.evaluation().results().stream()
        .filter(m -> m.model().equals(Evaluation.ADAPTIVE) && m.split().equals(split))
        .mapToDouble(Measurement::value)
        .findFirst()
        .orElseThrow();
  }
}
