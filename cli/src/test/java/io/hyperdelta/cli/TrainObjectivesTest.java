package io.hyperdelta.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Labels that are numbers with outliers, yes or no, or classes. */
class TrainObjectivesTest {
  @TempDir private static Path folder;

  private static Workplace work;

  @BeforeAll
  static void makeRows() {
    work = new Workplace(folder);
  }

  private static void train(String objective, String label) {
    work.train(
            objective,
            "ln(price)",
            label,
            "evaluate:",
            "objective: " + objective + "\nevaluate:",
            "epochs: 8",
            "epochs: 3")
        .succeeded();
  }

  @Test
  void huberMeasuresTheSameAsSquares() {
    train("huber", "ln(price)");
    assertThat(metrics("huber")).containsOnly("rmse");
    assertThat(firstLines("huber", 1)).containsExactly("prediction");
  }

  @Test
  void binaryLabelsGiveOneLogit() {
    train("bce", "sold");
    assertThat(metrics("bce")).containsOnly("log-loss");
    assertBetterThanGuessing("bce", Math.log(2));
    assertThat(firstLines("bce", 1)).containsExactly("prediction");
  }

  @Test
  void classesOfTextGiveOneLogitEach() {
    train("cross-entropy", "grade");
    assertThat(metrics("cross-entropy")).containsOnly("log-loss");
    assertBetterThanGuessing("cross-entropy", Math.log(3));
    List<String> lines = firstLines("cross-entropy", 2);
    assertThat(lines.get(0)).isEqualTo("logit high,logit low,logit middle");
    assertThat(Arrays.stream(lines.get(1).split(",", -1)).map(Float::parseFloat)).hasSize(3);
    assertThat(json("cross-entropy/manifest.json").path("classes").toString())
        .isEqualTo("[\"high\",\"low\",\"middle\"]");
  }

  private static void assertBetterThanGuessing(String bundle, double logLoss) {
    for (JsonNode result : json(bundle + "/metrics.json").path("results")) {
      if (result.path("model").stringValue().equals("adaptive")) {
        assertThat(result.path("value").doubleValue()).isBetween(0.01, logLoss - 0.1);
      }
    }
  }

  private static List<String> metrics(String bundle) {
    return json(bundle + "/metrics.json")
        .path("results")
        .valueStream()
        .map(result -> result.path("metric").stringValue())
        .toList();
  }

  private static List<String> firstLines(String bundle, int count) {
    Workplace.Run run =
        work.run("predict", work.at(bundle), "--data", work.at("sales.csv")).succeeded();
    assertThat(run.out().lines()).hasSize(Workplace.ROWS + 1);
    return run.out().lines().limit(count).toList();
  }

  private static JsonNode json(String file) {
    return JsonMapper.shared().readTree(work.read(file));
  }
}
