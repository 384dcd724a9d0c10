package io.hyperdelta.graph;

import static io.hyperdelta.graph.SampleModels.graph;
import static io.hyperdelta.graph.SampleModels.node;
import static io.hyperdelta.graph.SampleModels.value;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class GraphCheckTest {
  private static void refused(Graph graph, String message) {
    assertThatThrownBy(() -> GraphCheck.check(graph, "net.onnx"))
        .isInstanceOf(ModelException.class)
        .hasMessage(message);
  }

  private static Node holder(Graph inner, String output) {
    return new Node(
        "if",
        "",
        "If",
        List.of("x"),
        List.of(output),
        Map.of("then_branch", new Attribute.Subgraph(inner)));
  }

  @Test
  void aCycleIsRefused() {
    refused(
        graph(
            List.of(value("x")),
            List.of(value("b")),
            node("Add", List.of("x", "b"), "a"),
            node("Relu", List.of("a"), "b")),
        "Model \"net.onnx\" is not in running order: Add node making \"a\" reads \"b\" before it is"
            + " made. Expected a graph without cycles, its nodes sorted.");
  }

  @Test
  void aNodeThatReadsItselfIsRefused() {
    refused(
        graph(
            List.of(value("x")),
            List.of(value("a")),
            new Node("n", "", "Add", List.of("x", "a"), List.of("a"), Map.of())),
        "Model \"net.onnx\" is not in running order: Add node \"n\" reads \"a\" before it is made."
            + " Expected a graph without cycles, its nodes sorted.");
  }

  @Test
  void aLooseEndIsRefused() {
    refused(
        graph(List.of(value("x")), List.of(value("y")), node("Add", List.of("x", "q"), "y")),
        "Model \"net.onnx\" has a loose end: Add node making \"y\" reads \"q\", which nothing"
            + " makes.");
  }

  @Test
  void aValueMadeTwiceIsRefused() {
    refused(
        graph(
            List.of(value("x")),
            List.of(value("y")),
            node("Relu", List.of("x"), "y"),
            new Node("again", "", "Tanh", List.of("x"), List.of("y"), Map.of())),
        "Model \"net.onnx\" makes the value \"y\" twice, the second time in Tanh node \"again\"."
            + " Expected each value to be made once.");
    refused(
        graph(List.of(value("x")), List.of(value("x")), node("Relu", List.of("x"), "x")),
        "Model \"net.onnx\" makes the value \"x\" twice, the second time in Relu node making"
            + " \"x\". Expected each value to be made once.");
  }

  @Test
  void twoInputsOfOneNameAreRefused() {
    refused(
        graph(List.of(value("x"), value("x")), List.of(value("x"))),
        "Model \"net.onnx\" has two inputs named \"x\". Expected unique names.");
  }

  @Test
  void missingOutputsAreRefused() {
    refused(
        graph(List.of(value("x")), List.of()),
        "Model \"net.onnx\" has no output. Expected at least one.");
    refused(
        graph(List.of(value("x")), List.of(value("y"))),
        "Model \"net.onnx\" promises an output \"y\" that nothing makes.");
  }

  @Test
  void aSubgraphSeesWhatIsMadeBeforeIt() {
    Graph inner = graph(List.of(), List.of(value("i")), node("Relu", List.of("h"), "i"));
    assertThatCode(
            () ->
                GraphCheck.check(
                    graph(
                        List.of(value("x")),
                        List.of(value("y")),
                        node("Relu", List.of("x"), "h"),
                        holder(inner, "y")),
                    "net.onnx"))
        .doesNotThrowAnyException();
    refused(
        graph(List.of(value("x")), List.of(value("y")), holder(inner, "y")),
        "Model \"net.onnx\" has a loose end: Relu node making \"i\" reads \"h\", which nothing"
            + " makes.");
  }

  @Test
  void whatASubgraphMakesStaysInIt() {
    Graph inner = graph(List.of(), List.of(value("i")), node("Relu", List.of("x"), "i"));
    refused(
        graph(
            List.of(value("x")),
            List.of(value("z")),
            holder(inner, "y"),
            node("Add", List.of("y", "i"), "z")),
        "Model \"net.onnx\" has a loose end: Add node making \"z\" reads \"i\", which nothing"
            + " makes.");
    assertThatCode(
            () ->
                GraphCheck.check(
                    graph(
                        List.of(value("x")),
                        List.of(value("z")),
                        holder(inner, "y"),
                        holder(inner, "z")),
                    "net.onnx"))
        .as("two branches may use one name")
        .doesNotThrowAnyException();
  }

  @Test
  void omittedInputsAndUnwantedOutputsAreNoValues() {
    assertThatCode(
            () ->
                GraphCheck.check(
                    graph(
                        List.of(value("x")),
                        List.of(value("y")),
                        new Node(
                            "", "", "Op", List.of("x", "", ""), List.of("", "", "y"), Map.of())),
                    "net.onnx"))
        .doesNotThrowAnyException();
  }
}
