package io.hyperdelta.graph;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Puts nodes in an order in which they can run. Used once. */
final class NodeOrder {
  private final Map<String, Node> makers = new HashMap<>();
  // Nodes are told apart by identity: comparing them would compare the tensors they carry.
  private final Set<Node> needed = identitySet();
  private final Set<Node> open = identitySet();
  private final Set<Node> done = identitySet();
  private final List<Node> order = new ArrayList<>();

  /** A node on the way to its place, with those of the values it reads that were not looked at. */
  private record Visit(Node node, Iterator<String> unseen) {}

  private NodeOrder(List<Node> nodes) {
    nodes.forEach(node -> node.outputs().forEach(output -> makers.put(output, node)));
    makers.remove("");
  }

  /**
   * The nodes that some outputs need, each after those it reads from, else in the order given.
   *
   * @param outputs names of the values to be made
   * @throws ModelException if the nodes form a cycle
   */
  static List<Node> sorted(List<Node> nodes, List<String> outputs) {
    NodeOrder order = new NodeOrder(nodes);
    order.findNeeded(outputs);
    nodes.stream().filter(order.needed::contains).forEach(order::place);
    return order.order;
  }

  private void findNeeded(List<String> outputs) {
    Deque<String> wanted = new ArrayDeque<>(outputs);
    while (!wanted.isEmpty()) {
      Node maker = makers.get(wanted.pop());
      if (maker != null && needed.add(maker)) {
        wanted.addAll(maker.reads());
      }
    }
  }

  /** Places a node behind those it waits for. With a stack of its own: graphs outgrow Java's. */
  private void place(Node start) {
    Deque<Visit> stack = new ArrayDeque<>();
    if (!done.contains(start)) {
      push(stack, start);
    }
    while (!stack.isEmpty()) {
      Node waitsFor = next(stack.peek());
      if (waitsFor == null) {
        Node ready = stack.pop().node();
        done.add(ready);
        order.add(ready);
      } else if (open.contains(waitsFor)) {
        throw new ModelException("The graph has a cycle through %s.".formatted(waitsFor.title()));
      } else {
        push(stack, waitsFor);
      }
    }
  }

  private void push(Deque<Visit> stack, Node node) {
    open.add(node);
    stack.push(new Visit(node, node.reads().iterator()));
  }

  private @Nullable Node next(Visit visit) {
    while (visit.unseen().hasNext()) {
      Node maker = makers.get(visit.unseen().next());
      if (maker != null && !done.contains(maker)) {
        return maker;
      }
    }
    return null;
  }

  private static Set<Node> identitySet() {
    return Collections.newSetFromMap(new IdentityHashMap<>());
  }
}
