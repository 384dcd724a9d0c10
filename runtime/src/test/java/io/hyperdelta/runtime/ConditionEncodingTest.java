package io.hyperdelta.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.hyperdelta.condition.Categories;
import io.hyperdelta.condition.ColumnEncoder;
import io.hyperdelta.condition.ConditionEncoder;
import io.hyperdelta.graph.Dtype;
import io.hyperdelta.graph.GraphEditor;
import io.hyperdelta.graph.ModelWriter;
import io.hyperdelta.graph.TensorType;
import io.hyperdelta.graph.TensorValue;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Encoded conditions as ONNX Runtime computes them, against formulas in plain Java. */
class ConditionEncodingTest {
  private static final List<String> TENANTS = List.of("acme", "globex", "initech");
  private static final int DIM = 3;
  private static final ConditionEncoder ENCODER =
      new ConditionEncoder(
          List.of(
              new ColumnEncoder.Category("tenant", new Categories(TENANTS, false), DIM),
              new ColumnEncoder.Standardise("load", 10, 4, true),
              new ColumnEncoder.Cyclic("hour", 24),
              new ColumnEncoder.Vector("v", List.of(1.0, -2.0), List.of(0.5, 4.0))));

  private static final double[] LOADS = {12, Double.NaN, 3, 10};
  private static final double[] HOURS = {0, 6, 23.5, 24 * 1000 + 18};
  private static final float[] VECTORS = {1, 2, 3, 4, -5, -6, 0, 8};
  private static final List<String> GIVEN = List.of("globex", "acme", "", "nobody");

  private static Map<String, TensorValue> parameters() {
    return ENCODER.freshParameters("", new Random(4));
  }

  private static float[] run(int opset, boolean constantNorm) {
    ConditionEncoder encoder = new ConditionEncoder(ENCODER.columns(), constantNorm);
    GraphEditor editor = GraphEditor.empty("encoder", opset);
    encoder.columns().forEach(c -> editor.input(c.column(), c.input().type("rows")));
    parameters().forEach(editor::initializer);
    String vector = encoder.encode(editor, "", column -> column);
    editor.output(vector, TensorType.of(Dtype.FLOAT, "rows", encoder.width()));
    Map<String, TensorValue> inputs = new LinkedHashMap<>();
    inputs.put("tenant", TensorValue.ofStrings(GIVEN, 4, 1));
    inputs.put("load", column(LOADS));
    inputs.put("hour", column(HOURS));
    inputs.put("v", TensorValue.ofFloats(VECTORS, 4, 2));
    try (OrtGraph graph = OrtGraph.load(ModelWriter.write(editor.finish("encoder")), "encoder")) {
      return graph.run(inputs).values().iterator().next().floats();
    }
  }

  private static TensorValue column(double[] values) {
    float[] floats = new float[values.length];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = (float) values[i];
    }
    return TensorValue.ofFloats(floats, floats.length, 1);
  }

  /** Numbers come first, then the others in their order. */
  private static double[] expected(int row) {
    double load = Double.isNaN(LOADS[row]) ? 0 : (LOADS[row] - 10) / 4;
    double angle = 2 * Math.PI * HOURS[row] / 24;
    float[] vectors = Objects.requireNonNull(parameters().get("tenant.embedding")).floats();
    int known = TENANTS.indexOf(GIVEN.get(row));
    int entry = known < 0 ? TENANTS.size() : known;
    return new double[] {
      load,
      Double.isNaN(LOADS[row]) ? 1 : 0,
      vectors[entry * DIM],
      vectors[entry * DIM + 1],
      vectors[entry * DIM + 2],
      Math.cos(angle),
      Math.sin(angle),
      (VECTORS[2 * row] - 1) / 0.5,
      (VECTORS[2 * row + 1] + 2) / 4
    };
  }

  @ParameterizedTest
  @CsvSource({"11, false", "11, true", "17, false", "18, true", "21, true"})
  void everyColumnIsWhatItsFormulaSays(int opset, boolean constantNorm) {
    float[] vectors = run(opset, constantNorm);
    int width = ENCODER.width();
    assertThat(vectors).hasSize(4 * width);
    for (int row = 0; row < 4; row++) {
      double[] expected = expected(row);
      double squares = 0;
      for (double value : expected) {
        squares += value * value;
      }
      double scale = constantNorm ? 1 / Math.sqrt(squares / width + 1e-6) : 1;
      for (int i = 0; i < width; i++) {
        assertThat((double) vectors[row * width + i])
            .as("row %d, element %d", row, i)
            .isCloseTo(expected[i] * scale, within(1e-3));
      }
    }
  }
}
