package io.hyperdelta.autodiff;

import io.hyperdelta.graph.Model;
import io.hyperdelta.graph.Node;
import io.hyperdelta.graph.TensorValue;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What the graphs of one model share while they are compiled. Not thread-safe.
 *
 * <p>Kernels keep it as long as the program; so it must not keep the model, whose weights are
 * libtorch's by then.
 *
 * @param name of the model's graph
 * @param opsets versions of the operator sets that the model imports, by domain
 * @param precision the program's precision
 * @param held keeps native objects as long as the program
 * @param unsupported by operator or variant of one, the nodes that ask for it
 */
record Compilation(
    String name,
    Map<String, Long> opsets,
    Precision precision,
    Held held,
    Map<String, List<String>> unsupported) {

  static Compilation of(Model model, Precision precision) {
    return new Compilation(
        model.graph().name(), model.opsets(), precision, new Held(), new TreeMap<>());
  }

  /** Version of the operator set that a node belongs to. */
  int opset(Node node) {
    return Math.toIntExact(opsets.getOrDefault(node.domain(), 1L));
  }

  /** A model's value that lives as long as the program. */
  Value constant(TensorValue value) {
    return keep(Value.of(value, precision));
  }

  /** Makes a value live as long as the program. */
  Value keep(Value value) {
    if (value instanceof Value.Device device) {
      held.hold(device.tensor());
    }
    return value;
  }

  /** Whether the model is refused already, and is only searched for more to name. */
  boolean isRefused() {
    return !unsupported.isEmpty();
  }

  void refuse(Node node, UnsupportedNodeException reason) {
    unsupported
        .computeIfAbsent(
            Operator.title(node.domain(), node.op()) + reason.getMessage(),
            key -> new ArrayList<>())
        .add(node.name().isEmpty() ? "making " + node.outputs() : "\"" + node.name() + "\"");
  }

  UnsupportedModelException refusal() {
    int opset = Math.toIntExact(opsets.getOrDefault("", 1L));
    return UnsupportedModelException.of(name, opset, unsupported);
  }
}
