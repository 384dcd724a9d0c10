package io.hyperdelta.contract;

import io.hyperdelta.graph.Attribute;
import io.hyperdelta.graph.Dtype;
import io.hyperdelta.graph.Graph;
import io.hyperdelta.graph.GraphEditor;
import io.hyperdelta.graph.Model;
import io.hyperdelta.graph.ModelWriter;
import io.hyperdelta.graph.Node;
import io.hyperdelta.graph.TensorType;
import io.hyperdelta.graph.TensorValue;
import io.hyperdelta.target.Target;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;

/** Small networks that hold every kind of site between them. Not thread-safe. */
final class Networks {
  /** Rows of the inputs. */
  static final int ROWS = 6;

  private static final int OPSET = 17;

  private final Random random = new Random(3);
  private final GraphEditor editor = GraphEditor.empty("net", OPSET);

  private Networks() {}

  /** A target and rows for it. */
  record Sample(String name, Target target, Map<String, TensorValue> rows) {}

  /** All of them. */
  static List<Sample> all() {
    return List.of(
        linear(), images(), signals(), tokens(), recurrent(), sequences(), left(), transposed());
  }

  /** Gemm with alpha and beta, as PyTorch stores it; MatMul and Add; MatMul alone. */
  static Sample linear() {
    Networks net = new Networks();
    GraphEditor editor = net.editor;
    String h = editor.input("x", TensorType.of(Dtype.FLOAT, "rows", 5));
    Map<String, Attribute> attributes = new LinkedHashMap<>();
    attributes.put("alpha", Attribute.of(0.7f));
    attributes.put("beta", Attribute.of(1.3f));
    attributes.put("transB", Attribute.of(1));
    h =
        editor.node(
            "Gemm", attributes, h, net.parameter("fc1.weight", 7, 5), net.parameter("fc1.bias", 7));
    h = editor.node("Tanh", h);
    h = editor.node("MatMul", h, net.parameter("fc2.weight", 7, 6));
    h = editor.node("Tanh", editor.node("Add", h, net.parameter("fc2.bias", 6)));
    h = editor.node("MatMul", h, net.parameter("fc3.weight", 6, 4));
    return net.finish("linear", h, Map.of("x", net.normal(ROWS, 5)), 4);
  }

  /** Convolutions with stride, padding, groups and an Add for a bias, and batch normalisation. */
  static Sample images() {
    Networks net = new Networks();
    GraphEditor editor = net.editor;
    String h = editor.input("x", TensorType.of(Dtype.FLOAT, "rows", 2, 6, 5));
    Map<String, Attribute> first = new LinkedHashMap<>();
    first.put("pads", Attribute.ints(1, 0, 1, 2));
    first.put("strides", Attribute.ints(2, 1));
    h =
        editor.node(
            "Conv",
            first,
            h,
            net.parameter("conv1.weight", 4, 2, 3, 2),
            net.parameter("conv1.bias", 4));
    editor.initializer("norm.mean", net.normal(4));
    editor.initializer("norm.var", TensorValue.ofFloats(new float[] {1, 2, 0.5f, 1.5f}, 4));
    h =
        editor.node(
            "BatchNormalization",
            h,
            net.parameter("norm.weight", 4),
            net.parameter("norm.bias", 4),
            "norm.mean",
            "norm.var");
    h = editor.node("Relu", h);
    Map<String, Attribute> grouped = new LinkedHashMap<>();
    grouped.put("group", Attribute.of(4));
    h = editor.node("Conv", grouped, h, net.parameter("depth.weight", 4, 1, 2, 2));
    h = editor.node("Tanh", h);
    h = editor.node("Conv", h, net.parameter("point.weight", 6, 4, 1, 1));
    h = editor.node("Add", h, net.parameter("point.bias", 1, 6, 1, 1));
    h = editor.node("Flatten", editor.node("GlobalAveragePool", editor.node("Tanh", h)));
    return net.finish("images", h, Map.of("x", net.normal(ROWS, 2, 6, 5)), 6);
  }

