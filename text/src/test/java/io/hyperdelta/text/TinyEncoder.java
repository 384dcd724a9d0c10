package io.hyperdelta.text;

import io.hyperdelta.graph.Attribute;
import io.hyperdelta.graph.Dtype;
import io.hyperdelta.graph.GraphEditor;
import io.hyperdelta.graph.Model;
import io.hyperdelta.graph.TensorType;
import io.hyperdelta.graph.TensorValue;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * An encoder of an embedding and a linear layer, and the same in plain Java: token t of a text gets
 * {@code E[id] W + b + context}, where the context is the mean of what all tokens get without it,
 * as attention would mix it. One that asks for no mask takes padding into its context.
 *
 * @param embedding float32 [vocabulary, 3]
 * @param asksForMask whether it asks for a mask
 */
record TinyEncoder(float[][] embedding, boolean asksForMask) {
  static final int DIM = 2;
  private static final float[][] WEIGHT = {{0.5f, -1}, {2, 0.25f}, {-0.75f, 1.5f}};
  private static final float[] BIAS = {0.1f, -0.2f};
  private static final TensorType TOKENS = TensorType.of(Dtype.INT64, "texts", "tokens");

  static TinyEncoder of(int vocabulary, boolean asksForMask) {
    Random random = new Random(5);
    float[][] embedding = new float[vocabulary][WEIGHT.length];
    for (float[] row : embedding) {
      for (int i = 0; i < row.length; i++) {
        row[i] = (float) random.nextGaussian();
      }
    }
    return new TinyEncoder(embedding, asksForMask);
  }

  static TinyEncoder masked() {
    return of(TinyTokenizer.VOCABULARY, true);
  }

  PooledEncoder pooled(VectorNorm norm) {
    return PooledEncoder.of(model(13), "tiny.onnx", norm);
  }

  Model model(int opset) {
    GraphEditor editor = GraphEditor.empty("tiny", opset);
    editor.input(PooledEncoder.IDS, TOKENS);
    if (asksForMask) {
      editor.input(PooledEncoder.MASK, TOKENS);
    }
    editor.output(hidden(editor), TensorType.of(Dtype.FLOAT, "texts", "tokens", DIM));
    return editor.finish("tiny");
  }

  /** Adds the encoder's nodes; returns the name of what each token gets. */
  String hidden(GraphEditor editor) {
    String table = editor.initializer("embedding", matrix(embedding));
    String rows = editor.node("Gather", table, PooledEncoder.IDS);
    String product = editor.node("MatMul", rows, editor.initializer("weight", matrix(WEIGHT)));
    String bias = editor.initializer("bias", TensorValue.ofFloats(BIAS, DIM));
    String alone = editor.node("Add", product, bias);
    if (!asksForMask) {
      return editor.node("Add", alone, editor.reduceMean(alone, 1));
    }
    String mask =
        editor.unsqueeze(
            editor.node("Cast", Map.of("to", Attribute.of(Dtype.FLOAT.code())), PooledEncoder.MASK),
            2);
    String sum = editor.reduceMean(editor.node("Mul", alone, mask), 1);
    String context = editor.node("Div", sum, editor.reduceMean(mask, 1));
    return editor.node("Add", alone, context);
  }

  private static TensorValue matrix(float[][] rows) {
    float[] values = new float[rows.length * rows[0].length];
    for (int i = 0; i < rows.length; i++) {
      System.arraycopy(rows[i], 0, values, i * rows[0].length, rows[0].length);
    }
    return TensorValue.ofFloats(values, rows.length, rows[0].length);
  }

  /** The vector of a text, in float64. */
  double[] vector(List<Integer> ids, VectorNorm norm) {
    double[] mean = new double[DIM];
    for (int id : ids) {
      for (int j = 0; j < DIM; j++) {
        double value = BIAS[j];
        for (int i = 0; i < WEIGHT.length; i++) {
          value += (double) embedding[id][i] * WEIGHT[i][j];
        }
        // The mean of what tokens get alone is added to each, so it comes twice.
        mean[j] += 2 * value / ids.size();
      }
    }
    double length = norm == VectorNorm.UNIT ? Math.hypot(mean[0], mean[1]) : 1;
    return new double[] {mean[0] / length, mean[1] / length};
  }
}
