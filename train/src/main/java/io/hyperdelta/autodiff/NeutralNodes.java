package io.hyperdelta.autodiff;

import io.hyperdelta.graph.Graph;
import io.hyperdelta.graph.Model;
import io.hyperdelta.graph.Node;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Nodes that hand on a value as it is: Identity, and products with a constant 1, such as a strength
 * that nobody sets. In a step, and once more for its gradient, each would be a pass over memory.
 */
final class NeutralNodes {
  private NeutralNodes() {}

  /** The same model without them, but for those that make the graph's outputs. */
  static Model without(Model model, Set<String> trainable) {
    Graph graph = model.graph();
    Wires wires = new Wires(model, trainable);
    Map<String, Integer> reads = new HashMap<>();
    graph.nodes().forEach(node -> node.inputs().forEach(in -> reads.merge(in, 1, Integer::sum)));
    Map<String, String> same = new HashMap<>();
    List<Node> nodes = new ArrayList<>();
    for (Node node : graph.nodes()) {
      Node renamed = node.with(named(node.inputs(), same), node.outputs());
      String handedOn = handedOn(renamed, wires);
      // Graphs inside nodes, and callers, read by names of their own.
      if (handedOn != null
          && wires.readCount(node.output()) == reads.getOrDefault(node.output(), 0)) {
        same.put(node.output(), handedOn);
      } else {
        nodes.add(renamed);
      }
    }
    return same.isEmpty() ? model : model.withGraph(graph.withNodes(nodes));
  }

  private static List<String> named(List<String> inputs, Map<String, String> same) {
    return inputs.stream().map(input -> same.getOrDefault(input, input)).toList();
  }

  /** The input that a node makes nothing else of, if it is such a node. */
  private static @Nullable String handedOn(Node node, Wires wires) {
    if (!node.domain().isEmpty() || node.outputs().size() != 1) {
      return null;
    }
    if (node.op().equals("Identity")) {
      return node.inputs().get(0);
    }
    if (!node.op().equals("Mul")) {
      return null;
    }
    for (String input : node.inputs()) {
      if (wires.isOne(input)) {
        return Wires.other(node, input);
      }
    }
    return null;
  }
}
