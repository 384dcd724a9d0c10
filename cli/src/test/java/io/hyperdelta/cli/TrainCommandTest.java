package io.hyperdelta.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.hyperdelta.target.Target;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** What a training run leaves, and that it leaves the same again. */
class TrainCommandTest {
  private static final List<String> MODELS =
      List.of("frozen", "extra-inputs", "adaptive", "adaptive-shuffled", "adaptive-mean");
  private static final List<String> SPLITS = List.of("seen-contexts", "unseen-contexts");

  @TempDir private static Path folder;

  private static Workplace work;
  private static Workplace.Run run;

  @BeforeAll
  static void train() {
    work = new Workplace(folder);
    run = work.train("sales").succeeded();
  }

  @Test
  void bundleHasItsFilesAndNothingElseIsLeft() {
    assertThat(work.snapshot("sales").keySet())
        .containsExactlyInAnyOrder(
            "",
            "target.onnx",
            "fused.onnx",
            "generator.onnx",
            "target-with-deltas.onnx",
            "manifest.json",
            "metrics.json",
            "model-card.md");
    assertThat(work.snapshot().keySet()).noneMatch(path -> path.startsWith("." + "sales"));
  }

  @Test
  void manifestHasTheDigestOfEveryOtherFile() {
    JsonNode manifest = json("sales/manifest.json");
    Set<String> files = new HashSet<>(work.snapshot("sales").keySet());
    files.removeAll(Set.of("", "manifest.json"));
    assertThat(manifest.path("files").propertyNames()).containsExactlyInAnyOrderElementsOf(files);
    for (String file : files) {
      assertThat(manifest.path("files").path(file).stringValue())
          .isEqualTo(Target.sha256(work.read("sales/" + file)));
    }
    assertThat(manifest.path("targetDigest").stringValue())
        .isEqualTo(Target.sha256(work.read("sales/target.onnx")));
    assertThat(manifest.path("name").stringValue()).isEqualTo("sales");
    assertThat(manifest.path("seeds").propertyNames())
        .containsExactly("split", "target", "hypernetworks", "evaluate");
    assertThat(manifest.path("versions").propertyNames())
        .containsExactly("hyperdelta", "libtorch", "onnxruntime", "duckdb");
    assertThat(manifest.path("spec").path("data").path("label").stringValue())
        .isEqualTo("ln(price)");
  }

  @Test
  void metricsNameEveryModelOnBothSplits() {
    JsonNode metrics = json("sales/metrics.json");
    List<List<String>> measured = new ArrayList<>();
    for (JsonNode result : metrics.path("results")) {
      assertThat(result.propertyNames())
          .containsExactly("model", "split", "metric", "value", "low", "high");
      measured.add(List.of(result.path("model").stringValue(), result.path("split").stringValue()));
      checkInterval(result);
      assertThat(result.path("value").doubleValue()).isPositive();
    }
    List<List<String>> expected = new ArrayList<>();
    SPLITS.forEach(split -> MODELS.forEach(model -> expected.add(List.of(model, split))));
    assertThat(measured).containsExactlyElementsOf(expected);
    assertThat(metrics.path("differences")).isNotEmpty();
    for (JsonNode difference : metrics.path("differences")) {
      assertThat(difference.propertyNames())
          .containsExactly("model", "against", "split", "metric", "value", "low", "high");
      assertThat(MODELS)
          .contains(
              difference.path("model").stringValue(), difference.path("against").stringValue());
      assertThat(SPLITS).contains(difference.path("split").stringValue());
      checkInterval(difference);
    }
  }

  private static void checkInterval(JsonNode measurement) {
    assertThat(measurement.path("metric").stringValue()).isEqualTo("rmse");
    double value = measurement.path("value").doubleValue();
    assertThat(measurement.path("low").doubleValue()).isLessThan(value);
    assertThat(measurement.path("high").doubleValue()).isGreaterThan(value);
  }

