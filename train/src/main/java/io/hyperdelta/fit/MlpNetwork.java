package io.hyperdelta.fit;

import io.hyperdelta.condition.ColumnEncoder;
import io.hyperdelta.condition.ConditionEncoder;
import io.hyperdelta.graph.Dtype;
import io.hyperdelta.graph.GraphEditor;
import io.hyperdelta.graph.Model;
import io.hyperdelta.graph.TensorType;
import io.hyperdelta.graph.TensorValue;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * A multilayer perceptron as an ONNX graph from raw columns to the label's own unit: encoders,
 * linear layers {@code fc1}, {@code fc2} ... with ReLU between them, and the undoing of the label's
 * standardisation.
 *
 * @param encoders of the columns it sees
 * @param hidden units of each hidden layer
 * @param labels whose scale and number of classes it predicts in
 */
record MlpNetwork(List<ColumnEncoder> encoders, List<Integer> hidden, Labels labels) {
  /** The graph's output, float32 {@code [rows, outputs]}. */
  static final String OUTPUT = "prediction";

  /**
   * Version of the operator set: the first with LayerNormalization, and old enough for every
   * runtime in use.
   */
  private static final int OPSET = 17;

  private static final String PREFIX = "encode/";

  /**
   * The graph with fresh weights, uniform in +-sqrt(6 / in) (He et al. 2015, section 2.2), and zero
   * biases.
   *
   * @param seed of the weights
   */
  Model fresh(long seed) {
    GraphEditor editor = GraphEditor.empty("mlp", OPSET);
    for (ColumnEncoder column : encoders) {
      editor.input(column.column(), column.input().type("rows"));
    }
    editor.prefix("encode/");
    ConditionEncoder encoder = new ConditionEncoder(encoders);
    embeddings(seed).forEach(editor::initializer);
    String h = encoder.encode(editor, PREFIX, column -> column);
    editor.prefix("");
    Random random = new Random(seed);
    int in = encoder.width();
    List<Integer> widths = new ArrayList<>(hidden);
    widths.add(labels.outputCount());
    for (int layer = 1; layer <= widths.size(); layer++) {
      int out = widths.get(layer - 1);
      boolean last = layer == widths.size();
      // A small last layer starts near the mean, from where all labels are equally far.
      TensorValue start = uniform(random, in, out, Math.sqrt((last ? 0.1 : 6.0) / in));
      String weight = editor.initializer("fc" + layer + ".weight", start);
      String bias =
          editor.initializer("fc" + layer + ".bias", TensorValue.ofFloats(new float[out], out));
      h = editor.node("Gemm", h, weight, bias);
      h = last ? h : editor.node("Relu", h);
      in = out;
    }
    String scaled =
        editor.node("Mul", h, editor.constant(TensorValue.scalar((float) labels.deviation())));
    editor.nodeInto(
        OUTPUT, "Add", scaled, editor.constant(TensorValue.scalar((float) labels.mean())));
    editor.output(OUTPUT, TensorType.of(Dtype.FLOAT, "rows", labels.outputCount()));
    return editor.finish("mlp");
  }

  /** Learned vectors of categories; seeded apart, so that networks without them stay the same. */
  private Map<String, TensorValue> embeddings(long seed) {
    return new ConditionEncoder(encoders).freshParameters(PREFIX, new Random(~seed));
  }

  /** The columns that it sees. */
  List<String> columns() {
    return encoders.stream().map(ColumnEncoder::column).toList();
  }

  /** The columns whose categories have learned vectors. */
  List<String> categories() {
    return encoders.stream()
        .filter(ColumnEncoder.Category.class::isInstance)
        .map(ColumnEncoder::column)
        .toList();
  }

  /** Names of the initializers that are trained. */
  List<String> parameterNames() {
    List<String> names = new ArrayList<>(embeddings(0).keySet());
    for (int layer = 1; layer <= hidden.size() + 1; layer++) {
      names.add("fc" + layer + ".weight");
      names.add("fc" + layer + ".bias");
    }
    return names;
  }

  private static TensorValue uniform(Random random, int in, int out, double bound) {
    float[] values = new float[Math.multiplyExact(in, out)];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) ((2 * random.nextDouble() - 1) * bound);
    }
    return TensorValue.ofFloats(values, in, out);
  }
}
