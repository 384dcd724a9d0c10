package io.hyperdelta.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.hyperdelta.graph.TensorValue;
import io.hyperdelta.runtime.OrtGraph;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Training on sales under conditions that have to be prepared, for tests. */
record PreparedSales(Workplace work) {
  private static final String SOURCES =
      Workplace.SPEC.substring(
          Workplace.SPEC.indexOf("conditions:"), Workplace.SPEC.lastIndexOf("fit: {epochs"));

  /** Epochs of the hypernetwork that are enough to see a gain. */
  static final String[] LONGER = {
    "epochs: 8, batch: 64, learningRate: 0.01}\ne", "epochs: 30, batch: 64, learningRate: 0.01}\ne"
  };

  /** Writes sales with one more column, made of a row's cells. */
  void write(String file, String column, Function<String[], String> value) {
    List<String> lines = new ArrayList<>();
    for (String line : Sales.csv(Workplace.ROWS, 1).lines().toList()) {
      String[] cells = line.split(",", -1);
      lines.add(line + "," + (cells[0].equals("id") ? column : value.apply(cells)));
    }
    work.write(file, String.join("\n", lines) + "\n");
  }

  /** Which of four strips a sale is in. */
  static int strip(String[] cells, int column) {
    return (int) (Double.parseDouble(cells[column]) / 2500);
  }

  /** Trains with a condition {@code where}, written in flow style. */
  Workplace.Run train(String bundle, String file, String condition, String... changes) {
    String sources =
        "conditions: {where: %s}\nhypernetworks:\n  h: {condition: where, trunk: [16], latent: 4, adaptations: [{part: \"*\", form: low-rank, rank: 2}, {part: \"*\", form: shift}]}\n"
            .formatted(condition);
    List<String> all =
        new ArrayList<>(List.of("rows: sales.csv", "rows: " + file, SOURCES, sources));
    all.addAll(List.of(changes));
    return work.train(bundle, all.toArray(String[]::new));
  }

  /** Asserts that adapting helps, and that it is the right condition that does. */
  void assertGains(String bundle, String split) {
    double adaptive = rmse(bundle, "adaptive", split);
    assertThat(adaptive).as(split).isLessThan(0.95 * rmse(bundle, "frozen", split));
    assertThat(adaptive).as(split).isLessThan(rmse(bundle, "adaptive-shuffled", split));
  }

  private double rmse(String bundle, String model, String split) {
    JsonNode metrics = JsonMapper.shared().readTree(work.text(bundle + "/metrics.json"));
    for (JsonNode result : metrics.path("results")) {
      if (result.path("model").stringValue().equals(model)
          && result.path("split").stringValue().equals(split)) {
        return result.path("value").doubleValue();
      }
    }
    throw new AssertionError("no " + model + " on " + split);
  }

  /** Predictions for a file, in order. */
  float[] predict(String bundle, String file, String... options) {
    List<String> arguments =
        new ArrayList<>(List.of("predict", work.at(bundle), "--data", work.at(file)));
    arguments.addAll(List.of(options));
    return numbers(work.run(arguments.toArray(String[]::new)).succeeded().out());
  }

  static float[] numbers(String csv) {
    List<String> lines = csv.lines().skip(1).toList();
    float[] numbers = new float[lines.size()];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = Float.parseFloat(lines.get(i));
    }
    return numbers;
  }

  /**
   * What the fused graph gives for houses of 100 square metres, ten years, wood, with the vectors
   * as its input.
   */
  float[] fused(String bundle, String input, float[]... vectors) {
    int width = vectors[0].length;
    float[] all = new float[vectors.length * width];
    float[] sizes = new float[vectors.length];
    float[] ages = new float[vectors.length];
    List<String> walls = new ArrayList<>();
    for (int row = 0; row < vectors.length; row++) {
      System.arraycopy(vectors[row], 0, all, row * width, width);
      sizes[row] = 100;
      ages[row] = 10;
      walls.add("wood");
    }
    Map<String, TensorValue> inputs = new LinkedHashMap<>();
    inputs.put("size", TensorValue.ofFloats(sizes, sizes.length, 1));
    inputs.put("age", TensorValue.ofFloats(ages, ages.length, 1));
    inputs.put("wall", TensorValue.ofStrings(walls, walls.size(), 1));
    inputs.put(input, TensorValue.ofFloats(all, vectors.length, width));
    try (OrtGraph graph = OrtGraph.load(work.read(bundle + "/fused.onnx"), "fused")) {
      return Objects.requireNonNull(graph.run(inputs).get("prediction")).floats();
    }
  }
}
