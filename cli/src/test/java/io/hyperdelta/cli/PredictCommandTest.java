package io.hyperdelta.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.hyperdelta.bundle.Manifest;
import io.hyperdelta.data.Table;
import io.hyperdelta.graph.TensorValue;
import io.hyperdelta.runtime.AdaptiveModel;
import io.hyperdelta.runtime.MergedModel;
import io.hyperdelta.runtime.OrtGraph;
import io.hyperdelta.runtime.Rows;
import io.hyperdelta.runtime.RowsException;
import io.hyperdelta.weave.Strength;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Predictions as the command prints them, against those of the engines underneath. */
class PredictCommandTest {
  @TempDir private static Path folder;

  private static Workplace work;

  @BeforeAll
  static void train() {
    work = new Workplace(folder);
    work.train("sales", "epochs: 8", "epochs: 2").succeeded();
  }

  @Test
  void printsWhatTheModelPredicts() {
    Workplace.Run run =
        work.run("predict", work.at("sales"), "--data", work.at("sales.csv")).succeeded();
    assertThat(run.out()).startsWith("prediction\n");
    assertThat(run.err()).isEmpty();
    try (AdaptiveModel model = AdaptiveModel.open(work.path("sales"))) {
      assertThat(numbers(run.out()))
          .isEqualTo(model.predict(TableRows.of(rows(model.manifest()))).values());
    }
  }

  @Test
  void aModelThatIsLoadedAheadPredictsTheSame() {
    try (AdaptiveModel model = AdaptiveModel.open(work.path("sales"));
        AdaptiveModel loaded = AdaptiveModel.open(work.path("sales"))) {
      loaded.load();
      assertThat(loaded.predict(TableRows.of(rows(loaded.manifest()))).values())
          .isEqualTo(model.predict(TableRows.of(rows(model.manifest()))).values());
      loaded.close();
      assertThatThrownBy(loaded::load)
          .isInstanceOf(IllegalStateException.class)
          .hasMessage("The adaptive model is closed.");
    }
  }

