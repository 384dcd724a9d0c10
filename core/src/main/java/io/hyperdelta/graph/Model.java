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
}
