package io.hyperdelta.autodiff;

import static io.hyperdelta.autodiff.ControlCases.graph;
import static io.hyperdelta.autodiff.ControlCases.info;
import static io.hyperdelta.autodiff.ControlCases.node;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hyperdelta.graph.Attribute;
import io.hyperdelta.graph.Dtype;
import io.hyperdelta.graph.Graph;
import io.hyperdelta.graph.GraphEditor;
import io.hyperdelta.graph.Node;
import io.hyperdelta.graph.TensorType;
import io.hyperdelta.graph.TensorValue;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerScope;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Graphs inside nodes: inlined where the branch is known, chosen per run where shapes decide. */
@ExtendWith(NoLiveTensors.class)
@SuppressWarnings("try") // scopes work by being open
class ControlFlowTest {

  /** y = x * w if there is one row, else -x. */
  private static GraphEditor byRows() {
    GraphEditor editor = editor();
    branch(
        editor, oneRow(editor), times("w"), graph(List.of(), List.of("y"), node("Neg", "y", "x")));
    return editor;
  }

  private static String oneRow(GraphEditor editor) {
    String rows = editor.node("Gather", editor.node("Shape", "x"), editor.constant(Case.scalar(0)));
    return editor.node("Equal", rows, editor.constant(Case.scalar(1)));
  }

  private static GraphEditor editor() {
    GraphEditor editor = GraphEditor.empty("control", 17);
    editor.input("x", TensorType.of(Dtype.FLOAT, "rows", 2));
    editor.initializer("w", TensorValue.ofFloats(new float[] {2, 3}, 2));
    return editor;
  }

  private static Attribute times(String factor) {
    return graph(List.of(), List.of("y"), node("Mul", "y", "x", factor));
  }

  private static void branch(
      GraphEditor editor, String condition, Attribute then, Attribute otherwise) {
    String y = editor.node("If", Map.of("then_branch", then, "else_branch", otherwise), condition);
    editor.output(y, TensorType.of(Dtype.FLOAT, "rows", 2));
  }

  private static Program program(GraphEditor editor, String... trainable) {
    return Program.compile(editor.finish("control"), Set.of(trainable), Precision.FLOAT);
  }

  private static Map<String, Value> rows(int count) {
    float[] values = new float[2 * count];
    Arrays.fill(values, 5);
    return Map.of("x", Value.of(Tensors.ofFloats(values, count, 2)));
  }

  private static float[] output(List<Value> outputs) {
    return Tensors.floats(((Value.Device) outputs.get(0)).tensor());
  }

  @Test
  void aKnownBranchIsInlinedWithAllItReads() {
    Graph inner =
        new Graph(
            "inner",
            List.of(),
            List.of(info("z", Dtype.FLOAT)),
            Map.of("shift", TensorValue.scalar(1)),
            List.of(node("Add", "sum", "x", "shift"), node("Mul", "z", "sum", "factor")),
            List.of());
    Node nested =
        new Node(
            "",
            "",
            "If",
            List.of("no"),
            List.of("y"),
            Map.of("then_branch", times("w"), "else_branch", new Attribute.Subgraph(inner)));
    Node constant =
        new Node(
            "",
            "",
            "Constant",
            List.of(),
            List.of("ten"),
            Map.of("value", Attribute.of(TensorValue.scalar(10))));
    Node no = node("Not", "no", "yes");
    GraphEditor editor = editor();
    editor.initializer("yes", Case.bools(1));
    branch(
        editor,
        "yes",
        graph(List.of(), List.of("y"), constant, node("Add", "factor", "w", "ten"), no, nested),
        graph(List.of(), List.of("y"), node("Quux", "y", "x")));

    try (PointerScope scope = new PointerScope();
        Program program = program(editor)) {
      assertThat(program.stepCount()).isEqualTo(2);
      assertThat(output(program.run(rows(1)))).containsExactly(72, 78);
    }
  }

  @Test
  void shapesChooseTheBranchOfEachRun() {
    try (PointerScope scope = new PointerScope();
        Program program = program(byRows())) {
      assertThat(output(program.run(rows(1)))).containsExactly(10, 15);
      assertThat(output(program.run(rows(2)))).containsExactly(-5, -5, -5, -5);
    }
  }

  @Test
  void gradientsReachWhatABranchCaptures() {
    try (PointerScope scope = new PointerScope();
        Program program = program(byRows(), "w")) {
      ((Value.Device) program.run(rows(1)).get(0)).tensor().sum().backward();

      assertThat(Tensors.floats(program.parameters().tensors().get(0).grad()))
          .containsExactly(5, 5);
      // The shape arithmetic is frozen, the branch is not, since it reads the parameter.
      assertThat(program.prefix().nodeCount()).isEqualTo(program.stepCount() - 1);
    }
  }

  @Test
  void aBranchLeavesNothingBehind() {
    try (PointerScope scope = new PointerScope();
        Program program = program(byRows(), "w")) {
      Map<String, Value> x = rows(1);
      program.run(x);
      long before = Pointer.totalCount();
      program.run(x);

      assertThat(Pointer.totalCount() - before).isEqualTo(1);
    }
  }

  @Test
  void aBranchMayHandOnWhatItCaptures() {
    GraphEditor editor = editor();
    branch(editor, oneRow(editor), graph(List.of(), List.of("x")), graph(List.of(), List.of("w")));
    try (PointerScope scope = new PointerScope();
        Program program = program(editor)) {
      for (int run = 0; run < 3; run++) {
        assertThat(output(program.run(rows(1)))).containsExactly(5, 5);
        assertThat(output(program.run(rows(2)))).containsExactly(2, 3);
      }
    }
  }

  @Test
  void numbersThatFlowThroughTheNetworkDecideNothing() {
    GraphEditor editor = editor();
    String sum = editor.node("ReduceSum", Map.of("keepdims", Attribute.of(0)), "x");
    String positive = editor.node("Greater", sum, editor.constant(TensorValue.scalar(0)));
    branch(editor, positive, times("w"), times("x"));
    try (PointerScope scope = new PointerScope();
        Program program = program(editor)) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> program.run(rows(1)))
          .withMessageContaining("the condition depends on the values of inputs");
    }
  }

  @Test
  void anErrorNamesTheNodeInside() {
    GraphEditor editor = editor();
    editor.initializer("v", TensorValue.ofFloats(new float[3], 3));
    branch(editor, oneRow(editor), times("v"), times("w"));
    try (PointerScope scope = new PointerScope();
        Program program = program(editor)) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> program.run(rows(1)))
          .withMessageStartingWith("Mul node making \"y\" cannot run: ")
          .withMessageEndingWith("got float [1, 2], float [3].");
    }
  }

  @Test
  void unsupportedOperatorsInsideAreListed() {
    GraphEditor editor = editor();
    editor.input("flag", TensorType.of(Dtype.BOOL));
    branch(
        editor,
        "flag",
        graph(List.of(), List.of("y"), node("Quux", "y", "x")),
        graph(List.of(), List.of("y"), node("Frob", "y", "x")));

    assertThatThrownBy(() -> program(editor))
        .isInstanceOf(UnsupportedModelException.class)
        .hasMessageContaining("got Frob (making [y]); Quux (making [y]).");
  }
}
