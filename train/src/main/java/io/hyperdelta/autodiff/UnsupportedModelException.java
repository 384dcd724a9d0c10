package io.hyperdelta.autodiff;

import io.hyperdelta.graph.Node;
import io.hyperdelta.problem.InputException;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** A model uses operators that programs cannot run: the message lists all of them. */
public final class UnsupportedModelException extends InputException {
  private static final long serialVersionUID = 1;

  /** A model of a thousand such nodes is told by a few of them. */
  private static final int MAX_NODES_SHOWN = 5;

  private final TreeMap<String, List<String>> nodes;

  private UnsupportedModelException(String message, Map<String, List<String>> nodes) {
    super(message, null);
    this.nodes = new TreeMap<>(nodes);
  }

  /**
   * Creates the exception.
   *
   * @param graph the graph's name
   * @param opset version of ONNX's own operator set
   * @param nodes by operator or variant of one, the nodes that ask for it
   */
  static UnsupportedModelException of(String graph, int opset, Map<String, List<String>> nodes) {
    String list =
        nodes.entrySet().stream()
            .map(entry -> entry.getKey() + " (" + shown(entry.getValue()) + ")")
            .collect(Collectors.joining("; "));
    return new UnsupportedModelException(
        "Graph \"%s\" of operator set %d uses what cannot be run with gradients. Expected supported operators, got %s."
            .formatted(graph, opset, list),
        nodes);
  }

  /** A variant of an operator that only shows when the node runs. */
  static UnsupportedModelException of(Node node, UnsupportedNodeException variant) {
    String operator = Operator.title(node.domain(), node.op()) + variant.getMessage();
    return new UnsupportedModelException(
        "%s asks for what cannot be run with gradients. Expected a supported variant, got %s."
            .formatted(node.title(), operator),
        Map.of(operator, List.of(node.title())));
  }

  private static String shown(List<String> nodes) {
    String shown = String.join(", ", nodes.subList(0, Math.min(MAX_NODES_SHOWN, nodes.size())));
    return nodes.size() > MAX_NODES_SHOWN
        ? shown + " and " + (nodes.size() - MAX_NODES_SHOWN) + " more"
        : shown;
  }

  /** By operator or variant of one that is not supported, the nodes that ask for it. */
  public SortedMap<String, List<String>> nodes() {
    return Collections.unmodifiableSortedMap(nodes);
  }
}