  /**
   * Convolutions whose windows are a pixel, among others: with a bias, a normalisation and a Relu;
   * with a stride; in groups; of an image of one pixel; over one axis.
   */
  static Sample pixels() {
    Networks net = new Networks();
    GraphEditor editor = net.editor;
    String h = editor.input("x", TensorType.of(Dtype.FLOAT, "rows", 3, 4, 5));
    h = editor.node("Conv", h, net.parameter("bias.weight", 5, 3, 1, 1), net.parameter("bias", 5));
    editor.initializer("norm.mean", net.normal(5));
    editor.initializer("norm.var", TensorValue.ofFloats(new float[] {1, 2, 0.5f, 1.5f, 3}, 5));
    for (String name : List.of("norm1", "norm2")) {
      String scale = net.parameter(name + ".scale", 5);
      String shift = net.parameter(name + ".shift", 5);
      h = editor.node("BatchNormalization", h, scale, shift, "norm.mean", "norm.var");
      h = editor.node("Relu", h);
      if (name.equals("norm1")) {
        h = editor.node("Conv", h, net.parameter("plain.weight", 5, 5, 1, 1));
      }
    }
    Map<String, Attribute> strided = Map.of("strides", Attribute.ints(2, 1));
    h = editor.node("Conv", strided, h, net.parameter("strided.weight", 4, 5, 1, 1));
    Map<String, Attribute> grouped = Map.of("group", Attribute.of(2));
    h = editor.node("Conv", grouped, h, net.parameter("grouped.weight", 4, 2, 1, 1));
    String s = editor.node("GlobalAveragePool", h);
    s = editor.node("Sigmoid", editor.node("Conv", s, net.parameter("one.weight", 4, 4, 1, 1)));
    h = editor.node("Mul", h, s);
    h = editor.node("Reshape", h, editor.constant(TensorValue.longs(0, 4, -1)));
    h = editor.node("Conv", h, net.parameter("line.weight", 6, 4, 1));
    h = editor.node("Flatten", editor.node("GlobalAveragePool", editor.node("Tanh", h)));
    return net.finish("pixels", h, Map.of("x", net.normal(ROWS, 3, 4, 5)), 6);
  }

  /** A convolution over one axis. */
  static Sample signals() {
    Networks net = new Networks();
    GraphEditor editor = net.editor;
    String h = editor.input("x", TensorType.of(Dtype.FLOAT, "rows", 3, 9));
    h =
        editor.node(
            "Conv",
            Map.of("dilations", Attribute.ints(2)),
            h,
            net.parameter("conv.weight", 4, 3, 3),
            net.parameter("conv.bias", 4));
    h = editor.node("Flatten", editor.node("Tanh", h));
    return net.finish("signals", h, Map.of("x", net.normal(ROWS, 3, 9)), 20);
  }

