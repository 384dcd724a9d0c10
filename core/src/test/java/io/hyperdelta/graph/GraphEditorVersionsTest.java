package io.hyperdelta.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the editor writes follows the version of the operator set and of the file format. */
final class GraphEditorVersionsTest {
  private static final TensorType ROWS = SampleModels.ROWS;

  private static GraphEditor editor(int opset) {
    GraphEditor editor = GraphEditor.empty("net", opset);
    editor.input("x", ROWS);
    return editor;
  }

  private static Graph finish(GraphEditor editor, String output) {
    editor.output(output, ROWS);
    return editor.finish("net").graph();
  }

  private static List<String> ops(Graph graph) {
    return graph.nodes().stream().map(Node::op).toList();
  }

  @ParameterizedTest
  @ValueSource(ints = {7, 10, 13, 21})
  void theFirstAxisIsTakenByAnOperatorThatNeverChanged(int opset) {
    GraphEditor editor = editor(opset);

    Graph graph = finish(editor, editor.firstDim("x"));

    assertThat(ops(graph)).containsExactly("Shape", "Gather");
    assertThat(graph.initializers().values()).containsExactly(TensorValue.longs(0));
  }

  @ParameterizedTest
  @CsvSource({"7,false", "10,false", "11,true", "21,true"})
  void paddingTakesItsWidthsAsTheVersionWantsThem(int opset, boolean asInput) {
    GraphEditor editor = editor(opset);

    Graph graph = finish(editor, editor.pad("x", 2, 0, 1, 0, 3));

    Node pad = graph.nodes().get(0);
    if (asInput) {
      assertThat(pad.attributes()).isEmpty();
      assertThat(pad.inputs()).hasSize(3);
      assertThat(graph.initializers().values())
          .containsExactly(TensorValue.longs(0, 1, 0, 3), TensorValue.scalar(2));
    } else {
      assertThat(pad.inputs()).containsExactly("x");
      assertThat(pad.intsAttribute("pads")).containsExactly(0, 1, 0, 3);
      assertThat(pad.realAttribute("value", 0)).isEqualTo(2);
    }
  }

  @Test
  void missingNumbersAreReplacedWithWhatTheVersionHas() {
    for (int opset : new int[] {7, 8}) {
      GraphEditor editor = editor(opset);
      editor.initializer("mean", TensorValue.scalar(3));
      assertThat(ops(finish(editor, editor.replaceNaN("x", "mean"))))
          .containsExactly(
              "Less", "Greater", "Or", "Not", "Cast", "Sub", "Pow", "Sub", "Mul", "Add");
    }
    for (int opset : new int[] {9, 21}) {
      GraphEditor editor = editor(opset);
      editor.initializer("mean", TensorValue.scalar(3));
      assertThat(ops(finish(editor, editor.replaceNaN("x", "mean"))))
          .containsExactly("IsNaN", "Where");
    }
  }

  @Test
  void anAxisFromTheEndIsRefusedWhereTheVersionDoesNotKnowIt() {
    String message =
        "Axis -1 counts from the end, which operator set version 10 does not know. Expected 0 or"
            + " more.";
    assertThatThrownBy(() -> editor(10).reduceMean("x", -1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(message);
    assertThatThrownBy(() -> editor(10).reduceSum("x", -1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(message);
    GraphEditor editor = editor(10);
    assertThat(ops(finish(editor, editor.reduceMean("x", 1)))).containsExactly("ReduceMean");
  }

  /** Loop with a body that lists its initializer as an input, as old files have to. */
  private static Model old(long irVersion) {
    Graph body =
        new Graph(
            "body",
            List.of(SampleModels.value("i"), SampleModels.value("inner")),
            List.of(SampleModels.value("o")),
            Map.of("inner", TensorValue.scalar(2)),
            List.of(SampleModels.node("Mul", List.of("i", "inner"), "o")),
            List.of());
    Map<String, TensorValue> initializers = new LinkedHashMap<>();
    initializers.put("w", TensorValue.scalar(3));
    Graph graph =
        new Graph(
            "net",
            List.of(SampleModels.value("x"), new ValueInfo("w", TensorType.of(Dtype.FLOAT))),
            List.of(SampleModels.value("y")),
            initializers,
            List.of(
                SampleModels.node("Mul", List.of("x", "w"), "h"),
                new Node(
                    "",
                    "",
                    "Loop",
                    List.of("h"),
                    List.of("y"),
                    Map.of("body", new Attribute.Subgraph(body)))),
            List.of());
    return new Model(irVersion, Map.of("", 7L), "p", Map.of(), graph);
  }

  @ParameterizedTest
  @ValueSource(longs = {0, 1, 3})
  void inputsThatOnlyListInitializersGoWithTheOldFormat(long irVersion) {
    GraphEditor editor = GraphEditor.of(old(irVersion));
    editor.optionalInput("strength", TensorType.of(Dtype.FLOAT), TensorValue.scalar(1));
    editor.output(editor.node("Mul", "y", "strength"), ROWS);

    Model model = editor.finish("woven");

    assertThat(model.irVersion()).isEqualTo(4);
    assertThat(model.hasDefaults()).isTrue();
    assertThat(model.graph().inputs()).extracting(ValueInfo::name).containsExactly("x", "strength");
    assertThat(model.graph().requiredInputs()).extracting(ValueInfo::name).containsExactly("x");
    assertThat(model.graph().initializers().keySet()).containsExactly("w", "strength");
    Graph body =
        ((Attribute.Subgraph) model.graph().nodes().get(1).attributes().values().iterator().next())
            .value();
    assertThat(body.inputs()).extracting(ValueInfo::name).containsExactly("i");
    assertThat(body.initializers().keySet()).containsExactly("inner");
  }

  @Test
  void defaultsOfANewerFileStayInputs() {
    Model model = GraphEditor.of(old(4)).finish("same");

    assertThat(model.irVersion()).isEqualTo(4);
    assertThat(model.graph().inputs()).extracting(ValueInfo::name).containsExactly("x", "w");
  }

  @Test
  void namesInsideSubgraphsAreTaken() {
    GraphEditor editor = GraphEditor.of(old(8));

    assertThat(editor.has("inner")).isTrue();
    assertThat(editor.freshName("o")).isEqualTo("o_2");
  }
}
