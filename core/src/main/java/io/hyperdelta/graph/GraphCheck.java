package io.hyperdelta.graph;

import java.util.Collection;
import java.util.HashSet;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Says whether a graph is well formed: every value has a name and is made once, before it is read,
 * and every output is made. Used once.
 */
final class GraphCheck {
  private final String source;

  private GraphCheck(String source) {
    this.source = source;
  }

  /** The names that a graph sees: its own so far, and those of the graphs around it. */
  private record Scope(@Nullable Scope outer, Set<String> own) {
    /** Walked up rather than copied down: a file can nest little, but often. */
    boolean sees(String name) {
      for (Scope scope = this; scope != null; scope = scope.outer()) {
        if (scope.own().contains(name)) {
          return true;
        }
      }
      return false;
    }
  }

  /**
   * Checks a graph and its subgraphs.
   *
   * @param source what messages call the model
   * @throws ModelException at the first flaw
   */
  static void check(Graph graph, String source) {
    GraphCheck check = new GraphCheck(source);
    check.checkGraph(graph, null);
    // A subgraph may well give one value to two outputs.
    check.checkUnique("outputs", graph.outputs());
  }

  private void checkGraph(Graph graph, @Nullable Scope outer) {
    Scope scope = new Scope(outer, new HashSet<>(checkUnique("inputs", graph.inputs())));
    scope.own().addAll(graph.initializers().keySet());
    if (scope.own().contains("")) {
      throw problem("has an input or initializer without a name. Expected one");
    }
    Set<String> later = new HashSet<>();
    graph.nodes().forEach(node -> later.addAll(node.outputs()));
    for (Node node : graph.nodes()) {
      checkNode(node, scope, later);
    }
    checkOutputs(graph.outputs(), scope);
  }

  private Set<String> checkUnique(String what, Collection<ValueInfo> infos) {
    Set<String> names = new HashSet<>();
    for (ValueInfo info : infos) {
      if (!names.add(info.name())) {
        throw problem(
            "has two %s named \"%s\". Expected unique names".formatted(what, info.name()));
      }
    }
    return names;
  }

  private void checkNode(Node node, Scope scope, Set<String> later) {
    if (node.op().isEmpty()) {
      throw problem(
          "has a node \"%s\" without an operator. Expected the operator's name"
              .formatted(node.name()));
    }
    for (String input : node.inputs()) {
      if (!input.isEmpty() && !scope.sees(input)) {
        throw problem(
            later.contains(input)
                ? "is not in running order: %s reads \"%s\" before it is made. Expected a graph without cycles, its nodes sorted"
                    .formatted(node.title(), input)
                : "has a loose end: %s reads \"%s\", which nothing makes"
                    .formatted(node.title(), input));
      }
    }
    for (Attribute attribute : node.attributes().values()) {
      if (attribute instanceof Attribute.Subgraph subgraph) {
        checkGraph(subgraph.value(), scope);
      }
    }
    for (String output : node.outputs()) {
      if (!output.isEmpty() && (scope.sees(output) || !scope.own().add(output))) {
        throw problem(
            "makes the value \"%s\" twice, the second time in %s. Expected each value to be made once"
                .formatted(output, node.title()));
      }
    }
  }

  private void checkOutputs(Collection<ValueInfo> outputs, Scope scope) {
    if (outputs.isEmpty()) {
      throw problem("has no output. Expected at least one");
    }
    for (ValueInfo output : outputs) {
      if (output.name().isEmpty()) {
        throw problem("has an output without a name. Expected one");
      }
      if (!scope.sees(output.name())) {
        throw problem("promises an output \"%s\" that nothing makes".formatted(output.name()));
      }
    }
  }

  private ModelException problem(String what) {
    return new ModelException("Model \"%s\" %s.".formatted(source, what));
  }
}
