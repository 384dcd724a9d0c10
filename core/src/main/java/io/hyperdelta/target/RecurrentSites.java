package io.hyperdelta.target;

import io.hyperdelta.graph.Dtype;
import io.hyperdelta.graph.Graph;
import io.hyperdelta.graph.Node;
import io.hyperdelta.graph.TensorValue;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * Finds the sites of recurrent nodes: of each direction the weight that the input meets, {@code
 * [gates * hidden, in]}, and the bias that belongs to it. What the state meets inside the node
 * cannot differ between rows, so it is no site.
 */
final class RecurrentSites {
  /** How many gates each operator stacks. */
  static final Map<String, Integer> GATES = Map.of("LSTM", 4, "GRU", 3, "RNN", 1);

  private static final int INPUT = 0;
  private static final int WEIGHT = 1;
  private static final int STATE_WEIGHT = 2;
  private static final int BIAS = 3;

  private final Graph graph;
  private final Drafts drafts;

  RecurrentSites(Graph graph, Drafts drafts) {
    this.graph = graph;
    this.drafts = drafts;
  }

  /** Adds the sites of a node, or none where the node is not one that weaving can rewrite. */
  void visit(Node node) {
    List<String> directions = directions(node);
    TensorValue weight = SiteDiscovery.parameter(graph, node, WEIGHT, 3);
    if (weight == null
        || weight.dim(0) != directions.size()
        || !node.hasInput(INPUT)
        || !node.hasInput(STATE_WEIGHT)
        || node.intAttribute("layout", 0) != 0
        || !isConsistent(node, weight)) {
      return;
    }
    long rows = weight.dim(1);
    long in = weight.dim(2);
    boolean biased =
        node.hasInput(BIAS) && graph.initializers().containsKey(node.inputs().get(BIAS));
    for (int d = 0; d < directions.size(); d++) {
      String output =
          node.outputs().stream().filter(name -> !name.isEmpty()).findFirst().orElseThrow();
      Use use = new Use(node.op(), node.inputs().get(INPUT), output, 1);
      add(
          node,
          WEIGHT,
          d * rows * in,
          name(node, WEIGHT, "weight", directions.get(d)),
          Drafts.Shape.matrix(
              SiteKind.WEIGHT, new long[] {rows, in}, Layout.OUT_IN, in, rows, biased),
          use.along(Axes.STEPS_FIRST).inDirection(d));
      if (biased) {
        // Two halves: what is added to the input's product, and what to the state's.
        add(
            node,
            BIAS,
            2 * rows * d,
            name(node, BIAS, "bias", directions.get(d)),
            Drafts.Shape.vector(SiteKind.BIAS, new long[] {rows}, rows),
            new Use(node.op(), "", output, 1).along(Axes.STEPS_FIRST).inDirection(d));
      }
    }
  }

  private void add(Node node, int position, long offset, String name, Drafts.Shape shape, Use use) {
    drafts.add(node.inputs().get(position), offset, name, shape, use);
  }

  /** What each direction adds to its sites' names; none for a direction that is unknown. */
  private static List<String> directions(Node node) {
    return switch (node.textAttribute("direction", "forward")) {
      case "forward", "reverse" -> List.of("");
      case "bidirectional" -> List.of("forward", "reverse");
      default -> List.of();
    };
  }

  /** Whether shapes are what the operator asks for, where they are known. */
  private boolean isConsistent(Node node, TensorValue weight) {
    long rows = weight.dim(1);
    int gates = GATES.getOrDefault(node.op(), 1);
    long hidden = rows / gates;
    return rows % gates == 0
        && node.intAttribute("hidden_size", hidden) == hidden
        && fits(node, STATE_WEIGHT, weight.dim(0), rows, hidden)
        && (!node.hasInput(BIAS) || fits(node, BIAS, weight.dim(0), 2 * rows));
  }

  private boolean fits(Node node, int position, long... dims) {
    String name = node.inputs().get(position);
    TensorValue value = graph.initializers().get(name);
    return value == null || (Arrays.equals(value.dims(), dims) && value.dtype() == Dtype.FLOAT);
  }

  /** A direction among two is a layer of its own: of "lstm.W" its sites are "lstm.forward.W". */
  private static String name(Node node, int position, String role, String direction) {
    String wish = SiteNames.wish(node.inputs().get(position), node, role);
    if (direction.isEmpty()) {
      return wish;
    }
    int behind = wish.lastIndexOf('.') + 1;
    return wish.substring(0, behind) + direction + "." + wish.substring(behind);
  }
}
