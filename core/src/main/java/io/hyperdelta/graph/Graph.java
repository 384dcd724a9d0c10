package io.hyperdelta.graph;

import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A dataflow graph: nodes in an order in which they can run, wired by the names of values.
 *
 * @param name the graph's name
 * @param inputs what the caller gives; an input that is also an initializer is optional, with the
 *     initializer as default
 * @param outputs what the caller gets
 * @param initializers constant values by name, in the file's order
 * @param nodes the operator calls, each after those it reads from
 * @param values declared types of values inside the graph, possibly none
 */
public record Graph(
    String name,
    List<ValueInfo> inputs,
    List<ValueInfo> outputs,
    Map<String, TensorValue> initializers,
    List<Node> nodes,
    List<ValueInfo> values) {
  public Graph {
    inputs = List.copyOf(inputs);
    outputs = List.copyOf(outputs);
    initializers = Collections.unmodifiableMap(new LinkedHashMap<>(initializers));
    nodes = List.copyOf(nodes);
    values = List.copyOf(values);
  }

  /** The inputs that have no default. */
  public List<ValueInfo> requiredInputs() {
    return inputs.stream().filter(input -> !initializers.containsKey(input.name())).toList();
  }

  /** The same graph with other inputs. */
  public Graph withInputs(List<ValueInfo> others) {
    return new Graph(name, others, outputs, initializers, nodes, values);
  }

  /** The same graph with other nodes, each after those it reads from. */
  public Graph withNodes(List<Node> others) {
    return new Graph(name, inputs, outputs, initializers, others, values);
  }

  /** The same graph with some initializers replaced by tensors of the same type and shape. */
  public Graph withInitializers(Map<String, TensorValue> replacements) {
    Map<String, TensorValue> merged = new LinkedHashMap<>(initializers);
    replacements.forEach(
        (key, value) -> {
          TensorValue old = merged.get(key);
          if (old == null
              || old.dtype() != value.dtype()
              || !Arrays.equals(old.dims(), value.dims())) {
            throw new IllegalArgumentException(
                "Initializer \"%s\" cannot be replaced. Expected %s, got %s."
                    .formatted(key, old == null ? "one of the graph's initializers" : old, value));
          }
          merged.put(key, value);
        });
    return new Graph(name, inputs, outputs, merged, nodes, values);
  }
}
