package io.hyperdelta.weave;

import io.hyperdelta.delta.Factor;
import io.hyperdelta.delta.SiteDelta;
import io.hyperdelta.graph.Attribute;
import io.hyperdelta.graph.Dtype;
import io.hyperdelta.graph.GraphEditor;
import io.hyperdelta.graph.TensorValue;
import java.util.Map;
import java.util.Optional;

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

  /** Without inner axes there are no factors, and what they would make is no weight. */
  @Override
  public String strength(GraphEditor editor, SiteDelta delta, String strength) {
    Optional<Factor> open =
        delta.form().factors(delta.site()).stream().filter(f -> !f.inner().isEmpty()).findFirst();
    if (open.isEmpty()) {
      return strength;
    }
    TensorValue axis = TensorValue.ofLongs(new long[] {open.get().inner().get(0) + 1L});
    String dims = editor.node("Shape", delta.factorName(open.get()));
    String width = toFloat(editor, editor.node("Gather", dims, editor.constant(axis)));
    String some = editor.node("Greater", width, editor.constant(TensorValue.scalar(0)));
    return editor.node("Mul", strength, toFloat(editor, some));
  }

  private static String toFloat(GraphEditor editor, String x) {
    return editor.node("Cast", Map.of("to", Attribute.of(Dtype.FLOAT.code())), x);
  }
}
