package io.hyperdelta.weave;

import io.hyperdelta.graph.Attribute;
import io.hyperdelta.graph.Dtype;
import io.hyperdelta.graph.GraphEditor;
import io.hyperdelta.graph.Node;
import io.hyperdelta.graph.TensorValue;
import io.hyperdelta.target.Use;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Recurrent nodes, whose weights cannot differ between rows. A gate sees x W^T + h R^T + Wb + Rb,
 * so the first product can be made in front of the node, where deltas are added to it as to any
 * layer's; the node then gets the sum as its input and the identity as its W. Stateless.
 *
 * <p>This is exact for LSTM, RNN and GRU, whatever their activations: W meets nothing else. Of a
 * GRU that is linear before its reset, Rb is reset with the state's product, which is why only Wb
 * is a site.
 */
final class Recurrence {
  private static final int INPUT = 0;
  private static final int WEIGHT = 1;
  private static final int BIAS = 3;

  /** EyeLike and ConstantOfShape came in this version. */
  private static final int FIRST_WITH_IDENTITY = 9;

  private Recurrence() {}

  /** Adds contributions to the products that a node makes of its input. */
  static void to(Addition addition, String output, List<Addition.Contribution> contributions) {
    GraphEditor editor = addition.editor();
    Node node = editor.maker(output);
    String weight = node.inputs().get(WEIGHT);
    long[] dims = editor.initializer(weight).dims();
    List<String> sums = new ArrayList<>();
    for (int d = 0; d < dims[0]; d++) {
      int direction = d;
      String one = editor.node("Gather", weight, editor.constant(scalar(d)));
      String matrix = editor.node("Transpose", Map.of("perm", Attribute.ints(1, 0)), one);
      String product = editor.node("MatMul", node.inputs().get(INPUT), matrix);
      List<Addition.Contribution> own =
          contributions.stream().filter(c -> c.use().direction() == direction).toList();
      sums.add(own.isEmpty() ? product : addition.sum(output, product, own));
    }
    List<String> inputs = new ArrayList<>(node.inputs());
    inputs.set(INPUT, joined(editor, 2, sums));
    inputs.set(WEIGHT, identity(editor, dims[0], dims[1]));
    editor.rewire(output, inputs);
  }

  /**
   * Name of weights with which each direction picks its own part of the input, float32 {@code
   * [directions, rows, directions * rows]}.
   */
  private static String identity(GraphEditor editor, long directions, long rows) {
    long in = Math.multiplyExact(directions, rows);
    List<String> each = new ArrayList<>();
    for (long d = 0; d < directions; d++) {
      String picks =
          editor.opset() >= FIRST_WITH_IDENTITY
              ? diagonal(editor, rows, in, d * rows)
              : editor.constant(ones(rows, in, d * rows));
      each.add(editor.unsqueeze(picks, 0));
    }
    return joined(editor, 0, each);
  }

  /** Made when the graph is loaded: a large layer's would be most of a small bundle. */
  private static String diagonal(GraphEditor editor, long rows, long columns, long first) {
    String zeros =
        editor.node("ConstantOfShape", editor.constant(TensorValue.longs(rows, columns)));
    Map<String, Attribute> attributes = new LinkedHashMap<>();
    attributes.put("dtype", Attribute.of(Dtype.FLOAT.code()));
    attributes.put("k", Attribute.of(first));
    return editor.node("EyeLike", attributes, zeros);
  }

  private static TensorValue ones(long rows, long columns, long first) {
    float[] values = new float[Math.toIntExact(Math.multiplyExact(rows, columns))];
    for (long row = 0; row < rows; row++) {
      values[Math.toIntExact(row * columns + first + row)] = 1;
    }
    return TensorValue.ofFloats(values, rows, columns);
  }

  private static String joined(GraphEditor editor, long axis, List<String> values) {
    return values.size() == 1
        ? values.get(0)
        : editor.node("", "Concat", Map.of("axis", Attribute.of(axis)), values);
  }

  private static TensorValue scalar(long value) {
    return TensorValue.ofLongs(new long[] {value});
  }

  /** Gives one direction of a node without a constant bias another term for each unit. */
  static void addBias(GraphEditor editor, Use use, float[] terms) {
    Node node = editor.maker(use.output());
    int directions = Math.toIntExact(editor.initializer(node.inputs().get(WEIGHT)).dim(0));
    int width = Math.multiplyExact(2, terms.length);
    float[] all = new float[Math.multiplyExact(directions, width)];
    System.arraycopy(terms, 0, all, use.direction() * width, terms.length);
    List<String> inputs = new ArrayList<>(node.inputs());
    while (inputs.size() <= BIAS) {
      inputs.add("");
    }
    String before = inputs.get(BIAS);
    if (editor.isInitializer(before)) {
      // The other direction's, or another delta's.
      float[] given = editor.initializer(before).floats();
      for (int i = 0; i < all.length; i++) {
        all[i] += given[i];
      }
    }
    String bias = editor.constant(TensorValue.ofFloats(all, directions, width));
    boolean computed = !before.isEmpty() && !editor.isInitializer(before);
    inputs.set(BIAS, computed ? editor.node("Add", before, bias) : bias);
    editor.rewire(use.output(), inputs);
  }
}
