package io.hyperdelta.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.hyperdelta.bundle.JoinException;
import io.hyperdelta.bundle.JoinedTable;
import io.hyperdelta.runtime.AdaptiveModel;
import io.hyperdelta.runtime.Rows;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Columns of a context table, joined by key, from spec to prediction. */
class JoinedConditionTest {
  private static final String JOIN =
      "{table: cells.csv, key: {rows: cell, table: id}, columns: [height, {column: region, type: category}]}";
  private static final String HOUSES = "size,age,wall,cell\n";

  @TempDir private static Path folder;

  private static Workplace work;
  private static PreparedSales sales;

  /** Cells have whole numbers; the table writes them with a fraction, as programs do with gaps. */
  @BeforeAll
  static void train() throws Exception {
    work = new Workplace(folder);
    sales = new PreparedSales(work);
    sales.write("joined.csv", "cell", JoinedConditionTest::cell);
    work.write("cells.csv", table(16));
    work.write("kept.csv", table(16));
    Workplace.Run run = sales.train("joined", "joined.csv", JOIN, PreparedSales.LONGER).succeeded();
    assertThat(run.out()).contains("Verified: libtorch and ONNX Runtime agree on fused.onnx");
    Files.delete(work.path("cells.csv"));
  }

  private static String cell(String[] cells) {
    return String.valueOf(4 * PreparedSales.strip(cells, 4) + PreparedSales.strip(cells, 5));
  }

  private static String table(int count) {
    List<String> lines = new ArrayList<>(List.of("name,id,height,region"));
    for (int cell = 0; cell < count; cell++) {
      lines.add("c%d,%d.0,%s,r%d".formatted(cell, cell, height(cell), cell % 4));
    }
    return String.join("\n", lines) + "\n";
  }

  private static double height(int cell) {
    return 1250.5 + 2500 * (cell / 4);
  }

  private static String houses(String... cells) {
    return HOUSES + "100,10,wood," + String.join("\n100,10,wood,", cells) + "\n";
  }

  @Test
  void theTablesColumnsAreWhatAdapts() {
    sales.assertGains("joined", "seen-contexts");
    sales.assertGains("joined", "unseen-contexts");
  }

  @Test
  void theKeyIsAllThatPredictionsNeed() {
    work.write("keys.csv", houses("3", "14", "3.0"));
    work.write(
        "columns.csv",
        "size,age,wall,height,region\n100,10,wood,%s,r3\n100,10,wood,%s,r2\n"
            .formatted(height(3), height(14)));
    float[] byKey = sales.predict("joined", "keys.csv");
    float[] given = sales.predict("joined", "columns.csv");

    assertThat(byKey).hasSize(3);
    assertThat(byKey[0]).isEqualTo(given[0]).isEqualTo(byKey[2]).isNotEqualTo(byKey[1]);
    assertThat(byKey[1]).isEqualTo(given[1]);
    assertThat(work.text("joined/manifest.json")).doesNotContain(folder.toString());
    assertThat(work.text("joined/table-where.json")).doesNotContain("name\":\"c0");
  }

  @Test
  void whatTheDataHasComesBeforeTheTable() {
    work.write("mixed.csv", "size,age,wall,cell,height\n100,10,wood,3,%s\n".formatted(height(14)));
    work.write(
        "plain.csv", "size,age,wall,height,region\n100,10,wood,%s,r3\n".formatted(height(14)));
    assertThat(sales.predict("joined", "mixed.csv"))
        .isEqualTo(sales.predict("joined", "plain.csv"));
  }

  @Test
  void unknownKeysAreNamedAndANewerTableKnowsThem() {
    work.write("new.csv", houses("3", "16", "017", "16"));
    Workplace.Run run =
        Refusal.refused(
            work, () -> work.run("predict", work.at("joined"), "--data", work.at("new.csv")));
    assertThat(run.error())
        .isEqualTo(
            "error: Context table \"where\" lacks keys of column \"cell\" in 3 of 4 rows: \"16\", \"017\". Expected keys such as 0, 1, 2, 3, 4. Add them to the table, or train with unknown: allow, which takes their values for missing.");

    work.write("newer.csv", table(17) + "c17,017,100,r0\n");
    float[] predictions =
        sales.predict("joined", "new.csv", "--table", "where=" + work.at("newer.csv"));
    assertThat(predictions).hasSize(4);
    assertThat(predictions[1]).isEqualTo(predictions[3]).isNotEqualTo(predictions[2]);
    Workplace.Run wrong =
        work.run(
            "predict",
            work.at("joined"),
            "--data",
            work.at("new.csv"),
            "--table",
            "here=" + work.at("newer.csv"));
    assertThat(wrong.error())
        .isEqualTo(
            "error: The bundle joins no context table \"here\". Expected where. Maybe you meant \"where\".");
  }

