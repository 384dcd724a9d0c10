package io.hyperdelta.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.hyperdelta.bundle.Bundle;
import io.hyperdelta.fit.Training;
import io.hyperdelta.fit.TrainingResult;
import io.hyperdelta.spec.SpecReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A network that PyTorch wrote is frozen and adapted like any other. */
class PyTorchTargetTest {
  @TempDir private Path folder;

  @Test
  void adaptsANetworkWrittenByPyTorch() throws IOException {
    Path houses = Path.of("houses");
    TrainingResult result =
        Training.of(SpecReader.read(houses.resolve("houses-pytorch.yaml")))
            .run(folder.resolve("bundle"));

    assertThat(result.bundle().read(Bundle.TARGET))
        .as("the target stays byte-identical")
        .isEqualTo(Files.readAllBytes(houses.resolve("houses-pytorch.onnx")));
    Gains.assertBetterThanFrozen(result);
  }
}
