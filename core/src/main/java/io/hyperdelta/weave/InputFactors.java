package io.hyperdelta.weave;

import io.hyperdelta.delta.Factor;
import io.hyperdelta.delta.SiteDelta;
import io.hyperdelta.graph.GraphEditor;

/** Factors that come in as inputs of the graph, each under its own name. */
final class InputFactors implements FactorSource {
  @Override
  public String conditionCount(GraphEditor editor, SiteDelta delta) {
    return editor.firstDim(delta.factorName(delta.form().factors(delta.site()).get(0)));
  }

  @Override
  public String factor(GraphEditor editor, SiteDelta delta, Factor factor) {
    return delta.factorName(factor);
  }

  @Override
  public String times(GraphEditor editor, SiteDelta delta, Factor factor, String x) {
    return editor.node("MatMul", x, delta.factorName(factor));
  }
}