  @Test
  void adaptiveModelUsesItsCondition() {
    for (String split : SPLITS) {
      assertThat(difference("adaptive", "frozen", split).path("high").doubleValue()).isNegative();
      assertThat(difference("adaptive-shuffled", "adaptive", split).path("low").doubleValue())
          .isPositive();
    }
    assertThat(run.out())
        .contains("The adaptive model is better than the frozen target on seen-contexts (rmse ")
        .containsPattern("There are only [2-9] contexts in unseen-contexts, too few to say");
  }

  private static JsonNode difference(String model, String against, String split) {
    for (JsonNode difference : json("sales/metrics.json").path("differences")) {
      if (difference.path("model").stringValue().equals(model)
          && difference.path("against").stringValue().equals(against)
          && difference.path("split").stringValue().equals(split)) {
        return difference;
      }
    }
    throw new AssertionError("No difference " + model + " - " + against + " on " + split);
  }

  @Test
  void printsSizesTablesAndWhatWasVerified() {
    assertThat(run.out())
        .startsWith(
            """
            Rows: 830 training; 111 validation; 166 test, seen contexts; 393 test, unseen contexts; 16 contexts.
            Missing values: none.
            Bottleneck: 768 hypernetwork parameters generate 124 numbers per condition for 241 adapted weights.

            model              split            metric  value   95 % interval
            """)
        .contains("Verified: libtorch and ONNX Runtime agree on fused.onnx ")
        .contains("Verified: generator and target with deltas agree with the fused graph ")
        .contains("Verified: merged agrees with the fused graph for the condition of row 1 ")
        .contains("Verified: strength 0 gives the target's output bit for bit.\n")
        .endsWith("\nBundle: " + work.at("sales") + "\n");
    assertThat(run.err().lines())
        .contains("train target: 104 steps", "train hypernetwork: 104 steps", "evaluate...")
        .allMatch(line -> line.length() <= 120);
  }

  @Test
  void sameSeedGivesTheSameBytes() {
    work.train("again").succeeded();
    assertThat(work.snapshot("again")).isEqualTo(work.snapshot("sales"));
  }

  @Test
  void anotherSeedGivesAnotherModelInPlaceOfTheEarlierOne() {
    work.train("replaced", "epochs: 8", "epochs: 1").succeeded();
    byte[] earlier = work.read("replaced/fused.onnx");
    byte[] target = work.read("replaced/target.onnx");

    String others = "fit: {epochs: 1, seed: 8, batch: 64, learningRate: 0.01}\nevaluate";
    String fit = "fit: {epochs: 8, batch: 64, learningRate: 0.01}\nevaluate";
    work.train("replaced", fit, others, "epochs: 8", "epochs: 1").succeeded();
    assertThat(work.read("replaced/fused.onnx")).isNotEqualTo(earlier);
    assertThat(work.read("replaced/target.onnx")).isEqualTo(target);
    assertThat(json("replaced/manifest.json").path("seeds").path("hypernetworks").intValue())
        .isEqualTo(8);
    assertThat(work.snapshot("replaced")).hasSize(8);
    assertThat(work.snapshot().keySet()).noneMatch(path -> path.startsWith(".replaced"));
  }

  @Test
  void targetOfAnEarlierRunIsTakenAsItIs() {
    work.train(
            "brought",
            "train: {network: mlp, hidden: [16, 8], fit: {epochs: 8, batch: 64, learningRate: 0.01}}",
            "onnx: sales/target.onnx",
            "epochs: 8",
            "epochs: 2")
        .succeeded();
    assertThat(work.read("brought/target.onnx")).isEqualTo(work.read("sales/target.onnx"));
    assertThat(json("brought/metrics.json").path("results")).hasSize(10);
    assertThat(json("brought/metrics.json").path("results").get(0))
        .isEqualTo(json("sales/metrics.json").path("results").get(0));
  }

  private static JsonNode json(String file) {
    return JsonMapper.shared().readTree(work.read(file));
  }
}
