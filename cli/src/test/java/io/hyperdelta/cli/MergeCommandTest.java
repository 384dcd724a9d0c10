package io.hyperdelta.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.hyperdelta.graph.ModelReader;
import io.hyperdelta.graph.TensorValue;
import io.hyperdelta.graph.ValueInfo;
import io.hyperdelta.runtime.OrtGraph;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A merged model is the adaptive model under one condition. */
class MergeCommandTest {
  private static final int COUNT = 40;

  @TempDir private static Path folder;

  private static Workplace work;

  @BeforeAll
  static void train() {
    work = new Workplace(folder);
    work.train("sales", "epochs: 8", "epochs: 2").succeeded();
    work.write(
        "here.csv",
        Sales.csv(
            COUNT, 8, cells -> Sales.set(Sales.set(cells, "east", "9000.5"), "north", "1200")));
  }

  @Test
  void mergedModelPredictsAsTheBundleDoesHere() {
    assertThat(merge("here.onnx", "1").out())
        .isEqualTo("Merged model: " + work.at("here.onnx") + "\n");
    assertSame("here.onnx", "1");
  }

  @Test
  void strengthScalesTheDeltas() {
    merge("half.onnx", "0.5");
    assertSame("half.onnx", "0.5");
    assertThat(run("half.onnx")).isNotEqualTo(predict("1"));
  }

  @Test
  void mergedModelHasTheTargetsOwnInputsAndOutput() {
    merge("plain.onnx", "1");
    assertThat(inputs("plain.onnx")).isEqualTo(inputs("sales/target.onnx"));
    assertThat(ModelReader.read(work.path("plain.onnx")).graph().nodes())
        .hasSameSizeAs(ModelReader.read(work.path("sales/target.onnx")).graph().nodes());
  }

  private static List<ValueInfo> inputs(String model) {
    return ModelReader.read(work.path(model)).graph().inputs();
  }

  private static Workplace.Run merge(String out, String strength) {
    return work.run(
            "merge",
            work.at("sales"),
            "-c",
            "east=9000.5",
            "-c",
            "north=1200",
            "--strength",
            strength,
            "--out",
            work.at(out))
        .succeeded();
  }

  private static void assertSame(String model, String strength) {
    List<Float> expected = predict(strength);
    List<Float> actual = run(model);
    assertThat(actual).hasSize(COUNT);
    for (int i = 0; i < COUNT; i++) {
      assertThat(actual.get(i))
          .isCloseTo(expected.get(i), within(1e-5f * Math.abs(expected.get(i))));
    }
  }

  private static List<Float> predict(String strength) {
    return work.run("predict", work.at("sales"), "-d", work.at("here.csv"), "-s", strength)
        .succeeded()
        .out()
        .lines()
        .skip(1)
        .map(Float::parseFloat)
        .toList();
  }

  private static List<Float> run(String model) {
    List<String[]> rows =
        work.text("here.csv").lines().skip(1).map(line -> line.split(",", -1)).toList();
    List<String> walls = rows.stream().map(cells -> cells[3]).toList();
    try (OrtGraph graph = OrtGraph.load(work.read(model), model)) {
      TensorValue output =
          Objects.requireNonNull(
              graph
                  .run(
                      Map.of(
                          "size",
                          numbers(rows, 1),
                          "age",
                          numbers(rows, 2),
                          "wall",
                          TensorValue.ofStrings(walls, COUNT, 1)))
                  .get("prediction"));
      List<Float> values = new ArrayList<>();
      for (float value : output.floats()) {
        values.add(value);
      }
      return values;
    }
  }

  private static TensorValue numbers(List<String[]> rows, int column) {
    float[] values = new float[rows.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) Double.parseDouble(rows.get(i)[column]);
    }
    return TensorValue.ofFloats(values, values.length, 1);
  }
}