  /** Embedding, layer normalisation spelled out and fused, a product over [rows, tokens, width]. */
  static Sample tokens() {
    Networks net = new Networks();
    GraphEditor editor = net.editor;
    String ids = editor.input("ids", TensorType.of(Dtype.INT64, "rows", 4));
    String h = editor.node("Gather", net.parameter("table.weight", 9, 5), ids);
    String centred = editor.node("Sub", h, editor.reduceMean(h, -1));
    String variance = editor.reduceMean(editor.node("Mul", centred, centred), -1);
    String scale =
        editor.node(
            "Sqrt", editor.node("Add", variance, editor.constant(TensorValue.scalar(1e-5f))));
    h = editor.node("Mul", editor.node("Div", centred, scale), net.parameter("norm1.weight", 5));
    h = editor.node("Add", h, net.parameter("norm1.bias", 5));
    h = editor.node("MatMul", h, net.parameter("fc.weight", 5, 6));
    h = editor.node("Tanh", editor.node("Add", net.parameter("fc.bias", 6), h));
    h =
        editor.node(
            "LayerNormalization",
            h,
            net.parameter("norm2.weight", 6),
            net.parameter("norm2.bias", 6));
    h = editor.node("Flatten", h);
    long[] numbers = new long[ROWS * 4];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = net.random.nextInt(9);
    }
    return net.finish("tokens", h, Map.of("ids", TensorValue.ofLongs(numbers, ROWS, 4)), 24);
  }

  /**
   * An LSTM in both directions, a GRU that is linear before its reset, one that is not and has no
   * bias and runs backwards, and an RNN of which only the last state is wanted.
   */
  static Sample recurrent() {
    Networks net = new Networks();
    GraphEditor editor = net.editor;
    String h = editor.input("x", TensorType.of(Dtype.FLOAT, "rows", 5, 3));
    h = editor.node("Transpose", Map.of("perm", Attribute.ints(1, 0, 2)), h);
    h = net.layer("LSTM", "lstm", 2, 8, 3, true, Map.of("direction", "bidirectional"), h);
    h = net.layer("GRU", "gru1", 1, 9, 4, true, Map.of("linear_before_reset", 1L), h);
    h = net.layer("GRU", "gru2", 1, 9, 3, false, Map.of("direction", "reverse"), h);
    List<String> rnn = net.recurrence("RNN", "rnn", 1, 4, 3, true, Map.of(), h);
    h = editor.node("Reshape", rnn.get(1), editor.constant(TensorValue.longs(-1, 4)));
    return net.finish("recurrent", h, Map.of("x", net.normal(ROWS, 5, 3)), 4);
  }

  /**
   * A wider LSTM with everything that a node may be given: lengths, first states, a bias that the
   * graph computes. Only its last states are wanted.
   */
  static Sample sequences() {
    Networks net = new Networks();
    GraphEditor editor = net.editor;
    String x = editor.input("x", TensorType.of(Dtype.FLOAT, "rows", 3, 200));
    String lengths = editor.input("lengths", TensorType.of(Dtype.INT64, "rows"));
    String first = editor.input("first", TensorType.of(Dtype.FLOAT, "rows", 2, 20));
    Map<String, Attribute> turn = Map.of("perm", Attribute.ints(1, 0, 2));
    // Small numbers, so that gates are not shut or open whatever is added.
    String small = editor.node("Mul", x, editor.constant(TensorValue.scalar(0.05f)));
    String steps = editor.node("Gather", editor.node("Shape", x), editor.constant(scalar(1)));
    Map<String, Attribute> toFloat = Map.of("to", Attribute.of(Dtype.FLOAT.code()));
    Map<String, Attribute> toInt = Map.of("to", Attribute.of(Dtype.INT32.code()));
    List<String> inputs =
        List.of(
            editor.node("Transpose", turn, small),
            net.parameter("lstm.W", 2, 80, 200),
            net.parameter("lstm.R", 2, 80, 20),
            editor.node(
                "Mul", net.parameter("lstm.B", 2, 160), editor.node("Cast", toFloat, steps)),
            editor.node("Cast", toInt, lengths),
            editor.node("Transpose", turn, first));
    Map<String, Attribute> attributes = new TreeMap<>();
    attributes.put("direction", Attribute.of("bidirectional"));
    attributes.put("hidden_size", Attribute.of(20));
    List<String> made = editor.nodes("", "LSTM", attributes, inputs, 3);
    Map<String, TensorValue> rows = new LinkedHashMap<>();
    rows.put("x", net.normal(ROWS, 3, 200));
    rows.put("lengths", TensorValue.ofLongs(new long[] {3, 1, 2, 3, 3, 2}, ROWS));
    rows.put("first", net.normal(ROWS, 2, 20));
    String last = editor.node("Transpose", turn, made.get(1));
    last = editor.node("Reshape", last, editor.constant(TensorValue.longs(-1, 40)));
    return net.finish("sequences", last, rows, 40);
  }

  private static TensorValue scalar(long value) {
    return TensorValue.ofLongs(new long[] {value});
  }

  /** A recurrent layer, its directions side by side: [steps, rows, directions * hidden]. */
  private String layer(
      String op,
      String name,
      int directions,
      int stacked,
      int in,
      boolean biased,
      Map<String, Object> attributes,
      String x) {
    String all = recurrence(op, name, directions, stacked, in, biased, attributes, x).get(0);
    String last = editor.node("Transpose", Map.of("perm", Attribute.ints(0, 2, 1, 3)), all);
    return editor.node("Reshape", last, editor.constant(TensorValue.longs(0, 0, -1)));
  }

  /** The outputs of a recurrent node, all states and the last one. */
  private List<String> recurrence(
      String op,
      String name,
      int directions,
      int stacked,
      int in,
      boolean biased,
      Map<String, Object> attributes,
      String x) {
    int hidden = stacked / Map.of("LSTM", 4, "GRU", 3, "RNN", 1).get(op);
    Map<String, Attribute> all = new TreeMap<>();
    all.put("hidden_size", Attribute.of(hidden));
    attributes.forEach(
        (key, value) ->
            all.put(
                key,
                value instanceof Long number
                    ? Attribute.of(number)
                    : Attribute.of(value.toString())));
    List<String> inputs = new ArrayList<>();
    inputs.add(x);
    inputs.add(parameter(name + ".W", directions, stacked, in));
    inputs.add(parameter(name + ".R", directions, stacked, hidden));
    if (biased) {
      inputs.add(parameter(name + ".B", directions, 2L * stacked));
    }
    return editor.nodes("", op, all, inputs, 2);
  }

  /** Weights on the left of their inputs: with a bias, without, and over rows as columns. */
  static Sample left() {
    Networks net = new Networks();
    GraphEditor editor = net.editor;
    String h = editor.input("x", TensorType.of(Dtype.FLOAT, "rows", 5, 3));
    h = editor.node("MatMul", net.parameter("mix.weight", 6, 5), h);
    h = editor.node("Tanh", editor.node("Add", h, net.parameter("mix.bias", 6, 1)));
    h = editor.node("Tanh", editor.node("MatMul", net.parameter("again.weight", 4, 6), h));
    h = editor.node("Transpose", editor.node("Flatten", h));
    h = editor.node("MatMul", net.parameter("columns.weight", 4, 12), h);
    h = editor.node("Transpose", h);
    return net.finish("left", h, Map.of("x", net.normal(ROWS, 5, 3)), 4);
  }

  /** Transposed convolutions over two axes, in groups, and over one axis. */
  static Sample transposed() {
    Networks net = new Networks();
    GraphEditor editor = net.editor;
    String h = editor.input("x", TensorType.of(Dtype.FLOAT, "rows", 3, 3, 2));
    Map<String, Attribute> first = new LinkedHashMap<>();
    first.put("output_padding", Attribute.ints(1, 0));
    first.put("pads", Attribute.ints(1, 0, 0, 1));
    first.put("strides", Attribute.ints(2, 1));
    h =
        editor.node(
            "ConvTranspose",
            first,
            h,
            net.parameter("up1.weight", 3, 4, 3, 2),
            net.parameter("up1.bias", 4));
    h = editor.node("Tanh", h);
    Map<String, Attribute> grouped = Map.of("group", Attribute.of(2));
    h = editor.node("ConvTranspose", grouped, h, net.parameter("groups.weight", 4, 2, 2, 1));
    h =
        editor.node(
            "Reshape", editor.node("Tanh", h), editor.constant(TensorValue.longs(0, 4, -1)));
    h =
        editor.node(
            "ConvTranspose",
            Map.of("dilations", Attribute.ints(2)),
            h,
            net.parameter("up2.weight", 4, 5, 3));
    h = editor.node("Tanh", editor.node("Add", h, net.parameter("up2.bias", 1, 5, 1)));
    h = editor.node("Flatten", editor.node("GlobalAveragePool", h));
    return net.finish("transposed", h, Map.of("x", net.normal(ROWS, 3, 3, 2)), 5);
  }

  private Sample finish(String name, String output, Map<String, TensorValue> rows, int width) {
    editor.output(output, TensorType.of(Dtype.FLOAT, "rows", width));
    Model model = withoutUnwanted(editor.finish(name));
    return new Sample(name, Target.of(ModelWriter.write(model), name + ".onnx"), rows);
  }

  /** As exporters write outputs of recurrent nodes that nobody reads: without names. */
  private static Model withoutUnwanted(Model model) {
    Graph graph = model.graph();
    Set<String> wanted = new HashSet<>();
    graph.nodes().forEach(node -> wanted.addAll(node.inputs()));
    graph.outputs().forEach(output -> wanted.add(output.name()));
    List<Node> nodes =
        graph.nodes().stream()
            .map(
                node ->
                    node.with(
                        node.inputs(),
                        node.outputs().stream()
                            .map(value -> wanted.contains(value) ? value : "")
                            .toList()))
            .toList();
    return model.withGraph(
        new Graph(
            graph.name(), graph.inputs(), graph.outputs(), graph.initializers(), nodes, List.of()));
  }

  private String parameter(String name, long... dims) {
    return editor.initializer(name, normal(dims));
  }

  private TensorValue normal(long... dims) {
    int count = 1;
    for (long dim : dims) {
      count = Math.toIntExact(count * dim);
    }
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return TensorValue.ofFloats(values, dims);
  }
}
