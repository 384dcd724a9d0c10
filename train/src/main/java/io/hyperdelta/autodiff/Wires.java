package io.hyperdelta.autodiff;

import io.hyperdelta.graph.Attribute;
import io.hyperdelta.graph.Dtype;
import io.hyperdelta.graph.Graph;
import io.hyperdelta.graph.Model;
import io.hyperdelta.graph.Node;
import io.hyperdelta.graph.TensorValue;
import io.hyperdelta.graph.ValueInfo;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Who makes and who reads each value of a graph, and which values are constants. Immutable. */
final class Wires {
  private final Map<String, Node> makers = new HashMap<>();
  private final Map<String, Integer> reads = new HashMap<>();
  private final Map<String, TensorValue> initializers;
  private final Map<String, TensorValue> constants;
  private final int opset;

  /**
   * The wires of a model's graph.
   *
   * @param trainable initializers that are no constants
   */
  Wires(Model model, Set<String> trainable) {
    Graph graph = model.graph();
    opset = model.opset();
    initializers = graph.initializers();
    constants = new HashMap<>(graph.initializers());
    constants.keySet().removeAll(trainable);
    graph.inputs().stream().map(ValueInfo::name).forEach(constants::remove);
    graph.outputs().forEach(output -> read(output.name()));
    graph.nodes().forEach(this::add);
  }

  private void add(Node node) {
    node.outputs().forEach(output -> makers.put(output, node));
    countReads(List.of(node));
    if (node.op().equals("Constant")
        && node.domain().isEmpty()
        && node.attributes().get("value") instanceof Attribute.Tensor tensor) {
      constants.put(node.output(), tensor.value());
    }
  }

  private void countReads(Collection<Node> nodes) {
    for (Node node : nodes) {
      node.inputs().forEach(this::read);
      for (Attribute attribute : node.attributes().values()) {
        if (attribute instanceof Attribute.Subgraph subgraph) {
          countReads(subgraph.value().nodes());
          subgraph.value().outputs().forEach(output -> read(output.name()));
        }
      }
    }
  }

  private void read(String name) {
    reads.merge(name, 1, Integer::sum);
  }

  /** The node of ONNX's own domain that makes a value, if it is this operator. */
  @Nullable Node maker(String name, String op) {
    Node node = makers.get(name);
    return node != null && node.domain().isEmpty() && node.op().equals(op) ? node : null;
  }

  /** Version of ONNX's own operator set. */
  int opset() {
    return opset;
  }

  /** Whether a value is known and the same in every run. */
  boolean isConstant(String name) {
    return constants.containsKey(name);
  }

  /** Number of axes of an initializer, trainable or not; -1 if the value is none. */
  int initializerRank(String name) {
    TensorValue value = initializers.get(name);
    return value == null ? -1 : value.rank();
  }

  /** How many inputs of nodes and outputs of the graph read a value. */
  int readCount(String name) {
    return reads.getOrDefault(name, 0);
  }

  /** A constant's integers, or null if the value is no constant. */
  long @Nullable [] integers(String name) {
    TensorValue value = constants.get(name);
    return value == null || value.dtype() != Dtype.INT64 ? null : value.longs();
  }

  /** The only number of a constant of real type, or null. */
  @Nullable Double number(String name) {
    TensorValue value = constants.get(name);
    boolean real = value != null && (value.dtype() == Dtype.FLOAT || value.dtype() == Dtype.DOUBLE);
    return value != null && real && value.elementCount() == 1 ? (Double) value.doubles()[0] : null;
  }

  /** Whether a value is a constant with one number, equal to this one as float32 goes. */
  boolean isNumber(String name, double expected) {
    Double number = number(name);
    return number != null && Math.abs(number - expected) <= 1e-6 * Math.abs(expected);
  }

  /** Whether a value is a constant 1 without axes: what it is multiplied with stays as it is. */
  boolean isOne(String name) {
    TensorValue value = constants.get(name);
    Double number = number(name);
    return value != null && value.rank() == 0 && number != null && number == 1;
  }

  /**
   * The other input of a node of two, where one of them is a constant of this number.
   *
   * @return its name, or null if neither is
   */
  @Nullable String besides(Node node, double expected) {
    if (node.inputs().size() != 2) {
      return null;
    }
    if (isNumber(node.inputs().get(1), expected)) {
      return node.inputs().get(0);
    }
    return isNumber(node.inputs().get(0), expected) ? node.inputs().get(1) : null;
  }

  /** The other input of a node of two that has this one; null if it has not. */
  static @Nullable String other(Node node, String input) {
    int position = node.inputs().indexOf(input);
    return node.inputs().size() == 2 && position >= 0 ? node.inputs().get(1 - position) : null;
  }
}
