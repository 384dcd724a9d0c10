package io.hyperdelta.hypernetwork;

import io.hyperdelta.delta.Factor;
import io.hyperdelta.delta.SiteDelta;
import io.hyperdelta.graph.GraphEditor;

/** Finds in a graph what factors are made of. */
@FunctionalInterface
public interface HeadValues {
  /** Each head, or entry of a table, is an initializer of its own. */
  HeadValues OWN = (editor, delta, factor) -> Heads.parameterName(delta, factor);

  /**
   * Name of the value that a factor comes from: float32 {@code [width + 1, elements]} for a
   * generated one, or a learned one itself, of its own shape.
   *
   * @param editor takes the nodes that make it, if any; it holds the parameters
   */
  String of(GraphEditor editor, SiteDelta delta, Factor factor);
}
