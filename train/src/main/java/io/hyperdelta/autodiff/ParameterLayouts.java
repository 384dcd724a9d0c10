package io.hyperdelta.autodiff;

import io.hyperdelta.graph.Graph;
import io.hyperdelta.graph.Model;
import io.hyperdelta.graph.Node;
import io.hyperdelta.graph.TensorValue;
import io.hyperdelta.graph.ValueInfo;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * How a program keeps its parameters, and the model without the nodes that lay them out.
 *
 * @param model the model, in which what those nodes made stands undeclared
 * @param layouts by parameter
 */
record ParameterLayouts(Model model, Map<String, ParameterLayout> layouts) {

  /** Finds them. */
  static ParameterLayouts of(Model model, Set<String> trainable) {
    Graph graph = model.graph();
    Wires wires = new Wires(model, trainable);
    Map<String, Node> readers = new HashMap<>();
    for (Node node : graph.nodes()) {
      node.inputs().forEach(input -> readers.put(input, node));
    }
    Set<String> outputs = graph.outputs().stream().map(ValueInfo::name).collect(Collectors.toSet());
    Set<Node> gone = Collections.newSetFromMap(new IdentityHashMap<>());
    Map<String, ParameterLayout> layouts = new HashMap<>();
    for (String parameter : trainable) {
      TensorValue value = Objects.requireNonNull(graph.initializers().get(parameter));
      ParameterLayout layout = ParameterLayout.of(parameter, value.dims());
      Node next = only(layout, readers, wires);
      ParameterLayout behind = next == null ? null : layout.behind(next, wires);
      while (behind != null && !outputs.contains(behind.name())) {
        gone.add(next);
        layout = behind;
        next = only(layout, readers, wires);
        behind = next == null ? null : layout.behind(next, wires);
      }
      layouts.put(parameter, layout);
    }
    return new ParameterLayouts(without(model, gone), layouts);
  }

  /** The only reader of a value, if it is a node of the graph itself. */
  private static @Nullable Node only(
      ParameterLayout layout, Map<String, Node> readers, Wires wires) {
    return wires.readCount(layout.name()) == 1 ? readers.get(layout.name()) : null;
  }

  private static Model without(Model model, Set<Node> gone) {
    List<Node> nodes = new ArrayList<>(model.graph().nodes());
    nodes.removeIf(gone::contains);
    return model.withGraph(model.graph().withNodes(nodes));
  }
}
