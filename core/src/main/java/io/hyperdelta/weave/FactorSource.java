package io.hyperdelta.weave;

import io.hyperdelta.delta.Factor;
import io.hyperdelta.delta.SiteDelta;
import io.hyperdelta.graph.GraphEditor;

/**
 * Where a woven graph's factors come from. K stands for the number of conditions, known when the
 * graph runs.
 */
interface FactorSource {
  /** Name of int64 {@code [1]}: K for this delta. */
  String conditionCount(GraphEditor editor, SiteDelta delta);

  /** Name of the factor, float32 {@code [K, ...dims]}. */
  String factor(GraphEditor editor, SiteDelta delta, Factor factor);

  /**
   * The product of a value and a factor with two axes.
   *
   * @param x name of float32 {@code [K, m, in]}
   * @return name of float32 {@code [K, m, out]}
   */
  String times(GraphEditor editor, SiteDelta delta, Factor factor, String x);
}
