package io.hyperdelta.fit;

import io.hyperdelta.autodiff.Precision;
import io.hyperdelta.autodiff.Program;
import io.hyperdelta.autodiff.Tensors;
import io.hyperdelta.autodiff.Value;
import io.hyperdelta.bundle.InputBinding;
import io.hyperdelta.data.Table;
import io.hyperdelta.graph.Model;
import io.hyperdelta.graph.TensorValue;
import io.hyperdelta.graph.ValueInfo;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;

/** Runs a graph on rows of a table, in chunks and without gradients. */
final class Predictor implements AutoCloseable {
  /** Rows at once: enough for large products, few enough for per-row factors to stay small. */
  private static final int CHUNK = 1024;

  private final Program program;
  private final List<String> inputNames;

  Predictor(Model model) {
    this.program = Program.compile(model, Set.of(), Precision.FLOAT);
    this.inputNames = model.graph().inputs().stream().map(ValueInfo::name).toList();
  }

  /** The first output of each row. */
  float[][] predict(Table table, List<InputBinding> bindings) {
    float[][] predictions = new float[table.rowCount()][];
    forEachChunk(
        table.rowCount(),
        chunk -> {
          Value output = program.run(known(RowInputs.of(table.rows(chunk), bindings))).get(0);
          put(output, predictions, chunk);
        });
    return predictions;
  }

  /**
   * The first output of each row, with factors that another graph generates from a condition.
   *
   * @param conditions one row per row of the table, or one row for all
   */
  float[][] predict(
      Table table,
      List<InputBinding> bindings,
      Predictor generator,
      Table conditions,
      List<InputBinding> conditionBindings) {
    boolean one = conditions.rowCount() == 1;
    float[][] predictions = new float[table.rowCount()][];
    forEachChunk(
        table.rowCount(),
        chunk -> {
          Table own = one ? conditions : conditions.rows(chunk);
          Map<String, Value> inputs =
              new LinkedHashMap<>(known(RowInputs.of(table.rows(chunk), bindings)));
          inputs.putAll(generator.outputs(RowInputs.of(own, conditionBindings)));
          put(program.run(inputs).get(0), predictions, chunk);
        });
    return predictions;
  }

  /** All outputs by name, in the caller's open scope. */
  private Map<String, Value> outputs(Map<String, Value> inputs) {
    List<Value> values = program.run(known(inputs));
    Map<String, Value> outputs = new LinkedHashMap<>();
    for (int i = 0; i < values.size(); i++) {
      outputs.put(program.outputNames().get(i), values.get(i));
    }
    return outputs;
  }

  /** All outputs for some rows, as values. */
  Map<String, TensorValue> values(Table rows, List<InputBinding> bindings) {
    Map<String, TensorValue> values = new LinkedHashMap<>();
    try (PointerScope scope = new PointerScope();
        NoGradGuard guard = new NoGradGuard()) {
      outputs(RowInputs.of(rows, bindings))
          .forEach(
              (name, value) ->
                  values.put(name, Tensors.toFloatValue(((Value.Device) value).tensor())));
    }
    return values;
  }

  private Map<String, Value> known(Map<String, Value> inputs) {
    Map<String, Value> known = new LinkedHashMap<>(inputs);
    known.keySet().retainAll(inputNames);
    return known;
  }

  private interface ChunkAction {
    void run(int[] rows);
  }

  private static void forEachChunk(int rowCount, ChunkAction action) {
    try (NoGradGuard guard = new NoGradGuard()) {
      for (int from = 0; from < rowCount; from += CHUNK) {
        try (PointerScope scope = new PointerScope()) {
          action.run(IntStream.range(from, Math.min(from + CHUNK, rowCount)).toArray());
        }
      }
    }
  }

  private static void put(Value output, float[][] predictions, int[] rows) {
    Tensor tensor = ((Value.Device) output).tensor();
    float[] values = Tensors.floats(tensor);
    int width = values.length / rows.length;
    for (int i = 0; i < rows.length; i++) {
      predictions[rows[i]] = Arrays.copyOfRange(values, i * width, (i + 1) * width);
    }
  }

  @Override
  public void close() {
    program.close();
  }
}
