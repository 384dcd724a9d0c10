package io.hyperdelta.target;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.FunctionProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.SparseTensorProto;
import ai.onnx.proto.OnnxMl.StringStringEntryProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TypeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import io.hyperdelta.graph.Attribute;
import io.hyperdelta.graph.Dim;
import io.hyperdelta.graph.Dtype;
import io.hyperdelta.graph.Graph;
import io.hyperdelta.graph.GraphEditor;
import io.hyperdelta.graph.Model;
import io.hyperdelta.graph.ModelWriter;
import io.hyperdelta.graph.Node;
import io.hyperdelta.graph.TensorType;
import io.hyperdelta.graph.TensorValue;
import io.hyperdelta.graph.ValueInfo;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;

/**
 * The inputs that fuzzing starts from, by file name; those named {@code bad-} must be refused.
 * Small, and together with something of everything that a file can hold.
 */
final class Corpus {
  private static final TensorType ROWS = TensorType.of(Dtype.FLOAT, "rows", 4);

  private Corpus() {}

  private static TensorValue floats(long... dims) {
    int count = (int) Arrays.stream(dims).reduce(1, (a, b) -> a * b);
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = i - 1.5f;
    }
    return TensorValue.ofFloats(values, dims);
  }

  private static TensorValue numbers(Dtype dtype, long... dims) {
    int count = (int) Arrays.stream(dims).reduce(1, (a, b) -> a * b);
    byte[] bytes = new byte[count * dtype.byteWidth()];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) (i * 37);
    }
    return TensorValue.ofBytes(dtype, dims, ByteBuffer.wrap(bytes));
  }

  private static Node node(
      String name, String op, Map<String, Attribute> attributes, String output, String... inputs) {
    return new Node(name, "", op, List.of(inputs), List.of(output), attributes);
  }

  static Map<String, byte[]> models() {
    Map<String, byte[]> files = new LinkedHashMap<>();
    for (int opset : new int[] {7, 13, 21}) {
      files.put("layers-" + opset + ".onnx", ModelWriter.write(layers(opset)));
      files.put("constants-" + opset + ".onnx", ModelWriter.write(constants(opset)));
    }
    files.put("old.onnx", ModelWriter.write(old()));
    files.put("everything.onnx", ModelWriter.write(everything()));
    byte[] sound = ModelWriter.write(layers(13));
    files.put("bad-cut.onnx", Arrays.copyOf(sound, sound.length * 2 / 3));
    files.put("bad-opset.onnx", ModelWriter.write(layers(6)));
    files.put("bad-empty.onnx", new byte[0]);
    files.put("bad-text.onnx", new byte[] {'P', 'K', 3, 4});
    hostile(files);
    return files;
  }

  private static Model layers(int opset) {
    GraphEditor editor = GraphEditor.empty("net", opset);
    editor.input("x", ROWS);
    editor.initializer("fc1.weight", floats(3, 4));
    editor.initializer("fc1.bias", floats(3));
    editor.initializer("onnx::MatMul_7", floats(3, 2));
    editor.initializer("b", floats(1, 2));
    editor.optionalInput("scale", TensorType.of(Dtype.FLOAT), TensorValue.scalar(2));
    String h =
        editor.node("Gemm", Map.of("transB", Attribute.of(1)), "x", "fc1.weight", "fc1.bias");
    h = editor.node("Add", editor.node("MatMul", editor.node("Relu", h), "onnx::MatMul_7"), "b");
    editor.output(editor.node("Mul", h, "scale"), TensorType.of(Dtype.FLOAT, "rows", 2));
    return editor.finish("net");
  }

  /** Weights behind everything that is folded. */
  private static Model constants(int opset) {
    List<Node> nodes = new ArrayList<>();
    nodes.add(node("", "Constant", Map.of("value", Attribute.of(floats(2, 4))), "w"));
    nodes.add(node("", "Transpose", Map.of("perm", Attribute.ints(1, 0)), "w_t", "w"));
    nodes.add(node("", "Cast", Map.of("to", Attribute.of(1)), "w2", "half"));
    nodes.add(node("", "Flatten", Map.of("axis", Attribute.of(1)), "w3", "w2"));
    nodes.add(node("", "Constant", Map.of("value", Attribute.of(TensorValue.longs(-1, 2))), "s"));
    nodes.add(node("", "Reshape", Map.of(), "w4", "w3", "s"));
    nodes.add(node("", "Constant", Map.of("value_ints", Attribute.ints(0)), "zero"));
    boolean asInput = opset >= 13;
    Map<String, Attribute> axes = asInput ? Map.of() : Map.of("axes", Attribute.ints(0));
    String[] inputs = asInput ? new String[] {"bias", "zero"} : new String[] {"bias"};
    nodes.add(node("", "Unsqueeze", axes, "b1", inputs));
    inputs[0] = "b1";
    nodes.add(node("", "Squeeze", axes, "b2", inputs));
    nodes.add(node("", "Identity", Map.of(), "b", "b2"));
    nodes.add(node("/fc1/MatMul", "MatMul", Map.of(), "h", "x", "w_t"));
    nodes.add(node("/fc2/MatMul", "MatMul", Map.of(), "g", "h", "w4"));
    nodes.add(node("/fc2/Add", "Add", Map.of(), "y", "g", "b"));
    Map<String, TensorValue> initializers = new LinkedHashMap<>();
    initializers.put("half", numbers(Dtype.FLOAT16, 1, 2, 2));
    initializers.put("bias", floats(2));
    Graph graph =
        new Graph(
            "net",
            List.of(new ValueInfo("x", ROWS)),
            List.of(new ValueInfo("y", ROWS)),
            initializers,
            nodes,
            List.of(new ValueInfo("w", ROWS)));
    return new Model(8, Map.of("", (long) opset), "corpus", Map.of(), graph);
  }

  /** As the oldest files are: every initializer is an input too. */
  private static Model old() {
    Model model = layers(7);
    Graph graph = model.graph();
    List<ValueInfo> inputs = new ArrayList<>(graph.inputs());
    for (String name : List.of("fc1.weight", "fc1.bias", "onnx::MatMul_7", "b")) {
      inputs.add(new ValueInfo(name, new TensorType(Dtype.FLOAT, null)));
    }
    return new Model(
        3,
        model.opsets(),
        "old",
        Map.of(),
        new Graph("old", inputs, graph.outputs(), graph.initializers(), graph.nodes(), List.of()));
  }

  /** Every kind of attribute, element type and declared axis, and subgraphs. */
  private static Model everything() {
    Map<String, Attribute> attributes = new LinkedHashMap<>();
    attributes.put("int", Attribute.of(-1));
    attributes.put("real", Attribute.of(Float.NaN));
    attributes.put("text", Attribute.of("größe"));
    attributes.put("ints", Attribute.ints(1, Long.MIN_VALUE));
    attributes.put("reals", new Attribute.Reals(List.of(-0f, 1e30f)));
    attributes.put("texts", Attribute.texts(List.of("", "b")));
    Graph inner =
        new Graph(
            "inner",
            List.of(),
            List.of(new ValueInfo("o", ROWS)),
            Map.of("c", floats(4)),
            List.of(node("", "Add", Map.of(), "o", "x", "c")),
            List.of());
    attributes.put("body", new Attribute.Subgraph(inner));
    Map<String, TensorValue> initializers = new LinkedHashMap<>();
    for (Dtype dtype : Dtype.values()) {
      initializers.put(
          dtype.name(),
          dtype == Dtype.STRING ? TensorValue.ofStrings(List.of("a", ""), 2) : numbers(dtype, 2));
    }
    List<String> all = new ArrayList<>(initializers.keySet());
    all.add("");
    TensorType open =
        new TensorType(Dtype.FLOAT, List.of(Dim.of("rows"), new Dim.Unknown(), Dim.of(4)));
    Graph graph =
        new Graph(
            "everything",
            List.of(new ValueInfo("x", open), new ValueInfo("k", new TensorType(Dtype.BOOL, null))),
            List.of(new ValueInfo("y", ROWS), new ValueInfo("z", ROWS)),
            initializers,
            List.of(
                new Node("all", "my", "Everything", all, List.of("y", ""), attributes),
                node("if", "If", Map.of("then_branch", new Attribute.Subgraph(inner)), "z", "k")),
            List.of(new ValueInfo("y", ROWS)));
    // In a fixed order, which Map.of has not.
    Map<String, Long> opsets = new LinkedHashMap<>();
    opsets.put("", 13L);
    opsets.put("my", 1L);
    return new Model(8, opsets, "corpus", Map.of("author", "me"), graph);
  }

  private static void hostile(Map<String, byte[]> files) {
    put(files, "bad-cycle", net().addNode(relu("a", "b")).addNode(relu("b", "a")));
    put(files, "bad-twice", net().addNode(relu("y", "x")));
    put(files, "bad-loose", net().addNode(relu("z", "nothing")));
    put(files, "bad-output", net().addOutput(info("nothing")));
    put(files, "bad-unnamed", net().addInput(info("")));
    put(files, "bad-inputs", net().addInput(info("x")));
    put(
        files,
        "bad-name",
        net().addInput(info("q").setNameBytes(ByteString.copyFrom(new byte[] {-1}))));
    put(files, "bad-huge", net().addInitializer(tensor("w", 1L << 62, 4)));
    put(files, "bad-zero", net().addInitializer(tensor("w", 0, Long.MAX_VALUE, 3)));
    put(files, "bad-negative", net().addInitializer(tensor("w", -1)));
    put(files, "bad-count", net().addInitializer(tensor("w", 3).addFloatData(1)));
    put(files, "bad-type", net().addInitializer(tensor("w").setDataType(99)));
    StringStringEntryProto.Builder location =
        StringStringEntryProto.newBuilder().setKey("location").setValue("../../etc/passwd");
    put(files, "bad-external", net().addInitializer(tensor("w", 4).addExternalData(location)));
    put(files, "bad-sparse", net().addSparseInitializer(SparseTensorProto.newBuilder()));
    put(
        files,
        "bad-sequence",
        net()
            .addInput(
                ValueInfoProto.newBuilder()
                    .setName("q")
                    .setType(
                        TypeProto.newBuilder().setSequenceType(TypeProto.Sequence.newBuilder()))));
    AttributeProto.Builder attribute = AttributeProto.newBuilder().setName("a").setI(1);
    put(files, "untyped", net().addNode(relu("z", "x").addAttribute(attribute)));
    put(
        files,
        "bad-untyped",
        net().addNode(relu("z", "x").addAttribute(attribute.clone().setF(1))));
    put(
        files,
        "bad-attributes",
        net().addNode(relu("z", "x").addAttribute(attribute).addAttribute(attribute)));
    put(
        files,
        "bad-constant",
        net()
            .addNode(
                NodeProto.newBuilder()
                    .setOpType("Constant")
                    .addOutput("c")
                    .addAttribute(attribute.clone().setName("value"))));
    files.put(
        "bad-function.onnx",
        ModelProto.newBuilder()
            .setGraph(net())
            .addFunctions(FunctionProto.newBuilder())
            .build()
            .toByteArray());
    GraphProto.Builder nested = net();
    for (int i = 0; i < 40; i++) {
      nested = net().addNode(relu("z", "x").addAttribute(AttributeProto.newBuilder().setG(nested)));
    }
    put(files, "bad-deep", nested);
  }

  private static void put(Map<String, byte[]> files, String name, GraphProto.Builder graph) {
    ModelProto.Builder model = ModelProto.newBuilder().setIrVersion(8).setGraph(graph);
    model.addOpsetImportBuilder().setVersion(13);
    files.put(name + ".onnx", model.build().toByteArray());
  }

  private static GraphProto.Builder net() {
    return GraphProto.newBuilder().addInput(info("x")).addNode(relu("y", "x")).addOutput(info("y"));
  }

  private static NodeProto.Builder relu(String output, String input) {
    return NodeProto.newBuilder().setOpType("Relu").addInput(input).addOutput(output);
  }

  private static ValueInfoProto.Builder info(String name) {
    return ValueInfoProto.newBuilder()
        .setName(name)
        .setType(
            TypeProto.newBuilder().setTensorType(TypeProto.Tensor.newBuilder().setElemType(1)));
  }

  private static TensorProto.Builder tensor(String name, long... dims) {
    TensorProto.Builder tensor = TensorProto.newBuilder().setName(name).setDataType(1);
    for (long dim : dims) {
      tensor.addDims(dim);
    }
    return tensor;
  }

  /** Each element type raw and in its own field, and the flaws that a tensor can have. */
  static Map<String, byte[]> tensors() {
    Map<String, byte[]> files = new LinkedHashMap<>();
    for (TensorProto raw : initializers(everything())) {
      files.put("raw-" + raw.getName() + ".pb", raw.toByteArray());
    }
    files.put("floats.pb", tensor("t", 2).addFloatData(1).addFloatData(-0f).build().toByteArray());
    files.put(
        "halves.pb", tensor("t", 1, 1).setDataType(10).addInt32Data(0x3c00).build().toByteArray());
    files.put(
        "longs.pb",
        tensor("t", 2).setDataType(7).addInt64Data(-1).addInt64Data(5).build().toByteArray());
    files.put("doubles.pb", tensor("t").setDataType(11).addDoubleData(1e300).build().toByteArray());
    files.put(
        "unsigned.pb", tensor("t", 1).setDataType(13).addUint64Data(-1).build().toByteArray());
    files.put("none.pb", tensor("t", 0, 1L << 40).build().toByteArray());
    files.put("bad-empty.pb", new byte[0]);
    for (String name :
        List.of("bad-huge", "bad-zero", "bad-negative", "bad-count", "bad-external")) {
      files.put(
          name + ".pb",
          initializers(Objects.requireNonNull(models().get(name + ".onnx"))).get(0).toByteArray());
    }
    return files;
  }

  /** Choices for {@link ModelEdits}: there is no telling which are good, but there must be many. */
  static Map<String, byte[]> choices() {
    Map<String, byte[]> files = new LinkedHashMap<>();
    Random random = new Random(8);
    for (int i = 0; i < 16; i++) {
      byte[] bytes = new byte[64 + 32 * i];
      random.nextBytes(bytes);
      files.put("choices-" + i, bytes);
    }
    return files;
  }

  private static List<TensorProto> initializers(Model model) {
    return initializers(ModelWriter.write(model));
  }

  private static List<TensorProto> initializers(byte[] model) {
    try {
      return ModelProto.parseFrom(model).getGraph().getInitializerList();
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException(e);
    }
  }
}
