package io.hyperdelta.weave;

import io.hyperdelta.delta.Factor;
import io.hyperdelta.delta.SiteDelta;
import io.hyperdelta.graph.GraphEditor;
import io.hyperdelta.graph.TensorValue;
import io.hyperdelta.hypernetwork.HeadValues;

/** Factors that are the same for all rows: plain products, K is 1. */
record SharedFactors() implements FactorSource {
  @Override
  public boolean isSameForAll() {
    return true;
  }

  @Override
  public String conditionCount(GraphEditor editor, SiteDelta delta) {
    return editor.constant(TensorValue.longs(1));
  }

  @Override
  public String factor(GraphEditor editor, SiteDelta delta, Factor factor) {
    return Mix.reshape(
        editor, HeadValues.OWN.of(editor, delta, factor), Mix.with(1, factor.shape()));
  }

  @Override
  public String times(GraphEditor editor, SiteDelta delta, Factor factor, Operand x) {
    String matrix = Mix.reshape(editor, HeadValues.OWN.of(editor, delta, factor), factor.shape());
    return x.times(matrix, factor.dims().get(1));
  }

  @Override
  public String timesMix(
      GraphEditor editor, SiteDelta delta, Factor weights, Factor matrices, Operand x) {
    long count = matrices.dims().get(0);
    long in = matrices.dims().get(1);
    long out = matrices.dims().get(2);
    String flat =
        editor.node(
            "MatMul",
            HeadValues.OWN.of(editor, delta, weights),
            Mix.reshape(editor, HeadValues.OWN.of(editor, delta, matrices), count, in * out));
    return x.times(Mix.reshape(editor, flat, in, out), out);
  }

  @Override
  public String timesMade(
      GraphEditor editor, SiteDelta delta, Factor factor, Assembly assembly, Operand x) {
    String one = assembly.each(factor(editor, delta, factor));
    return x.times(Mix.reshape(editor, one, assembly.in(), assembly.out()), assembly.out());
  }
}
