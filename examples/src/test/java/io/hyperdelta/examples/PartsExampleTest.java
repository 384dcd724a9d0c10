package io.hyperdelta.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.hyperdelta.bundle.DeltaEntry;
import io.hyperdelta.fit.TrainingResult;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PartsExampleTest {
  @TempDir private Path folder;

  @Test
  void everyPartHasItsOwnDelta() {
    TrainingResult result =
        PartsExample.run(Path.of("houses", "lucas-county-houses.csv"), folder.resolve("bundle"));

    assertThat(result.bundle().manifest().deltas())
        .extracting(DeltaEntry::source, DeltaEntry::site, DeltaEntry::units, DeltaEntry::form)
        .containsExactlyInAnyOrder(
            tuple("neighbourhood", "fc1.weight", "", "low-rank"),
            tuple("neighbourhood", "fc1.bias", "", "shift"),
            tuple("neighbourhood", "fc2.bias", "", "shift"),
            tuple("neighbourhood", "fc2.weight", "7", "full"),
            tuple("market", "fc2.weight", "", "gain"));
    Gains.assertBetterThanFrozen(result);
  }
}
