package io.hyperdelta.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.hyperdelta.bundle.Bundle;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class HousesExampleTest {
  @TempDir private Path folder;

  @Test
  void theSameHouseCostsMoreInADearerNeighbourhood() {
    Path bundle = folder.resolve("bundle");
    float[] logPrices = HousesExample.run(Path.of("houses", "lucas-county-houses.csv"), bundle);

    // Sales near the first place went for 209,000 dollars on average, near the second for 11,400.
    assertThat(logPrices).hasSize(2);
    assertThat(logPrices[0] - logPrices[1]).isBetween(0.3f, 3f);
    assertThat(logPrices[0]).isBetween(10.5f, 12.5f);
    assertThat(Bundle.open(bundle).manifest().name()).isEqualTo("houses");
  }
}