  @Test
  void oneThreadPredictsWhatAllDo() {
    try (AdaptiveModel all = AdaptiveModel.open(work.path("sales"));
        AdaptiveModel one = AdaptiveModel.open(work.path("sales"), 1)) {
      float[] expected = all.predict(TableRows.of(rows(all.manifest()))).values();
      float[] got = one.predict(TableRows.of(rows(one.manifest()))).values();
      assertThat(got).hasSameSizeAs(expected);
      for (int i = 0; i < got.length; i++) {
        float bound = 1e-6f * Math.max(1, Math.abs(expected[i]));
        assertThat(got[i]).isCloseTo(expected[i], within(bound));
      }
    }
    assertThatThrownBy(() -> AdaptiveModel.open(work.path("sales"), 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("A prediction cannot have 0 threads. Expected 1 or more.");
  }

  @Test
  void strengthZeroIsTheTargetBitForBit() {
    Workplace.Run run =
        work.run("predict", work.at("sales"), "--data", work.at("sales.csv"), "--strength", "0")
            .succeeded();
    try (AdaptiveModel model = AdaptiveModel.open(work.path("sales"));
        OrtGraph target = OrtGraph.load(work.read("sales/target.onnx"), "target")) {
      Table rows = rows(model.manifest());
      Map<String, TensorValue> inputs = new LinkedHashMap<>();
      inputs.put("size", column(rows, "size"));
      inputs.put("age", column(rows, "age"));
      List<String> walls =
          work.text("sales.csv").lines().skip(1).map(line -> line.split(",", -1)[3]).toList();
      inputs.put("wall", TensorValue.ofStrings(walls, walls.size(), 1));
      float[] expected =
          Objects.requireNonNull(target.run(inputs).get(model.manifest().output())).floats();
      assertThat(numbers(run.out())).isEqualTo(expected);
      assertThat(model.predict(TableRows.of(rows)).values()).isNotEqualTo(expected);
    }
  }

  @Test
  void rowsThatShareConditionsArePredictedAsEachAlone() {
    try (AdaptiveModel model = AdaptiveModel.open(work.path("sales"))) {
      Table all = rows(model.manifest());
      int count = 60;
      int[] index = new int[count];
      for (int i = 0; i < count; i++) {
        index[i] = i % 7;
      }
      float[] together = model.predict(TableRows.of(all.rows(index))).values();
      for (int i = 0; i < count; i++) {
        float alone = model.predict(TableRows.of(all.rows(new int[] {index[i]}))).values()[0];
        assertThat(together[i]).isCloseTo(alone, within(1e-6f * Math.max(1, Math.abs(alone))));
      }
    }
  }

  @Test
  void underOneConditionRowsNeedNoConditionOfTheirOwn() {
    Rows here = Rows.builder(1).numbers("east", 9000.5).numbers("north", 1200).build();
    double[] sizes = {60, 120.5, 240};
    double[] ages = {5, 50, 95};
    String[] walls = {"brick", "stone", "glass"};
    Rows houses =
        Rows.builder(3).numbers("size", sizes).numbers("age", ages).texts("wall", walls).build();
    Rows located =
        Rows.builder(3)
            .numbers("size", sizes)
            .numbers("age", ages)
            .texts("wall", walls)
            .numbers("east", 9000.5, 9000.5, 9000.5)
            .numbers("north", 1200, 1200, 1200)
            .build();
    try (AdaptiveModel model = AdaptiveModel.open(work.path("sales"))) {
      for (double strength : new double[] {1, 0.5, 0}) {
        float[] expected = model.predict(located, strength).values();
        try (MergedModel merged = model.under(here, Strength.of(strength))) {
          assertClose(merged.predict(houses).values(), expected);
          assertClose(merged.predict(located).values(), expected);
        }
      }
      try (MergedModel merged = model.under(here)) {
        assertClose(merged.predict(houses).values(), model.predict(located).values());
        assertThat(merged.predict(houses).values())
            .isNotEqualTo(model.predict(located, 0).values());
        assertThatThrownBy(() -> merged.predict(here))
            .isInstanceOf(RowsException.class)
            .hasMessageStartingWith(
                "The rows have no column \"size\", which the model needs. Expected numbers in it; got columns east, north.");
      }
      assertThatThrownBy(() -> model.under(located))
          .isInstanceOf(RowsException.class)
          .hasMessage("Weights are merged for one condition at a time. Expected 1 row, got 3.");
    }
  }

  private static void assertClose(float[] got, float[] expected) {
    assertThat(got).hasSameSizeAs(expected);
    for (int i = 0; i < got.length; i++) {
      assertThat(got[i]).isCloseTo(expected[i], within(1e-5f * Math.abs(expected[i])));
    }
  }

  private static TensorValue column(Table rows, String name) {
    double[] values = rows.numeric(name).values();
    float[] narrow = new float[values.length];
    for (int i = 0; i < narrow.length; i++) {
      narrow[i] = (float) values[i];
    }
    return TensorValue.ofFloats(narrow, narrow.length, 1);
  }

  private static Table rows(Manifest manifest) {
    return BundleRows.read(work.path("sales.csv"), manifest, List.of());
  }

  private static float[] numbers(String csv) {
    List<String> lines = csv.lines().skip(1).toList();
    float[] numbers = new float[lines.size()];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = Float.parseFloat(lines.get(i));
    }
    return numbers;
  }

  @Test
  void keptCellsAreQuotedWhereTheyMustBe() {
    List<String> ids = List.of("007", "\"a,b\"", "\"say \"\"hi\"\"\"", "\"two\nlines\"", "");
    int[] row = {0};
    work.write("ids.csv", Sales.csv(5, 5, cells -> Sales.set(cells, "id", ids.get(row[0]++))));
    Workplace.Run run =
        work.run(
                "predict",
                work.at("sales"),
                "--data",
                work.at("ids.csv"),
                "--keep",
                "id,wall",
                "--keep",
                "sold")
            .succeeded();
    assertThat(run.out())
        .matches(
            "id,wall,sold,prediction\n"
                + "007,\\w+,[01],[0-9.]+\n"
                + "\"a,b\",\\w+,[01],[0-9.]+\n"
                + "\"say \"\"hi\"\"\",\\w+,[01],[0-9.]+\n"
                + "\"two\nlines\",\\w+,[01],[0-9.]+\n"
                + ",\\w+,[01],[0-9.]+\n");
  }

  @Test
  void manyRowsArePredictedInTheirOrderAndWrittenToFile() {
    work.write("many.csv", Sales.csv(10_000, 6));
    Workplace.Run run =
        work.run(
                "predict",
                work.at("sales"),
                "--data",
                work.at("many.csv"),
                "--keep",
                "id",
                "--out",
                work.at("p.csv"))
            .succeeded();
    assertThat(run.out()).isEmpty();
    assertThat(run.err()).startsWith("predict: 10,000 rows\n");
    List<String> lines = work.text("p.csv").lines().toList();
    assertThat(lines).hasSize(10_001);
    for (int i = 0; i < 10_000; i++) {
      assertThat(lines.get(i + 1)).startsWith("s-" + i + ",");
    }
    assertThat(work.snapshot().keySet()).noneMatch(path -> path.startsWith(".p.csv"));

    work.write("last.csv", Sales.HEADER + "\n" + last(work.text("many.csv")) + "\n");
    String alone =
        work.run("predict", work.at("sales"), "--data", work.at("last.csv")).succeeded().out();
    float expected = Float.parseFloat(last(work.text("p.csv")).split(",", -1)[1]);
    assertThat(numbers(alone)[0])
        .isCloseTo(expected, org.assertj.core.api.Assertions.within(1e-5f * Math.abs(expected)));
  }

  private static String last(String csv) {
    List<String> lines = csv.lines().toList();
    return lines.get(lines.size() - 1);
  }

  @Test
  void categoryThatWasNeverSeenIsPredictedWith() {
    work.write("glass.csv", Sales.csv(3, 7, cells -> Sales.set(cells, "wall", "glass")));
    Workplace.Run run =
        work.run("predict", work.at("sales"), "--data", work.at("glass.csv")).succeeded();
    assertThat(numbers(run.out())).hasSize(3).doesNotContain(Float.NaN);
  }

  @Test
  void strengthOfOneSource() {
    String all = predicted("0.5");
    assertThat(predicted("neighbourhood=0.5")).isEqualTo(all);
    assertThat(predicted("2,neighbourhood=0.25")).isEqualTo(all);
    assertThat(predicted("neighbourhood=0")).isEqualTo(predicted("0"));
    Workplace.Run unknown =
        work.run("predict", work.at("sales"), "-d", work.at("sales.csv"), "-s", "neighborhood=1");
    assertThat(unknown.exitCode()).isEqualTo(2);
    assertThat(unknown.error())
        .startsWith(
            "error: The strength names a source \"neighborhood\" that the bundle does not have. Expected one of neighbourhood. Maybe you meant \"neighbourhood\".");
  }

  private static String predicted(String strength) {
    return work.run("predict", work.at("sales"), "-d", work.at("sales.csv"), "-s", strength)
        .succeeded()
        .out();
  }
}
