package io.hyperdelta.graph;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * An ONNX model: a graph and the versions of the operator sets it is written in.
 *
 * @param irVersion version of the file format
 * @param opsets operator set version by domain; {@code ""} is ONNX's own
 * @param producer the tool that made the model
 * @param metadata free key-value texts
 * @param graph the graph
 */
public record Model(
    long irVersion,
    Map<String, Long> opsets,
    String producer,
    Map<String, String> metadata,
    Graph graph) {
  /** Before this version of the file format every initializer had to be an input too. */
  private static final long FIRST_IR_WITH_DEFAULTS = 4;

  public Model {
    opsets = Collections.unmodifiableMap(new LinkedHashMap<>(opsets));
    metadata = Collections.unmodifiableMap(new LinkedHashMap<>(metadata));
  }

  /** Version of ONNX's own operator set; 1 if none is stated, as the format says. */
  public int opset() {
    return Math.toIntExact(opsets.getOrDefault("", 1L));
  }

  /** The same model around another graph. */
  public Model withGraph(Graph newGraph) {
    return new Model(irVersion, opsets, producer, metadata, newGraph);
  }

  /**
   * Whether an initializer that is also an input is a default that callers may override. In old
   * files it is a constant that had to be listed.
   */
  public boolean hasDefaults() {
    return irVersion >= FIRST_IR_WITH_DEFAULTS;
  }

  /**
   * The same model in a version of the file format in which inputs are what callers give: in an old
   * one the inputs that list initializers go, since initializers added to it are none. A newer
   * model is returned as it is.
   */
  public Model withDefaults() {
    return hasDefaults()
        ? this
        : new Model(FIRST_IR_WITH_DEFAULTS, opsets, producer, metadata, withoutListedInputs(graph));
  }

  private static Graph withoutListedInputs(Graph graph) {
    return graph
        .withInputs(graph.requiredInputs())
        .withNodes(graph.nodes().stream().map(Model::withoutListedInputs).toList());
  }

  private static Node withoutListedInputs(Node node) {
    if (node.attributes().values().stream().noneMatch(a -> a instanceof Attribute.Subgraph)) {
      return node;
    }
    Map<String, Attribute> attributes = new LinkedHashMap<>(node.attributes());
    attributes.replaceAll(
        (key, value) ->
            value instanceof Attribute.Subgraph inner
                ? new Attribute.Subgraph(withoutListedInputs(inner.value()))
                : value);
    return new Node(
        node.name(), node.domain(), node.op(), node.inputs(), node.outputs(), attributes);
  }
}