  @Test
  void modelsAreMergedByKeyOrByColumns() {
    merge("key.onnx", "-c", "cell=6").succeeded();
    merge("columns.onnx", "-c", "height=" + height(6), "-c", "region=r2").succeeded();
    assertThat(work.read("key.onnx")).isEqualTo(work.read("columns.onnx"));
    assertThat(merge("none.onnx", "-c", "region=r2").error())
        .contains("Condition column \"cell\" is not given.");
  }

  private static Workplace.Run merge(String out, String... conditions) {
    List<String> arguments = new ArrayList<>(List.of("merge", work.at("joined")));
    arguments.addAll(List.of(conditions));
    arguments.addAll(List.of("--out", work.at(out)));
    return work.run(arguments.toArray(String[]::new));
  }

  @Test
  void javaUsersGiveKeysAsNumbersOrTextsAndNewerTables() {
    try (AdaptiveModel model = AdaptiveModel.open(work.path("joined"))) {
      float[] numbers = model.predict(rows().numbers("cell", 5).build()).values();
      float[] texts = model.predict(rows().texts("cell", "5").build()).values();
      assertThat(numbers).isEqualTo(texts);
      Rows unknown = rows().texts("cell", "new").build();
      Assertions.assertThatThrownBy(() -> model.predict(unknown)).isInstanceOf(JoinException.class);
      model.useTable(
          "where",
          JoinedTable.builder("mine", List.of("new"))
              .numbers("height", height(5))
              .texts("region", "r1")
              .build());
      assertThat(model.predict(unknown).values()).isEqualTo(numbers);
      Assertions.assertThatThrownBy(
              () -> model.useTable("where", JoinedTable.builder("mine", List.of("new")).build()))
          .hasMessageContaining("Expected a column \"height\" of numbers, got none.");
    }
  }

  private static Rows.Builder rows() {
    return Rows.builder(1).numbers("size", 100).numbers("age", 10).texts("wall", "wood");
  }

  @Test
  void unknownKeysMayBeAllowed() {
    work.write("cells.csv", table(16));
    sales
        .train(
            "open",
            "joined.csv",
            JOIN.replace("columns:", "unknown: allow, columns:"),
            "epochs: 8",
            "epochs: 2")
        .succeeded();
    work.write("new.csv", houses("3", "99", ""));
    work.write("gaps.csv", "size,age,wall,height,region\n100,10,wood,,\n");
    float[] predictions = sales.predict("open", "new.csv");
    float missing = sales.predict("open", "gaps.csv")[0];
    assertThat(predictions).hasSize(3);
    assertThat(predictions[1]).isCloseTo(missing, within(1e-5f));
    assertThat(predictions[2]).isEqualTo(predictions[1]).isNotEqualTo(predictions[0]);
  }

  @Test
  void tamperedTablesAreRefused() {
    String published = work.text("joined/table-where.json");
    work.write("joined/table-where.json", published.replace("1250.5", "9999.5"));
    work.write("one.csv", houses("3"));
    Workplace.Run run =
        Refusal.refused(
            work, () -> work.run("predict", work.at("joined"), "--data", work.at("one.csv")));
    assertThat(run.error()).contains("is not the one that was published");
    work.write("joined/table-where.json", published);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "3.0 | 4.0 | key \"4.0\" twice, in rows 4 and 5.",
        "9.0 | 99.0 | lacks keys of column \"cell\" in",
        "c3,3.0 | c3, | has no key in row 4.",
        "height | hight | height",
        "1250.5 | tall | height"
      })
  void badTablesAreRefused(String old, String replacement, String error) {
    work.write("cells.csv", table(16).replaceFirst(old, replacement));
    Workplace.Run run = sales.train("bad", "joined.csv", JOIN);
    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.error()).contains(error);
    assertThat(work.path("bad")).doesNotExist();
  }

  @Test
  void aColumnComesFromOnePlace() {
    work.write("cells.csv", table(16).replace("height", "north"));
    Workplace.Run run = sales.train("twice", "joined.csv", JOIN.replace("height", "north"));
    assertThat(run.error())
        .isEqualTo(
            "error: Column \"north\" is in the rows and in a context table. Expected it in one of them. Rename one, or leave it out of the rows with sql.");
    assertThat(work.path("twice")).doesNotExist();
  }
}
