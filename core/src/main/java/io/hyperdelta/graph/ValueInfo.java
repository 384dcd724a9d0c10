package io.hyperdelta.graph;

import org.jspecify.annotations.Nullable;

/**
 * A named value with its declared type: an input, an output, or a value inside the graph.
 *
 * @param name unique in its graph
 * @param declared its type; null where a graph inside a node leaves it out
 */
public record ValueInfo(String name, @Nullable TensorType declared) {

  /**
   * The declared type.
   *
   * @throws IllegalStateException if there is none, which happens in graphs inside nodes only
   */
  public TensorType type() {
    if (declared == null) {
      throw new IllegalStateException(
          "The value \"%s\" has no declared type. Expected one outside of subgraphs."
              .formatted(name));
    }
    return declared;
  }
}
