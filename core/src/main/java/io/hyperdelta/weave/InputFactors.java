package io.hyperdelta.weave;

import io.hyperdelta.delta.Factor;
import io.hyperdelta.delta.SiteDelta;
import io.hyperdelta.graph.GraphEditor;
import io.hyperdelta.graph.TensorValue;

/** Factors that come in as inputs of the graph, each under its own name. */
final class InputFactors implements FactorSource {
  @Override
  public String conditionCount(GraphEditor editor, SiteDelta delta) {
    Factor generated =
        delta.form().factors(delta.site()).stream()
            .filter(Factor::isGenerated)
            .findFirst()
            .orElseThrow();
    return editor.firstDim(delta.factorName(generated));
  }

  @Override
  public String factor(GraphEditor editor, SiteDelta delta, Factor factor) {
    return delta.factorName(factor);
  }

  @Override
  public String times(GraphEditor editor, SiteDelta delta, Factor factor, Operand x) {
    String name = delta.factorName(factor);
    return factor.isGenerated() ? x.timesEach(name) : x.timesOne(name);
  }

  @Override
  public String timesMix(
      GraphEditor editor, SiteDelta delta, Factor weights, Factor matrices, Operand x) {
    long in = matrices.dims().get(1);
    long out = matrices.dims().get(2);
    // Zeros copy the axes of 1 and of the count, which may be none: the mix is zero then.
    String flat =
        editor.node(
            "Reshape",
            delta.factorName(matrices),
            editor.constant(TensorValue.longs(0, 0, in * out)));
    String mix = editor.node("MatMul", delta.factorName(weights), flat);
    String each = editor.node("Reshape", mix, editor.constant(TensorValue.longs(-1, in, out)));
    return x.timesEach(each);
  }
}
