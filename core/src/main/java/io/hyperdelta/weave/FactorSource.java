package io.hyperdelta.weave;

import io.hyperdelta.delta.Factor;
import io.hyperdelta.delta.SiteDelta;
import io.hyperdelta.graph.GraphEditor;

/**
 * Where a woven graph's factors come from. K stands for the number of conditions, known when the
 * graph runs.
 */
interface FactorSource {
  /** Whether K is 1 however many conditions there are: factors are the same for all rows. */
  default boolean isSameForAll() {
    return false;
  }

  /** Name of int64 {@code [1]}: K for this delta. */
  String conditionCount(GraphEditor editor, SiteDelta delta);

  /**
   * Name of the factor, float32 {@code [K, ...dims]}; {@code [1, ...dims]} if it is learned once
   * for all conditions.
   */
  String factor(GraphEditor editor, SiteDelta delta, Factor factor);

  /**
   * The product of a value and a factor with two axes.
   *
   * @param x with {@code in} columns
   * @return name of float32 {@code [K, m, out]}
   */
  String times(GraphEditor editor, SiteDelta delta, Factor factor, Operand x);

  /**
   * The product of a value and a mix of matrices.
   *
   * @param weights generated, {@code [count]}
   * @param matrices learned once, {@code [count, in, out]}
   * @param x with {@code in} columns
   * @return name of float32 {@code [K, m, out]}
   */
  String timesMix(GraphEditor editor, SiteDelta delta, Factor weights, Factor matrices, Operand x);

  /**
   * The product of a value and a matrix that is made of a generated factor.
   *
   * @param x with {@code in} columns
   * @return name of float32 {@code [K, m, out]}
   */
  default String timesMade(
      GraphEditor editor, SiteDelta delta, Factor factor, Assembly assembly, Operand x) {
    return x.timesEach(assembly.each(factor(editor, delta, factor)));
  }

  /**
   * What a delta that replaces the weight is multiplied with.
   *
   * @param strength name of float32 []
   * @return name of float32 []: the strength, or 0 where there may be no factors and are none
   */
  default String strength(GraphEditor editor, SiteDelta delta, String strength) {
    return strength;
  }
}
