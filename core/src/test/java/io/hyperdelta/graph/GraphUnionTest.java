package io.hyperdelta.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class GraphUnionTest {
  private static final TensorType ROWS = TensorType.of(Dtype.FLOAT, "rows", 2);

  /** x -> x + bias -> Relu -> times a factor of its own. */
  private static Model scaled(float factor) {
    GraphEditor editor = GraphEditor.empty("net", 17);
    editor.input("x", ROWS);
    editor.initializer("bias", TensorValue.ofFloats(new float[] {1, 2}, 2));
    editor.initializer("factor", TensorValue.scalar(factor));
    String h = editor.node("Relu", editor.node("Add", "x", "bias"));
    editor.nodeInto("y", "Mul", h, "factor");
    editor.output("y", ROWS);
    return editor.finish("net");
  }

  private static Model union(List<String> reserved, Model... models) {
    GraphUnion union = new GraphUnion(List.of(models), reserved);
    List<String> outputs = new ArrayList<>();
    for (int i = 0; i < models.length; i++) {
      String output = models[i].graph().outputs().get(0).name();
      outputs.add(union.add("m" + (i + 1) + "/", models[i]).get(output));
    }
    GraphEditor editor = union.editor();
    outputs.stream().distinct().forEach(output -> editor.output(output, ROWS));
    return editor.finish("union");
  }

  private static List<String> operators(Model model) {
    return model.graph().nodes().stream().map(Node::op).toList();
  }

  private static List<String> outputs(Model model) {
    return model.graph().outputs().stream().map(ValueInfo::name).toList();
  }

  @Test
  void whatIsEqualIsThereOnceAndTheRestOnceForEachModel() {
    Model union = union(List.of(), scaled(3), scaled(4), scaled(3));

    assertThat(operators(union)).containsExactlyInAnyOrder("Add", "Relu", "Mul", "Mul");
    assertThat(outputs(union)).as("the third is the first").containsExactly("y", "m2/y");
    assertThat(union.graph().initializers().keySet())
        .containsExactlyInAnyOrder("bias", "factor", "m2/factor");
    assertThat(union.graph().inputs()).extracting(ValueInfo::name).containsExactly("x");
  }

  @Test
  void reservedNamesAreLeftFree() {
    Model union = union(List.of("y", "Relu"), scaled(3), scaled(4));

    assertThat(outputs(union)).containsExactly("m1/y", "m2/y");
    assertThat(union.graph().nodes()).extracting(Node::output).doesNotContain("Relu", "y");
  }

  @Test
  void equalNumbersUnderOtherNamesAreOneAndOtherNumbersUnderOneNameAreTwo() {
    Model first = bias("a", 1);
    assertThat(union(List.of(), first, bias("b", 1)).graph().initializers()).hasSize(1);
    assertThat(union(List.of(), first, bias("a", 2)).graph().initializers().keySet())
        .containsExactlyInAnyOrder("a", "m2/a");
  }

  private static Model bias(String name, float value) {
    GraphEditor editor = GraphEditor.empty("net", 17);
    editor.input("x", ROWS);
    editor.initializer(name, TensorValue.ofFloats(new float[] {value, value}, 2));
    editor.output(editor.node("Add", "x", name), ROWS);
    return editor.finish("net");
  }

  /** A branch that reads a value around it, whose maker differs between models. */
  private static Model branching(float factor) {
    GraphEditor editor = GraphEditor.empty("net", 17);
    editor.input("x", ROWS);
    editor.initializer("c", TensorValue.ofIntegers(Dtype.BOOL, new long[] {1}));
    editor.initializer("factor", TensorValue.scalar(factor));
    editor.nodeInto("h", "Mul", "x", "factor");
    Map<String, Attribute> branches =
        Map.of("then_branch", branch("Relu"), "else_branch", branch("Neg"));
    editor.output(editor.node("", "If", branches, List.of("c")), ROWS);
    return editor.finish("net");
  }

  private static Attribute branch(String op) {
    Node node = new Node("", "", op, List.of("h"), List.of(op + "_inside"), Map.of());
    return new Attribute.Subgraph(
        new Graph(
            op,
            List.of(),
            List.of(new ValueInfo(op + "_inside", ROWS)),
            Map.of(),
            List.of(node),
            List.of()));
  }

  @Test
  void graphsInsideNodesReadTheValuesOfTheirOwnModel() {
    Model same = union(List.of(), branching(3), branching(3));
    Model other = union(List.of(), branching(3), branching(4));

    assertThat(operators(same)).containsExactly("Mul", "If");
    assertThat(operators(other)).containsExactlyInAnyOrder("Mul", "Mul", "If", "If");
    assertThat(other.graph().nodes())
        .filteredOn(node -> node.op().equals("If"))
        .extracting(
            node -> node.reads().contains("h") ? "h" : node.reads().contains("m2/h") ? "m2/h" : "")
        .containsExactlyInAnyOrder("h", "m2/h");
  }

  @Test
  void valuesInsideSubgraphsAreNotHidden() {
    GraphEditor editor = GraphEditor.empty("net", 17);
    editor.input("x", ROWS);
    editor.nodeInto("Relu_inside", "Neg", "x");
    editor.output("Relu_inside", ROWS);
    Model clash = editor.finish("net");

    Model union = union(List.of(), branching(3), clash);

    assertThat(outputs(union)).contains("m2/Relu_inside");
  }

  @Test
  void randomNodesAreNeverOne() {
    GraphEditor editor = GraphEditor.empty("net", 17);
    editor.input("x", ROWS);
    editor.output(editor.node("RandomNormalLike", "x"), ROWS);
    Model random = editor.finish("net");

    assertThat(operators(union(List.of(), random, random)))
        .containsExactly("RandomNormalLike", "RandomNormalLike");
  }

  @Test
  void anInputThatMeansTwoThingsIsRefused() {
    GraphEditor editor = GraphEditor.empty("net", 17);
    editor.input("x", TensorType.of(Dtype.FLOAT, "rows", 3));
    editor.output(editor.node("Neg", "x"), ROWS);
    Model other = editor.finish("net");

    assertThatThrownBy(() -> union(List.of(), scaled(1), other))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "Input \"x\" means two things. Expected float [rows, 2] with default null, got float [rows, 3] with default null.");
  }

  @Test
  void twoVersionsOfAnOperatorSetAreRefused() {
    Model old = new Model(8, Map.of("", 16L), "", Map.of(), scaled(1).graph());

    assertThatThrownBy(() -> union(List.of(), scaled(1), old))
        .hasMessage(
            "Models in two versions of operator set \"\" cannot be one. Expected version 17, got 16.");
  }
}
