package io.hyperdelta.graph;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/** The names that are taken, and ones that are free. Not thread-safe. */
public final class FreeNames {
  private final Set<String> taken = new HashSet<>();
  // The last number behind each wish: counting from 2 again takes ages once many wish the same.
  private final Map<String, Integer> numbers = new HashMap<>();

  /** Takes a name; false if it was taken. */
  public boolean take(String name) {
    return taken.add(name);
  }

  /** Takes the names of a graph's values, those inside its subgraphs included. */
  void takeValues(Graph graph) {
    graph.inputs().forEach(input -> taken.add(input.name()));
    taken.addAll(graph.initializers().keySet());
    for (Node node : graph.nodes()) {
      taken.addAll(node.outputs());
      for (Attribute attribute : node.attributes().values()) {
        if (attribute instanceof Attribute.Subgraph subgraph) {
          takeValues(subgraph.value());
        }
      }
    }
  }

  /** Gives a name back. */
  void free(String name) {
    taken.remove(name);
  }

  boolean isTaken(String name) {
    return taken.contains(name);
  }

  /** Takes a wish, or the wish with the next number that makes it free. */
  public String fresh(String wish) {
    String name = wish;
    while (!taken.add(name)) {
      name = wish + "_" + numbers.merge(wish, 2, (last, first) -> last + 1);
    }
    return name;
  }
}
