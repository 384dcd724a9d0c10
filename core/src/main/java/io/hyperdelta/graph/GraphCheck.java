package io.hyperdelta.graph;

import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Says whether a graph is well formed: every value is made once, before it is read, and every
 * output is made. Stateless.
 */
final class GraphCheck {
  private GraphCheck() {}

  /**
   * Checks a graph and its subgraphs.
   *
   * @param source what messages call the model
   * @throws ModelException at the first flaw
   */
  static void check(Graph graph, String source) {
    check(graph, Set.of(), source);
  }

  private static void check(Graph graph, Set<String> outer, String source) {
    Set<String> known = new HashSet<>(outer);
    Set<String> inputs = new HashSet<>();
    for (ValueInfo input : graph.inputs()) {
      if (!inputs.add(input.name())) {
        throw new ModelException(
            "Model \"%s\" has two inputs named \"%s\". Expected unique names."
                .formatted(source, input.name()));
      }
    }
    known.addAll(inputs);
    known.addAll(graph.initializers().keySet());
    Set<String> later = new HashSet<>();
    graph.nodes().forEach(node -> later.addAll(node.outputs()));
    for (Node node : graph.nodes()) {
      checkInputs(node, known, later, source);
      for (Attribute attribute : node.attributes().values()) {
        if (attribute instanceof Attribute.Subgraph subgraph) {
          check(subgraph.value(), known, source);
        }
      }
      for (String output : node.outputs()) {
        if (!output.isEmpty() && !known.add(output)) {
          throw new ModelException(
              "Model \"%s\" makes the value \"%s\" twice, the second time in %s. Expected each value to be made once."
                  .formatted(source, output, node.title()));
        }
      }
    }
    checkOutputs(graph.outputs(), known, source);
  }

  private static void checkInputs(Node node, Set<String> known, Set<String> later, String source) {
    for (String input : node.inputs()) {
      if (!input.isEmpty() && !known.contains(input)) {
        throw new ModelException(
            later.contains(input)
                ? "Model \"%s\" is not in running order: %s reads \"%s\" before it is made. Expected a graph without cycles, its nodes sorted."
                    .formatted(source, node.title(), input)
                : "Model \"%s\" has a loose end: %s reads \"%s\", which nothing makes."
                    .formatted(source, node.title(), input));
      }
    }
  }

  private static void checkOutputs(List<ValueInfo> outputs, Set<String> known, String source) {
    if (outputs.isEmpty()) {
      throw new ModelException(
          "Model \"%s\" has no output. Expected at least one.".formatted(source));
    }
    for (ValueInfo output : outputs) {
      if (!known.contains(output.name())) {
        throw new ModelException(
            "Model \"%s\" promises an output \"%s\" that nothing makes."
                .formatted(source, output.name()));
      }
    }
  }
}
