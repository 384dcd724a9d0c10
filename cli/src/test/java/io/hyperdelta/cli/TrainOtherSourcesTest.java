package io.hyperdelta.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Tables and shared deltas, and conditions that are no plain numbers, from spec to prediction. */
class TrainOtherSourcesTest {
  private static final String SOURCES =
      Workplace.SPEC.substring(
          Workplace.SPEC.indexOf("conditions:"), Workplace.SPEC.lastIndexOf("fit: {epochs"));

  private static final String TABLE =
      """
      tables:
        cells: {column: cell, adaptations: [{part: "*", form: low-rank, rank: 2}, {part: "*", form: shift}]}
      """;

  @TempDir private static Path folder;

  private static Workplace work;

  @BeforeAll
  static void sales() {
    work = new Workplace(folder);
    work.write("cells.csv", cells(Sales.csv(Workplace.ROWS, 1)));
  }

  /** Sales with the cell of each as a text. */
  private static String cells(String csv) {
    List<String> lines = new ArrayList<>();
    for (String line : csv.lines().toList()) {
      String[] cells = line.split(",", -1);
      lines.add(line + "," + (cells[0].equals("id") ? "cell" : cell(cells)));
    }
    return String.join("\n", lines) + "\n";
  }

  private static String cell(String[] row) {
    return String.format(
        Locale.ROOT,
        "%d-%d",
        (int) (Double.parseDouble(row[4]) / 2500),
        (int) (Double.parseDouble(row[5]) / 2500));
  }

  private static Workplace.Run train(String bundle, String sources, String... changes) {
    List<String> all =
        new ArrayList<>(List.of("rows: sales.csv", "rows: cells.csv", SOURCES, sources));
    all.addAll(List.of(changes));
    return work.train(bundle, all.toArray(String[]::new));
  }

  private static double rmse(String bundle, String model, String split) {
    for (JsonNode result : metrics(bundle).path("results")) {
      if (result.path("model").stringValue().equals(model)
          && result.path("split").stringValue().equals(split)) {
        return result.path("value").doubleValue();
      }
    }
    throw new AssertionError("no " + model + " on " + split);
  }

  private static JsonNode metrics(String bundle) {
    return JsonMapper.shared().readTree(work.text(bundle + "/metrics.json"));
  }

  @Test
  void aTableAdaptsToItsContextsAndSaysWhichItDoesNotKnow() {
    Workplace.Run run =
        train(
                "table",
                TABLE,
                "epochs: 8, batch: 64, learningRate: 0.01}\ne",
                "epochs: 30, batch: 64, learningRate: 0.01}\ne")
            .succeeded();
    assertThat(rmse("table", "adaptive", "seen-contexts"))
        .as(run.out())
        .isLessThan(0.9 * rmse("table", "frozen", "seen-contexts"));
    assertThat(rmse("table", "adaptive-shuffled", "seen-contexts"))
        .isGreaterThan(rmse("table", "adaptive", "seen-contexts"));
    assertThat(rmse("table", "adaptive", "unseen-contexts"))
        .as("unknown contexts get the shared entry, as the mean condition does")
        .isCloseTo(rmse("table", "adaptive-mean", "unseen-contexts"), within(1e-6));
    assertThat(run.out()).contains("Verified: ");

    work.write("new.csv", "size,age,wall,cell\n100,10,wood,9-9\n100,10,wood,8-8\n");
    Workplace.Run unknown =
        work.run("predict", work.at("table"), "--data", work.at("new.csv")).succeeded();
    assertThat(unknown.err())
        .isEqualTo(
            "note: 2 rows with a \"cell\" that was not in training (row 1: \"9-9\"): predicted with what is learned for unknown ones.\n");
    List<String> lines = unknown.out().lines().toList();
    assertThat(lines).hasSize(3);
    assertThat(lines.get(1)).isEqualTo(lines.get(2));
    Workplace.Run merged =
        work.run("merge", work.at("table"), "-c", "cell=0-0", "-o", work.at("one.onnx"));
    merged.succeeded();
  }

