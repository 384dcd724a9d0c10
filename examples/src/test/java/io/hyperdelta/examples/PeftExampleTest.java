package io.hyperdelta.examples;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.hyperdelta.bundle.Bundle;
import io.hyperdelta.bundle.LoraFactors;
import io.hyperdelta.bundle.PeftLora;
import io.hyperdelta.evaluate.Difference;
import io.hyperdelta.evaluate.Evaluation;
import io.hyperdelta.graph.Model;
import io.hyperdelta.graph.ModelReader;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PeftExampleTest {
  @TempDir private Path folder;

  @Test
  void aHypernetworkGainsOnTopOfALoraThatStaysAsItIs() {
    PeftExample.Results results =
        PeftExample.run(Path.of("houses", "lucas-county-houses.csv"), folder);

    Evaluation evaluation = results.onTop().evaluation();
    for (String split : new String[] {Evaluation.SEEN, Evaluation.UNSEEN}) {
      Difference gain =
          evaluation.difference(Evaluation.ADAPTIVE, Evaluation.FIXED, split).orElseThrow();
      assertThat(gain.isBetter()).as("on top of the LoRA, %s: %s", split, gain).isTrue();
      assertThat(value(evaluation, Evaluation.FIXED, split))
          .as("the LoRA of the folder is the one that was trained, %s", split)
          .isCloseTo(value(results.lora().evaluation(), Evaluation.ADAPTIVE, split), within(1e-6));
    }
    Bundle bundle = results.onTop().bundle();
    Model fused = ModelReader.read(bundle.read(Bundle.FUSED), Bundle.FUSED);
    for (LoraFactors factors : PeftLora.read(folder.resolve("adapter")).on(bundle.target())) {
      String name = "hyperdelta/lora/" + factors.site().name() + "/low-rank/";
      assertThat(fused.graph().initializers())
          .containsEntry(name + "A/head", factors.a().reshaped(1, factors.a().elementCount()))
          .containsEntry(name + "B/head", factors.b().reshaped(1, factors.b().elementCount()));
    }
  }

  private static double value(Evaluation evaluation, String model, String split) {
    return evaluation.results().stream()
        .filter(m -> m.model().equals(model) && m.split().equals(split))
        .mapToDouble(m -> m.value())
        .findFirst()
        .orElseThrow();
  }
}
