package io.hyperdelta.graph;

/**
 * A named value with its declared type: an input, an output, or a value inside the graph.
 *
 * @param name unique in its graph
 * @param type its declared type
 */
public record ValueInfo(String name, TensorType type) {}