  @Test
  void aClosedTableRefusesUnknownContexts() {
    train(
            "closed",
            TABLE.replace("column: cell,", "column: cell, unknown: refuse,"),
            "unseenContexts: 0.25",
            "unseenContexts: 0",
            "epochs: 8",
            "epochs: 1")
        .succeeded();
    work.write("new.csv", "size,age,wall,cell\n100,10,wood,0-0\n100,10,wood,0-O\n");
    Workplace.Run run = work.run("predict", work.at("closed"), "--data", work.at("new.csv"));
    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.out()).isEmpty();
    assertThat(run.error())
        .startsWith(
            "error: Condition column \"cell\" has a category in row 2 that was not in training. Expected one of 0-0, 0-1, 0-2, 0-3, 1-0 and 11 more, got \"0-O\". Maybe you meant \"0-0\".");
  }

  @Test
  void aClosedTableIsMeasuredOnContextsThatItWouldRefuse() {
    Workplace.Run run =
        train(
                "measured",
                TABLE.replace("column: cell,", "column: cell, unknown: refuse,"),
                "epochs: 8",
                "epochs: 1")
            .succeeded();
    assertThat(run.out()).contains("Verified: strength 0 gives the target's output");
    assertThat(rmse("measured", "adaptive", "unseen-contexts")).isPositive();
  }

  @Test
  void sharedDeltasHaveNoConditionToShuffle() {
    Workplace.Run run =
        train("shared", "shared: {lora: {adaptations: [{part: \"*\", form: low-rank, rank: 2}]}}\n")
            .succeeded();
    metrics("shared")
        .path("results")
        .forEach(
            result -> assertThat(result.path("model").stringValue()).isIn("frozen", "adaptive"));
    assertThat(run.out()).doesNotContain("the same for all conditions").contains("Verified: ");
    work.write("plain.csv", "size,age,wall\n100,10,wood\n");
    Workplace.Run predicted =
        work.run("predict", work.at("shared"), "--data", work.at("plain.csv")).succeeded();
    assertThat(predicted.out().lines()).hasSize(2);
    assertThat(predicted.err()).isEmpty();
  }

  @Test
  void conditionsMayBeCategoriesCyclesAndMissing() {
    Workplace.Run run =
        train(
                "kinds",
                """
                conditions:
                  where:
                    columns:
                      - {column: cell, type: category, width: 3}
                      - {column: grade, type: category}
                      - {column: north, type: cyclic, period: 20000}
                      - id_number
                    constantNorm: true
                hypernetworks:
                  h: {condition: where, trunk: [], latent: 3, adaptations: [{part: "*", form: shift}]}
                """,
                "rows: cells.csv",
                "sql: \"select *, case when id like '%7' then null else north end as id_number from 'cells.csv'\"")
            .succeeded();
    assertThat(run.out()).contains("Verified: ");
    work.write(
        "new.csv",
        "size,age,wall,cell,grade,north,id_number\n100,10,wood,0-0,low,500,3\n100,10,wood,0-0,low,20500,\n100,10,wood,?,low,500,3\n");
    Workplace.Run predicted =
        work.run("predict", work.at("kinds"), "--data", work.at("new.csv")).succeeded();
    assertThat(predicted.out().lines()).hasSize(4);
    assertThat(predicted.err())
        .contains("1 row with a \"cell\" that was not in training (row 3: \"?\")");
  }

  @Test
  void aConditionMayBeAVector() {
    String sources =
        """
        conditions: {where: [{column: v, type: vector}]}
        hypernetworks:
          h: {condition: where, trunk: [16], latent: 4, adaptations: [{part: "*", form: low-rank, rank: 2}]}
        """;
    train(
            "vector",
            sources,
            "rows: cells.csv",
            "sql: \"select *, [east / 1000, north / 1000, 7] as v from 'cells.csv'\"",
            "epochs: 8, batch: 64, learningRate: 0.01}\ne",
            "epochs: 30, batch: 64, learningRate: 0.01}\ne")
        .succeeded();
    assertThat(rmse("vector", "adaptive", "seen-contexts"))
        .isLessThan(0.95 * rmse("vector", "frozen", "seen-contexts"));
    assertThat(rmse("vector", "adaptive-shuffled", "seen-contexts"))
        .isGreaterThan(rmse("vector", "adaptive", "seen-contexts"));

    // The same vectors as texts of a CSV file and as lists of a JSON file.
    work.write("new.csv", "size,age,wall,v\n100,10,wood,\"[1.5, 2, 7]\"\n90,1,wood,\"[9,8,7]\"\n");
    work.write(
        "new.json",
        "[{\"size\":100,\"age\":10,\"wall\":\"wood\",\"v\":[1.5,2,7]},{\"size\":90,\"age\":1,\"wall\":\"wood\",\"v\":[9,8,7]}]");
    String out = predicted("new.csv").succeeded().out();
    assertThat(out.lines()).hasSize(3);
    assertThat(predicted("new.json").succeeded().out()).isEqualTo(out);

    work.write("short.csv", "size,age,wall,v\n100,10,wood,\"[1.5, 2]\"\n");
    assertThat(predicted("short.csv").error())
        .isEqualTo(
            "error: Column \"v\" has a vector of another length in row 1. Expected 3 numbers, got 2.");
    work.write("ragged.csv", "size,age,wall,v\n1,1,wood,\"[1, 2, 7]\"\n1,1,wood,\"[1, 2]\"\n");
    assertThat(predicted("ragged.csv").error())
        .contains(
            "has no usable vector in row 2 of \"v\". Expected 3 numbers in every row, got 2. Leave such rows out, for example with sql.");
    work.write("number.csv", "size,age,wall,v\n1,1,wood,3\n");
    assertThat(predicted("number.csv").error())
        .contains(
            "has no vectors in \"v\". Expected lists of numbers, or texts such as [1, 2.5], got");
    work.write("words.csv", "size,age,wall,v\n1,1,wood,abc\n");
    assertThat(predicted("words.csv").exitCode()).isEqualTo(2);
    work.run("merge", work.at("vector"), "-c", "v=[1.5, 2, 7]", "-o", work.at("place.onnx"))
        .succeeded();
  }

  private static Workplace.Run predicted(String data) {
    return work.run("predict", work.at("vector"), "--data", work.at(data));
  }
}
