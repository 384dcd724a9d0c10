package io.hyperdelta.sidebyside;

import io.hyperdelta.bundle.Safetensors;
import io.hyperdelta.graph.Model;
import io.hyperdelta.graph.ModelReader;
import io.hyperdelta.graph.ModelWriter;
import io.hyperdelta.graph.TensorValue;
import io.hyperdelta.spec.Objective;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.json.JsonMapper;

/**
 * One piece of training that both sides do: the model with the values to start from, the rows, and
 * the order in which batches are taken from them.
 *
 * <p>In a folder it is {@code model.onnx}, {@code job.json} with the settings, {@code
 * weights.safetensors} with each initializer of the model for a side that reads no ONNX, and {@code
 * tensors.safetensors}: {@code input/NAME} [rows, ...] for each of the model's inputs, {@code
 * labels} [rows], {@code batch.rows} int64 [batches, K m] and {@code batch.conditions} int64
 * [batches, K], the rows whose conditions the blocks of m rows have.
 *
 * @param model the graph in which HyperDelta trains
 * @param settings what is not a tensor
 * @param data the rows, and the order in which batches are taken from them
 */
record Job(Model model, Settings settings, Data data) {
  private static final String MODEL = "model.onnx";
  private static final String SETTINGS = "job.json";
  private static final String DATA = "tensors.safetensors";
  private static final String INPUT = "input/";
  private static final JsonMapper JSON = JsonMapper.builder().build();

  /**
   * What is not a tensor.
   *
   * @param work which of the works it is, by which the other side finds its program
   * @param objective what is minimised
   * @param learningRate of every step
   * @param weightDecay of matrices
   * @param clip norm above which a gradient is made shorter
   * @param threads that each side may use
   * @param parameters initializers that are trained
   * @param conditionInputs inputs that have one entry for each condition of a batch, not for each
   *     row; empty if each row brings its own condition
   * @param sizes of the work, for the other side's program
   */
  record Settings(
      String work,
      Objective objective,
      double learningRate,
      double weightDecay,
      double clip,
      int threads,
      List<String> parameters,
      List<String> conditionInputs,
      Map<String, Integer> sizes) {}

  /**
   * Rows and batches of them.
   *
   * @param inputs of all rows, by name, float32 or int64 [rows, ...]
   * @param labels numbers or indices of classes, by row
   * @param rows batches of row numbers
   * @param conditions for each batch the rows that conditions are taken from
   */
  record Data(
      Map<String, TensorValue> inputs,
      TensorValue labels,
      List<int[]> rows,
      List<int[]> conditions) {}

  /** Writes the folder. */
  void write(Path folder) {
    Map<String, TensorValue> weights = new LinkedHashMap<>();
    model
        .graph()
        .initializers()
        .forEach(
            (name, value) -> {
              if (value.rank() <= Safetensors.MAX_RANK) {
                weights.put(name, value);
              }
            });
    Map<String, TensorValue> tensors = new LinkedHashMap<>();
    data.inputs().forEach((name, value) -> tensors.put(INPUT + name, value));
    tensors.put("labels", data.labels());
    tensors.put("batch.rows", numbers(data.rows()));
    tensors.put("batch.conditions", numbers(data.conditions()));
    try {
      Files.createDirectories(folder);
      Files.write(folder.resolve(MODEL), ModelWriter.write(model));
      Files.write(
          folder.resolve("weights.safetensors"), new Safetensors(weights, Map.of()).bytes());
      Files.write(folder.resolve(DATA), new Safetensors(tensors, Map.of()).bytes());
      Files.write(folder.resolve(SETTINGS), JSON.writeValueAsBytes(settings));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Reads the model in a folder. */
  static Model readModel(Path folder) {
    return ModelReader.read(folder.resolve(MODEL));
  }

  /** Reads the settings in a folder. */
  static Settings readSettings(Path folder) {
    return JSON.readValue(folder.resolve(SETTINGS), Settings.class);
  }

  /** Reads the rows and batches in a folder. */
  static Data readData(Path folder) {
    Map<String, TensorValue> tensors = Safetensors.read(folder.resolve(DATA)).tensors();
    Map<String, TensorValue> inputs = new LinkedHashMap<>();
    tensors.forEach(
        (name, value) -> {
          if (name.startsWith(INPUT)) {
            inputs.put(name.substring(INPUT.length()), value);
          }
        });
    return new Data(
        inputs,
        value(tensors, "labels"),
        lists(value(tensors, "batch.rows")),
        lists(value(tensors, "batch.conditions")));
  }

  private static TensorValue value(Map<String, TensorValue> tensors, String name) {
    TensorValue value = tensors.get(name);
    if (value == null) {
      throw new IllegalArgumentException(
          "A job has no tensor \"%s\". Expected one, got %s.".formatted(name, tensors.keySet()));
    }
    return value;
  }

  private static TensorValue numbers(List<int[]> lists) {
    int width = lists.get(0).length;
    long[] numbers = new long[lists.size() * width];
    for (int i = 0; i < lists.size(); i++) {
      for (int j = 0; j < width; j++) {
        numbers[i * width + j] = lists.get(i)[j];
      }
    }
    return TensorValue.ofLongs(numbers, lists.size(), width);
  }

  private static List<int[]> lists(TensorValue value) {
    long[] numbers = value.longs();
    int width = (int) value.dim(1);
    int[][] lists = new int[(int) value.dim(0)][width];
    for (int i = 0; i < numbers.length; i++) {
      lists[i / width][i % width] = (int) numbers[i];
    }
    return List.of(lists);
  }
}
