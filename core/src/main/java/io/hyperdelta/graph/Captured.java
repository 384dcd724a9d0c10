package io.hyperdelta.graph;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Renames what the graphs inside a node read of the values around it; their own values keep their
 * names. Stateless.
 */
final class Captured {
  private Captured() {}

  /** The attributes with outer values renamed. */
  static Map<String, Attribute> renamed(
      Map<String, Attribute> attributes, Map<String, String> names) {
    if (attributes.values().stream().noneMatch(a -> a instanceof Attribute.Subgraph)) {
      return attributes;
    }
    Map<String, Attribute> changed = new LinkedHashMap<>(attributes);
    changed.replaceAll(
        (key, value) ->
            value instanceof Attribute.Subgraph inner
                ? new Attribute.Subgraph(renamed(inner.value(), names))
                : value);
    return changed;
  }

  private static Graph renamed(Graph graph, Map<String, String> outer) {
    Map<String, String> names = new HashMap<>(outer);
    // A name of the graph's own hides the one outside.
    graph.inputs().forEach(input -> names.remove(input.name()));
    graph.initializers().keySet().forEach(names::remove);
    graph.nodes().forEach(node -> node.outputs().forEach(names::remove));
    return new Graph(
        graph.name(),
        graph.inputs(),
        graph.outputs().stream()
            .map(o -> new ValueInfo(names.getOrDefault(o.name(), o.name()), o.declared()))
            .toList(),
        graph.initializers(),
        graph.nodes().stream().map(node -> renamed(node, names)).toList(),
        graph.values());
  }

  private static Node renamed(Node node, Map<String, String> names) {
    List<String> inputs =
        node.inputs().stream().map(name -> names.getOrDefault(name, name)).toList();
    return new Node(
        node.name(),
        node.domain(),
        node.op(),
        inputs,
        node.outputs(),
        renamed(node.attributes(), names));
  }
}
