package io.hyperdelta.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class GraphEditorTest {
  private static final TensorType ROWS = SampleModels.ROWS;

  private static GraphEditor editor(int opset) {
    GraphEditor editor = GraphEditor.empty("net", opset);
    editor.input("x", ROWS);
    return editor;
  }

  private static List<String> ops(Model model) {
    return model.graph().nodes().stream().map(Node::op).toList();
  }

  @Test
  void aDivertedValueIsMadeByAnotherNode() {
    GraphEditor first = editor(13);
    first.nodeInto("h", "Relu", "x");
    first.nodeInto("y", "Tanh", "h");
    first.output("y", ROWS);
    first.output("h", ROWS);
    GraphEditor editor = GraphEditor.of(first.finish("net"));

    String moved = editor.divert("h", "before");
    editor.nodeInto("h", "Neg", moved);
    Graph graph = editor.finish("net").graph();

    assertThat(moved).isEqualTo("before");
    assertThat(graph.nodes()).extracting(Node::op).containsExactly("Relu", "Neg", "Tanh");
    assertThat(graph.nodes().get(0).outputs()).containsExactly("before");
    assertThat(graph.nodes().get(1).inputs()).containsExactly("before");
    assertThat(graph.nodes().get(2).inputs()).containsExactly("h");
    assertThat(graph.outputs()).extracting(ValueInfo::name).containsExactly("y", "h");
  }

  @Test
  void onlyWhatANodeMakesCanBeDiverted() {
    assertThatThrownBy(() -> editor(13).divert("x", "before"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("No node makes the value \"x\".");
  }

  @Test
  void freshNamesAreFree() {
    GraphEditor editor = editor(13);
    editor.initializer("Relu", TensorValue.scalar(1));

    assertThat(editor.node("Relu", "x")).isEqualTo("Relu_2");
    assertThat(editor.node("Relu", "x")).isEqualTo("Relu_3");
    assertThat(editor.freshName("x")).isEqualTo("x_2");
    editor.prefix("p/");
    assertThat(editor.freshName("x")).isEqualTo("p/x");
    assertThat(editor.freshName("x")).isEqualTo("p/x_2");
    assertThat(editor.has("p/x_2")).isTrue();
    assertThat(editor.has("p/x_3")).isFalse();
  }

  @Test
  void noTwoNodesHaveOneName() {
    Model base =
        new Model(
            8,
            Map.of("", 13L),
            "p",
            Map.of(),
            SampleModels.graph(
                List.of(SampleModels.value("x")),
                List.of(SampleModels.value("y")),
                new Node("Tanh", "", "Relu", List.of("x"), List.of("y"), Map.of())));
    GraphEditor editor = GraphEditor.of(base);

    editor.output(editor.node("Tanh", "y"), ROWS);

    assertThat(editor.finish("net").graph().nodes())
        .extracting(Node::name)
        .containsExactly("Tanh", "Tanh_2");
  }

  @Test
  void aTakenNameIsRefused() {
    GraphEditor editor = editor(13);
    String message = "The name \"x\" is taken in graph \"net\". Expected a free one.";

    assertThatThrownBy(() -> editor.input("x", ROWS)).hasMessage(message);
    assertThatThrownBy(() -> editor.initializer("x", TensorValue.scalar(1))).hasMessage(message);
    assertThatThrownBy(() -> editor.nodeInto("x", "Relu", "x")).hasMessage(message);
    assertThatThrownBy(() -> editor.optionalInput("x", ROWS, TensorValue.scalar(1)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(message);
    assertThatThrownBy(() -> editor.initializer("w"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("There is no initializer \"w\".");
    assertThatThrownBy(() -> editor.replaceInitializer("w", TensorValue.scalar(1)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("There is no initializer \"w\".");
  }

  @Test
  void anOptionalInputHasADefault() {
    GraphEditor editor = editor(13);
    editor.optionalInput("strength", TensorType.of(Dtype.FLOAT), TensorValue.scalar(1));
    editor.output(editor.node("Relu", "x"), ROWS);

    Graph graph = editor.finish("net").graph();

    assertThat(graph.inputs()).extracting(ValueInfo::name).containsExactly("x", "strength");
    assertThat(graph.requiredInputs()).extracting(ValueInfo::name).containsExactly("x");
    assertThat(graph.initializers()).isEqualTo(Map.of("strength", TensorValue.scalar(1)));
  }

  @Test
  void whatNoOutputNeedsIsLeftOut() {
    GraphEditor editor = editor(13);
    editor.initializer("used", TensorValue.scalar(1));
    editor.initializer("unused", TensorValue.scalar(2));
    editor.initializer("read by a dead node", TensorValue.scalar(3));
    editor.initializer("an output", TensorValue.scalar(4));
    String dead = editor.node("Add", "x", "read by a dead node");
    editor.node("Relu", dead);
    editor.output(editor.node("Mul", "x", "used"), ROWS);
    editor.output("an output", TensorType.of(Dtype.FLOAT));

    Model model = editor.finish("net");

    assertThat(ops(model)).containsExactly("Mul");
    assertThat(model.graph().initializers().keySet()).containsExactly("used", "an output");
  }

  @Test
  void whatOnlyASubgraphReadsIsKept() {
    Graph inner =
        SampleModels.graph(
            List.of(),
            List.of(SampleModels.value("i")),
            SampleModels.node("Add", List.of("h", "w"), "i"));
    GraphEditor editor = editor(13);
    editor.initializer("w", TensorValue.scalar(1));
    editor.nodeInto("h", "Relu", "x");
    editor.output(
        editor.node("If", Map.of("then_branch", new Attribute.Subgraph(inner)), "x"), ROWS);

    Model model = editor.finish("net");

    assertThat(ops(model)).containsExactly("Relu", "If");
    assertThat(model.graph().initializers().keySet()).containsExactly("w");
  }

  @Test
  void equalConstantsAreKeptOnce() {
    GraphEditor editor = editor(13);

    assertThat(editor.constant(TensorValue.longs(1, 2)))
        .isEqualTo(editor.constant(TensorValue.longs(1, 2)))
        .isNotEqualTo(editor.constant(TensorValue.ofLongs(new long[] {1, 2}, 1, 2)));
  }

  @Test
  void aCycleIsNamed() {
    GraphEditor editor = editor(13);
    editor.nodeInto("a", "Add", "x", "b");
    editor.nodeInto("b", "Relu", "a");
    editor.output("b", ROWS);

    assertThatThrownBy(() -> editor.finish("net"))
        .isInstanceOf(ModelException.class)
        .hasMessage("The graph has a cycle through Add node \"a\".");
  }

  @Test
  void aLooseEndIsNamed() {
    GraphEditor editor = editor(13);
    editor.nodeInto("a", "Add", "x", "nothing");
    editor.output("a", ROWS);

    assertThatThrownBy(() -> editor.finish("woven"))
        .isInstanceOf(ModelException.class)
        .hasMessage(
            "Model \"woven\" has a loose end: Add node \"a\" reads \"nothing\", which nothing"
                + " makes.");
  }

  @Test
  void aChainOfAHundredThousandNodesIsSorted() {
    int length = 100_000;
    List<Integer> order = new ArrayList<>();
    for (int i = 1; i <= length; i++) {
      order.add(i);
    }
    List<List<Integer>> orders = new ArrayList<>();
    orders.add(List.copyOf(order));
    Collections.reverse(order);
    orders.add(List.copyOf(order));
    Collections.shuffle(order, new Random(1));
    orders.add(List.copyOf(order));
    for (List<Integer> adding : orders) {
      GraphEditor editor = GraphEditor.empty("net", 13);
      editor.input("v0", ROWS);
      adding.forEach(i -> editor.nodeInto("v" + i, "Relu", "v" + (i - 1)));
      editor.output("v" + length, ROWS);

      Model model = Assertions.assertTimeout(Duration.ofSeconds(20), () -> editor.finish("chain"));

      assertThat(model.graph().nodes()).hasSize(length);
      assertThat(model.graph().nodes().get(0).output()).isEqualTo("v1");
      assertThat(model.graph().nodes().get(length - 1).output()).isEqualTo("v" + length);
    }
  }

  @ParameterizedTest
  @CsvSource({"11,false", "13,false", "17,false", "18,true", "21,true"})
  void meanTakesItsAxisAsTheVersionWantsIt(int opset, boolean asInput) {
    GraphEditor editor = editor(opset);
    editor.output(editor.reduceMean("x", -1), ROWS);

    Graph graph = editor.finish("net").graph();

    Node mean = graph.nodes().get(0);
    assertThat(mean.op()).isEqualTo("ReduceMean");
    assertThat(mean.intAttribute("keepdims", 7)).isEqualTo(1);
    if (asInput) {
      assertThat(mean.intsAttribute("axes")).isNull();
      assertThat(graph.initializers().get(mean.inputs().get(1))).isEqualTo(TensorValue.longs(-1));
    } else {
      assertThat(mean.intsAttribute("axes")).containsExactly(-1);
      assertThat(mean.inputs()).containsExactly("x");
    }
  }

  @ParameterizedTest
  @CsvSource({"7,false", "12,false", "13,true", "17,true", "18,true", "21,true"})
  void sumTakesItsAxisAsTheVersionWantsIt(int opset, boolean asInput) {
    GraphEditor editor = editor(opset);
    editor.output(editor.reduceSum("x", 1), ROWS);

    Graph graph = editor.finish("net").graph();

    Node sum = graph.nodes().get(0);
    assertThat(sum.op()).isEqualTo("ReduceSum");
    assertThat(sum.intAttribute("keepdims", 7)).isEqualTo(0);
    if (asInput) {
      assertThat(sum.intsAttribute("axes")).isNull();
      assertThat(graph.initializers().get(sum.inputs().get(1))).isEqualTo(TensorValue.longs(1));
    } else {
      assertThat(sum.intsAttribute("axes")).containsExactly(1);
      assertThat(sum.inputs()).containsExactly("x");
    }
  }

  @ParameterizedTest
  @CsvSource({"7", "10", "13", "16", "17", "18", "21"})
  void layerNormalizationIsOneNodeWhereTheVersionHasIt(int opset) {
    GraphEditor editor = editor(opset);
    editor.initializer("scale", TensorValue.ofFloats(new float[] {1, 1}, 2));
    editor.initializer("shift", TensorValue.ofFloats(new float[] {0, 0}, 2));
    editor.output(editor.layerNormalization("x", "scale", "shift"), ROWS);

    Model model = editor.finish("net");

    if (opset >= 17) {
      assertThat(ops(model)).containsExactly("LayerNormalization");
      Node norm = model.graph().nodes().get(0);
      assertThat(norm.inputs()).containsExactly("x", "scale", "shift");
      assertThat(norm.intAttribute("axis", 0)).isEqualTo(-1);
      assertThat(norm.realAttribute("epsilon", 0)).isEqualTo(1e-5f);
    } else {
      assertThat(ops(model))
          .containsExactly(
              "ReduceMean", "Sub", "Mul", "ReduceMean", "Add", "Sqrt", "Div", "Mul", "Add");
    }
    assertThat(ModelReader.read(ModelWriter.write(model), "norm")).isEqualTo(model);
  }

  @Test
  void theDomainOfTextOperatorsIsImportedWhereItIsUsed() {
    GraphEditor without = editor(13);
    without.output(without.node("Relu", "x"), ROWS);
    GraphEditor with = editor(13);
    with.output(with.node(GraphEditor.ML_DOMAIN, "OneHotEncoder", Map.of(), List.of("x")), ROWS);

    assertThat(without.finish("net").opsets()).isEqualTo(Map.of("", 13L));
    assertThat(with.finish("net").opsets()).isEqualTo(Map.of("", 13L, "ai.onnx.ml", 2L));
  }
}
