package io.hyperdelta.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.hyperdelta.graph.Model;
import io.hyperdelta.graph.ModelReader;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Options of hypernetworks and of the size of deltas, from spec to bundle. */
class TrainOptionsTest {
  private static final double CAP = 0.05;

  private static final String[] ALL = {
    "    latent: 4\n",
    """
        latent: 4
        dropout: 0.2
        heads: shared
        embedding: 3
        seed: 5
        learningRate: 0.02
    """,
    "rank: 2}",
    "rank: 2, cap: " + CAP + "}",
    "learningRate: 0.01}\ne",
    "learningRate: 0.01, penalty: 1e-4}\ne"
  };

  @TempDir private static Path folder;

  private static Workplace work;

  @BeforeAll
  static void train() {
    work = new Workplace(folder);
    work.train("plain").succeeded();
    assertThat(work.train("all", ALL).succeeded().out()).contains("Verified: ");
  }

  @Test
  void theSameSpecAndDataGiveTheSameBytes() {
    work.train("again", ALL).succeeded();

    assertThat(work.snapshot("again")).isEqualTo(work.snapshot("all"));
  }

  @Test
  void whatIsDeliveredDropsNothing() {
    for (String file : List.of("fused.onnx", "generator.onnx", "target-with-deltas.onnx")) {
      Model model = ModelReader.read(work.read("all/" + file), file);
      Model plain = ModelReader.read(work.read("plain/" + file), file);
      assertThat(model.graph().nodes()).noneMatch(node -> node.op().equals("Dropout"));
      assertThat(model.graph().inputs()).isEqualTo(plain.graph().inputs());
      assertThat(model.graph().outputs()).isEqualTo(plain.graph().outputs());
    }
  }

  @Test
  void theCardHasTheSettingsAndNoCappedDeltaIsLargerThanItsCap() {
    String card = work.text("all/model-card.md");
    assertThat(card)
        .contains(
            "hypernetwork `neighbourhood`: sees east, north, trunk [16] with dropout 0.2, latent 4, one head for each shape, sites embedded in 3");
    List<Double> capped = sizes(card, "low-rank 2, cap " + CAP);
    List<Double> free = sizes(work.text("plain/model-card.md"), "low-rank 2");
    assertThat(capped).hasSize(2).allMatch(size -> size > 0 && size <= CAP + 0.0005);
    assertThat(free).as("what it would be without").anyMatch(size -> size > 2 * CAP);
  }

  /** The sizes of a form's deltas in a card's table. */
  private static List<Double> sizes(String card, String form) {
    return card.lines()
        .filter(line -> line.contains("| " + form + " |"))
        .map(line -> Double.parseDouble(line.split("\\|", -1)[6].strip()))
        .toList();
  }

  @Test
  void theManifestHasCapsAndSeeds() {
    JsonNode manifest = JsonMapper.shared().readTree(work.text("all/manifest.json"));
    assertThat(manifest.path("seeds").path("sources.neighbourhood").asInt()).isEqualTo(5);
    manifest
        .path("deltas")
        .forEach(
            delta ->
                assertThat(delta.has("cap"))
                    .isEqualTo(delta.path("form").stringValue().equals("low-rank")));
    assertThat(manifest.path("deltas").get(0).path("cap").doubleValue()).isEqualTo(CAP);
    work.run("merge", work.at("all"), "-c", "east=10", "-c", "north=20", "-o", work.at("one.onnx"))
        .succeeded();
  }
}
