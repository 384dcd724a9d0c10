package io.hyperdelta.runtime;

import io.hyperdelta.graph.Attribute;
import io.hyperdelta.graph.Dim;
import io.hyperdelta.graph.Dtype;
import io.hyperdelta.graph.Graph;
import io.hyperdelta.graph.Node;
import io.hyperdelta.graph.TensorType;
import io.hyperdelta.graph.TensorValue;
import io.hyperdelta.graph.ValueInfo;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * How large the largest product of a graph with its weights is, as far as weights and inputs show.
 * Immutable.
 */
final class LargestProduct {
  /** They read a weight, and multiply nothing with it. */
  private static final Set<String> LOOKUPS = Set.of("Gather", "GatherElements", "GatherND");

  /** They multiply a weight as often as an image has places. */
  private static final Set<String> CONVOLUTIONS =
      Set.of("Conv", "ConvInteger", "ConvTranspose", "QLinearConv");

  private final long weight;
  private final Map<String, TensorType> inputs;

  private LargestProduct(long weight, Map<String, TensorType> inputs) {
    this.weight = weight;
    this.inputs = inputs;
  }

  /** Of a graph; what nodes have inside them counts as large. */
  static LargestProduct of(Graph graph) {
    Map<String, TensorValue> weights = new HashMap<>(graph.initializers());
    long weight = 0;
    for (Node node : graph.nodes()) {
      for (Attribute attribute : node.attributes().values()) {
        if (attribute instanceof Attribute.Subgraph) {
          weight = Long.MAX_VALUE;
        } else if (attribute instanceof Attribute.Tensor constant && node.op().equals("Constant")) {
          weights.put(node.output(), constant.value());
        }
      }
      if (CONVOLUTIONS.contains(node.op())) {
        weight = Long.MAX_VALUE;
      } else if (!LOOKUPS.contains(node.op())) {
        for (String name : node.inputs()) {
          weight = Math.max(weight, multiplications(weights.get(name)));
        }
      }
    }
    Map<String, TensorType> inputs = new LinkedHashMap<>();
    for (ValueInfo input : graph.inputs()) {
      inputs.put(input.name(), input.type());
    }
    return new LargestProduct(weight, inputs);
  }

  private static long multiplications(@Nullable TensorValue value) {
    return value == null || value.rank() < 2 || value.dtype() == Dtype.STRING
        ? 0
        : value.elementCount();
  }

  /** Multiplications for one row; {@code Long.MAX_VALUE} if that cannot be told. */
  long each() {
    return weight;
  }

  /**
   * Multiplications in a run: for each row, or for each token of a row, one with each number of a
   * weight.
   */
  long in(Map<String, TensorValue> given) {
    long rows = 1;
    for (Map.Entry<String, TensorValue> input : given.entrySet()) {
      rows = Math.max(rows, rows(inputs.get(input.getKey()), input.getValue().dims()));
    }
    return weight > Long.MAX_VALUE / rows ? Long.MAX_VALUE : weight * rows;
  }

  /** How many rows or tokens an input has: all axes count, but for a last one of fixed size. */
  private static long rows(@Nullable TensorType type, long[] dims) {
    List<Dim> declared = type == null ? null : type.dims();
    long rows = 1;
    for (int axis = 0; axis < dims.length; axis++) {
      boolean features =
          axis == dims.length - 1
              && declared != null
              && axis < declared.size()
              && declared.get(axis) instanceof Dim.Fixed;
      rows *= features ? 1 : Math.max(1, dims[axis]);
    }
    return rows;
  }
}
