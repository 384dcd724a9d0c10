package io.hyperdelta.autodiff;

import io.hyperdelta.graph.Graph;
import io.hyperdelta.graph.Model;
import io.hyperdelta.graph.Node;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Finds the operators that exporters spell out as many (layer normalisation, Gelu, attention, a
 * product with its bias or with another sum, a convolution with its normalisation) and puts one
 * node in the place of each: one pass over memory instead of ten, and one entry on autograd's tape.
 *
 * <p>Gradients still reach every initializer, since a fused node reads the same ones.
 */
final class Fusion {
  /** Domain of the nodes that stand only in programs, never in files. */
  static final String DOMAIN = "io.hyperdelta.fused";

  private static final List<Pattern> PATTERNS =
      List.of(
          new LayerNormPattern(),
          new GeluPattern(),
          new HardSwishPattern(),
          new AttentionPattern(),
          new FrozenNormPattern(),
          new LinearPattern(),
          new AddedProductPattern());

  private Fusion() {}

  /** A way to spell out an operator. */
  interface Pattern {
    /**
     * Looks for the pattern.
     *
     * @param last the node that would make the operator's result
     * @return what to fuse, or null if this is something else
     */
    @Nullable Match match(Node last, Wires wires);
  }

  /**
   * A place where a pattern was found.
   *
   * @param replacement makes what the last node made
   * @param inner the nodes before the last one that are to go
   */
  record Match(Node replacement, List<Node> inner) {}

  /** The same model with fused nodes. */
  static Model fuse(Model model, Set<String> trainable) {
    Graph graph = model.graph();
    Wires wires = new Wires(model, trainable);
    IdentityHashMap<Node, Node> replacements = new IdentityHashMap<>();
    Set<Node> gone = Collections.newSetFromMap(new IdentityHashMap<>());
    // Backwards, so that a pattern is met at its end before a part of it is taken for another.
    for (int i = graph.nodes().size() - 1; i >= 0; i--) {
      Node node = graph.nodes().get(i);
      if (node.outputs().size() == 1 && !gone.contains(node)) {
        Match match = match(node, wires, gone);
        if (match != null) {
          replacements.put(node, match.replacement());
          gone.addAll(match.inner());
        }
      }
    }
    List<Node> nodes = new ArrayList<>();
    for (Node node : graph.nodes()) {
      if (!gone.contains(node)) {
        nodes.add(replacements.getOrDefault(node, node));
      }
    }
    return model.withGraph(graph.withNodes(nodes));
  }

  private static @Nullable Match match(Node node, Wires wires, Set<Node> gone) {
    for (Pattern pattern : PATTERNS) {
      Match match = pattern.match(node, wires);
      if (match != null && vanishes(match.inner(), node, wires, gone)) {
        return match;
      }
    }
    return null;
  }

  /** Whether nobody outside the match reads what its inner nodes make. */
  private static boolean vanishes(List<Node> inner, Node last, Wires wires, Set<Node> gone) {
    Map<String, Integer> reads = new HashMap<>();
    for (Node node : inner) {
      if (node.outputs().size() != 1 || gone.contains(node)) {
        return false;
      }
      reads.put(node.output(), wires.readCount(node.output()));
    }
    List<Node> all = new ArrayList<>(inner);
    all.add(last);
    for (Node node : all) {
      node.inputs().forEach(input -> reads.computeIfPresent(input, (k, count) -> count - 1));
    }
    return reads.values().stream().allMatch(count -> count == 0);
  }
}
