package io.hyperdelta.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Rows of every kind: whatever file they come from, and with values missing. */
class TrainSourcesTest {
  private static final List<String> GRAPHS =
      List.of("target.onnx", "fused.onnx", "generator.onnx", "target-with-deltas.onnx");

  @TempDir private static Path folder;

  private static Workplace work;

  @BeforeAll
  static void train() {
    work = new Workplace(folder);
    train("csv").succeeded();
  }

  private static Workplace.Run train(String bundle, String... changes) {
    String[] all = new String[changes.length + 2];
    System.arraycopy(changes, 0, all, 0, changes.length);
    all[changes.length] = "epochs: 8, batch: 64";
    all[changes.length + 1] = "epochs: 1";
    return work.train(bundle, all);
  }

  @ParameterizedTest
  @CsvSource({"parquet, format parquet", "json, format json", "ndjson, format json"})
  void sameRowsInAnotherFormatGiveTheSameGraphs(String extension, String format)
      throws SQLException {
    String copy = "sales." + extension;
    convert(copy, extension.equals("json") ? format + ", array true" : format);
    train(extension, "rows: sales.csv", "rows: " + copy).succeeded();
    assertSameGraphs(extension);
  }

  @Test
  void rowsMayComeFromQuery() {
    train(
            "query",
            "rows: sales.csv",
            "sql: \"select * exclude (price), price * 2 as price from 'sales.csv'\"",
            "ln(price)",
            "ln(price / 2)")
        .succeeded();
    // Doubling and halving are exact.
    assertSameGraphs("query");
  }

  private static void assertSameGraphs(String bundle) {
    for (String graph : GRAPHS) {
      assertThat(work.read(bundle + "/" + graph)).as(graph).isEqualTo(work.read("csv/" + graph));
    }
    assertThat(work.read(bundle + "/metrics.json")).isEqualTo(work.read("csv/metrics.json"));
  }

  private static void convert(String copy, String format) throws SQLException {
    try (Connection duckdb = DriverManager.getConnection("jdbc:duckdb:");
        Statement statement = duckdb.createStatement()) {
      statement.execute(
          "copy (select * from '%s') to '%s' (%s)"
              .formatted(work.at("sales.csv"), work.at(copy), format));
    }
  }

  @Test
  void withoutContextsAllTestRowsAreSeen() {
    Workplace.Run run =
        train("plain", "  contexts: [floor(east / 2500), floor(north / 2500)]\n", "").succeeded();
    JsonNode results = json("plain/metrics.json").path("results");
    assertThat(results).hasSize(5);
    results.forEach(r -> assertThat(r.path("split").stringValue()).isEqualTo("seen-contexts"));
    assertThat(run.out().lines().findFirst())
        .hasValue(
            "Rows: 1,125 training; 150 validation; 225 test, seen contexts; 0 test, unseen contexts.");
  }

  @Test
  void missingFeatureValuesAreStatedAndPredictedWith() {
    int[] row = {0};
    work.write(
        "gaps.csv",
        Sales.csv(
            600,
            4,
            cells -> {
              row[0]++;
              if (row[0] % 5 == 0) {
                Sales.set(cells, "size", "NA");
              }
              return row[0] % 7 == 0 ? Sales.set(cells, "wall", "") : cells;
            }));
    Workplace.Run run =
        train("gaps", "rows: sales.csv", "rows: gaps.csv\n  missing: [NA]").succeeded();
    assertThat(run.out()).contains("\nMissing values: {size=120, wall=85}.\n");
    Workplace.Run predicted =
        work.run("predict", work.at("gaps"), "--data", work.at("gaps.csv")).succeeded();
    assertThat(predicted.out().lines()).hasSize(601);
    assertThat(predicted.out()).doesNotContain("NaN");
  }

  @Test
  void conditionColumnMayBeFeatureToo() {
    train("both", "[size, age, wall]", "[size, age, wall, east]").succeeded();
    JsonNode inputs = json("both/manifest.json").path("inputs");
    assertThat(inputs).hasSize(5);
    for (JsonNode input : inputs) {
      String name = input.path("input").stringValue();
      assertThat(input.path("target").booleanValue()).isEqualTo(!name.equals("north"));
      assertThat(input.path("condition").booleanValue())
          .isEqualTo(name.equals("east") || name.equals("north"));
    }
    work.run("predict", work.at("both"), "--data", work.at("sales.csv")).succeeded();
  }

  private static JsonNode json(String file) {
    return JsonMapper.shared().readTree(work.read(file));
  }
}
