package io.hyperdelta.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class ConstantFoldingTest {
  private static final TensorValue MATRIX =
      TensorValue.ofFloats(new float[] {1, 2, 3, 4, 5, 6}, 2, 3);

  private final Map<String, TensorValue> initializers = new LinkedHashMap<>();
  private final List<ValueInfo> inputs = new ArrayList<>(List.of(SampleModels.value("x")));
  private final List<ValueInfo> outputs = new ArrayList<>();
  private final List<Node> nodes = new ArrayList<>();
  private long irVersion = 8;

  static IntStream versions() {
    return IntStream.rangeClosed(ModelReader.MIN_OPSET, ModelReader.MAX_OPSET);
  }

  private void node(String op, String output, Map<String, Attribute> attributes, String... reads) {
    nodes.add(new Node("", "", op, List.of(reads), List.of(output), attributes));
  }

  private void constant(String name, String key, Attribute value) {
    node("Constant", name, Map.of(key, value));
  }

  /** The model, with an output that reads some of its values. */
  private Model model(int opset, String... read) {
    nodes.add(new Node("last", "", "Concat", List.of(read), List.of("y"), Map.of()));
    outputs.add(0, SampleModels.value("y"));
    return new Model(
        irVersion,
        Map.of("", (long) opset),
        "p",
        Map.of(),
        new Graph("net", inputs, outputs, initializers, nodes, List.of()));
  }

  private Graph fold(int opset, String... read) {
    Model model = model(opset, read);
    Model folded = ConstantFolding.fold(model);
    GraphCheck.check(folded.graph(), "folded");
    assertThat(ConstantFolding.fold(folded)).as("folded twice").isEqualTo(folded);
    return folded.graph();
  }

  private static List<String> ops(Graph graph) {
    return graph.nodes().stream().map(Node::op).toList();
  }

  @Test
  void constantsOfEveryKindBecomeInitializers() {
    constant("tensor", "value", Attribute.of(MATRIX));
    constant("real", "value_float", Attribute.of(0.5f));
    constant("reals", "value_floats", new Attribute.Reals(List.of(1f, 2f)));
    constant("int", "value_int", Attribute.of(7));
    constant("ints", "value_ints", Attribute.ints(7, 8));
    constant("text", "value_string", Attribute.of("a"));
    constant("texts", "value_strings", Attribute.texts(List.of("a", "b")));

    Graph graph = fold(13, "x", "tensor", "real", "reals", "int", "ints", "text", "texts");

    assertThat(ops(graph)).containsExactly("Concat");
    assertThat(graph.initializers())
        .containsExactly(
            Map.entry("tensor", MATRIX),
            Map.entry("real", TensorValue.scalar(0.5f)),
            Map.entry("reals", TensorValue.ofFloats(new float[] {1, 2}, 2)),
            Map.entry("int", TensorValue.ofLongs(new long[] {7})),
            Map.entry("ints", TensorValue.longs(7, 8)),
            Map.entry("text", TensorValue.ofStrings(List.of("a"))),
            Map.entry("texts", TensorValue.ofStrings(List.of("a", "b"), 2)));
  }

  @ParameterizedTest
  @MethodSource("versions")
  void everyOperatorIsComputedAsItsVersionWritesIt(int opset) {
    initializers.put("w", MATRIX);
    initializers.put("shape", TensorValue.longs(0, 1, -1));
    node("Identity", "same", Map.of(), "w");
    node("Transpose", "turned", Map.of(), "same");
    node("Cast", "doubles", Map.of("to", Attribute.of(Dtype.DOUBLE.code())), "turned");
    node("Reshape", "shaped", Map.of(), "doubles", "shape");
    axes("Squeeze", "narrow", opset, "shaped", 1);
    axes("Unsqueeze", "wide", opset, "narrow", 0, 2);
    node("Flatten", "flat", Map.of("axis", Attribute.of(2)), "wide");
    node("Transpose", "reordered", Map.of("perm", Attribute.ints(0, 2, 1)), "shaped");

    Graph graph = fold(opset, "x", "flat", "reordered");

    assertThat(ops(graph)).containsExactly("Concat");
    assertThat(graph.initializers())
        .containsExactly(
            Map.entry("flat", TensorValue.ofDoubles(new double[] {1, 4, 2, 5, 3, 6}, 3, 2)),
            Map.entry(
                "reordered", TensorValue.ofDoubles(new double[] {1, 4, 2, 5, 3, 6}, 3, 2, 1)));
  }

  private void axes(String op, String output, int opset, String input, long... axes) {
    if (opset < 13) {
      node(op, output, Map.of("axes", Attribute.ints(axes)), input);
    } else {
      constant(output + "_axes", "value", Attribute.of(TensorValue.longs(axes)));
      node(op, output, Map.of(), input, output + "_axes");
    }
  }

  @Test
  void otherNodesStayAsTheyAreInTheirOrder() {
    constant("w", "value", Attribute.of(MATRIX));
    node("MatMul", "a", Map.of(), "x", "w");
    nodes.add(new Node("mine", "my", "Identity", List.of("w"), List.of("b"), Map.of()));
    node("Transpose", "c", Map.of(), "a");
    node("Identity", "d", Map.of(), "x");

    Graph graph = fold(13, "a", "b", "c", "d");

    assertThat(graph.nodes()).containsExactlyElementsOf(nodes.subList(1, nodes.size()));
    assertThat(graph.inputs()).isEqualTo(inputs);
  }

  @Test
  void whatIsAnOutputOfTheGraphStays() {
    constant("c", "value", Attribute.of(MATRIX));
    node("Transpose", "t", Map.of(), "c");
    outputs.add(SampleModels.value("c"));

    Graph graph = fold(13, "x", "t");

    assertThat(ops(graph)).containsExactly("Constant", "Transpose", "Concat");
    assertThat(graph.initializers()).isEmpty();
    assertThat(graph.outputs()).extracting(ValueInfo::name).containsExactly("y", "c");
  }

  @Test
  void whatACallerMayOverrideIsNoConstant() {
    initializers.put("w", MATRIX);
    inputs.add(SampleModels.value("w"));
    node("Transpose", "t", Map.of(), "w");

    Graph graph = fold(13, "x", "t");

    assertThat(ops(graph)).containsExactly("Transpose", "Concat");
    assertThat(graph.inputs()).extracting(ValueInfo::name).containsExactly("x", "w");
  }

  @Test
  void whatAnOldFileListsAsAnInputIsAConstant() {
    irVersion = 3;
    initializers.put("w", MATRIX);
    initializers.put("b", TensorValue.scalar(1));
    inputs.add(SampleModels.value("w"));
    inputs.add(SampleModels.value("b"));
    node("Transpose", "t", Map.of(), "w");
    Model folded = ConstantFolding.fold(model(7, "x", "t", "b"));

    assertThat(folded.irVersion()).isEqualTo(4);
    assertThat(ops(folded.graph())).containsExactly("Concat");
    assertThat(folded.graph().inputs()).extracting(ValueInfo::name).containsExactly("x");
    assertThat(folded.graph().initializers().keySet()).containsExactly("b", "t");
  }

  @Test
  void initializersThatNothingReadsAnyMoreGoUnlessSomethingElseDoes() {
    initializers.put("w", MATRIX);
    initializers.put("kept", MATRIX);
    initializers.put("inner", MATRIX);
    initializers.put("output", MATRIX);
    outputs.add(SampleModels.value("output"));
    for (String name : List.of("w", "kept", "inner")) {
      node("Transpose", name + "_t", Map.of(), name);
    }
    Graph branch =
        SampleModels.graph(
            List.of(),
            List.of(SampleModels.value("i")),
            SampleModels.node("Relu", List.of("inner"), "i"));
    node("If", "z", Map.of("then_branch", new Attribute.Subgraph(branch)), "x");

    Graph graph = fold(13, "x", "kept", "w_t", "kept_t", "inner_t", "z");

    assertThat(graph.initializers().keySet())
        .containsExactly("kept", "inner", "output", "w_t", "kept_t", "inner_t");
  }

  @Test
  void typesOfValuesThatAreGoneGoWithThem() {
    constant("c", "value", Attribute.of(MATRIX));
    node("Transpose", "t", Map.of(), "c");
    Model model = model(13, "x", "t");
    Graph graph = model.graph();
    Model typed =
        model.withGraph(
            new Graph(
                "net",
                inputs,
                outputs,
                initializers,
                graph.nodes(),
                List.of(SampleModels.value("c"), SampleModels.value("t"))));

    assertThat(ConstantFolding.fold(typed).graph().values())
        .extracting(ValueInfo::name)
        .containsExactly("t");
  }

  @Test
  void whatAsksForTheImpossibleStays() {
    initializers.put("w", MATRIX);
    initializers.put("wrong", TensorValue.longs(7));
    initializers.put("open", TensorValue.longs(-1, -1));
    initializers.put("beyond", TensorValue.longs(2, 3, 0));
    initializers.put("reals", TensorValue.scalar(3));
    for (String shape : List.of("wrong", "open", "beyond", "reals")) {
      node("Reshape", shape + "_1", Map.of(), "w", shape);
    }
    node("Transpose", "t1", Map.of("perm", Attribute.ints(0, 0)), "w");
    node("Transpose", "t2", Map.of("perm", Attribute.ints(0)), "w");
    node("Squeeze", "s1", Map.of("axes", Attribute.ints(0)), "w");
    node("Squeeze", "s2", Map.of("axes", Attribute.ints(5)), "w");
    node("Unsqueeze", "u1", Map.of(), "w");
    node("Unsqueeze", "u2", Map.of("axes", Attribute.ints(0, 0)), "w");
    node("Unsqueeze", "u3", Map.of("axes", Attribute.ints(Long.MIN_VALUE)), "w");
    node("Flatten", "f1", Map.of("axis", Attribute.of(3)), "w");
    node("Cast", "c1", Map.of(), "w");
    node("Cast", "c2", Map.of("to", Attribute.of(Dtype.STRING.code())), "w");
    node("Cast", "c3", Map.of("to", Attribute.of((1L << 32) + 1)), "w");
    node("Constant", "k1", Map.of());
    node("Identity", "i1", Map.of());
    List<Node> before = List.copyOf(nodes);
    String[] read = before.stream().map(Node::output).toArray(String[]::new);

    Graph graph = fold(7, read);

    assertThat(graph.nodes().subList(0, before.size())).isEqualTo(before);
  }

  @Test
  void anAttributeOfTheWrongTypeIsRefused() {
    constant("c", "value", Attribute.of(3));
    assertThatThrownBy(() -> ConstantFolding.fold(model(13, "x", "c")))
        .isInstanceOf(ModelException.class)
        .hasMessage(
            "Constant node making \"c\" has an attribute \"value\" of the wrong type. Expected a"
                + " tensor, got Int.");
  }

  @Test
  void aFileCannotMakeItselfManyTimesAsLarge() {
    initializers.put("w", TensorValue.ofFloats(new float[1 << 20], 1 << 10, 1 << 10));
    String[] read = new String[100];
    for (int i = 0; i < read.length; i++) {
      read[i] = "t" + i;
      node("Transpose", read[i], Map.of(), "w");
    }

    Graph graph = ConstantFolding.fold(model(13, read)).graph();

    assertThat(ops(graph)).hasSize(1 + 100 - 4).contains("Transpose");
    assertThat(graph.initializers()).hasSize(1 + 4);
  }

  @Test
  void halfPrecisionWeightsAreWidenedAndTurned() {
    TensorValue half = TensorMath.cast(MATRIX, Dtype.FLOAT16).orElseThrow();
    initializers.put("w", half);
    node("Cast", "wide", Map.of("to", Attribute.of(Dtype.FLOAT.code())), "w");
    node("Transpose", "t", Map.of(), "wide");

    Graph graph = fold(13, "x", "t");

    assertThat(graph.initializers())
        .isEqualTo(Map.of("t", TensorValue.ofFloats(new float[] {1, 4, 2, 5, 3, 6}, 3, 2)));
  }

  @Test
  void aModelWithoutConstantsIsItself() {
    initializers.put("w", MATRIX);
    Model model = model(13, "x", "w");

    assertThat(ConstantFolding.fold(model)).isEqualTo(model);
  }
}
