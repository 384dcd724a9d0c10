package io.hyperdelta.weave;

import io.hyperdelta.delta.Factor;
import io.hyperdelta.delta.SiteDelta;
import io.hyperdelta.graph.Attribute;
import io.hyperdelta.graph.Dtype;
import io.hyperdelta.graph.GraphEditor;
import io.hyperdelta.graph.TensorValue;
import io.hyperdelta.hypernetwork.HeadValues;
import java.util.Map;

/**
 * Factors that are looked up in a table: a context's own entry plus the shared one.
 *
 * @param index name of int64 {@code [K]}: the context's entry, or the number of contexts
 * @param known name of float32 {@code [K, 1]}: 1 for a known context, else 0
 * @param count name of K, int64 {@code [1]}
 * @param contexts number of known contexts, and the place of the shared entry
 * @param workload the sizes to be fast for
 */
record TableFactors(String index, String known, String count, int contexts, Workload workload)
    implements FactorSource {
  /** Adds the nodes that are the same for all deltas. */
  static TableFactors of(GraphEditor editor, String index, int contexts, Workload workload) {
    String last = editor.constant(TensorValue.longs(contexts));
    String mask =
        editor.node(
            "Cast",
            Map.of("to", Attribute.of(Dtype.FLOAT.code())),
            editor.node("Less", index, last));
    return new TableFactors(
        index, editor.unsqueeze(mask, 1), editor.node("Shape", index), contexts, workload);
  }

  /** Name of a factor of each condition, float32 {@code [K, elements]}. */
  private String entry(GraphEditor editor, SiteDelta delta, Factor factor) {
    String table = HeadValues.OWN.of(editor, delta, factor);
    String own = editor.node("Gather", table, index);
    String shared = editor.node("Gather", table, editor.constant(TensorValue.longs(contexts)));
    // An unknown context has picked the shared entry already.
    return editor.node("Add", own, editor.node("Mul", known, shared));
  }

  @Override
  public String conditionCount(GraphEditor editor, SiteDelta delta) {
    return count;
  }

  @Override
  public String factor(GraphEditor editor, SiteDelta delta, Factor factor) {
    return factor.isGenerated()
        ? Mix.reshape(editor, entry(editor, delta, factor), Mix.with(-1, factor.shape()))
        : Mix.reshape(
            editor, HeadValues.OWN.of(editor, delta, factor), Mix.with(1, factor.shape()));
  }

  @Override
  public String times(GraphEditor editor, SiteDelta delta, Factor factor, Operand x) {
    return factor.isGenerated()
        ? x.timesEach(factor(editor, delta, factor))
        : x.times(HeadValues.OWN.of(editor, delta, factor), factor.dims().get(1));
  }

  @Override
  public String timesMix(
      GraphEditor editor, SiteDelta delta, Factor weights, Factor matrices, Operand x) {
    String values = entry(editor, delta, weights);
    return new Mix(
            values, count, HeadValues.OWN.of(editor, delta, matrices), matrices.dims().get(0))
        .times(
            editor, workload.at(delta.site()), matrices.dims().get(1), matrices.dims().get(2), x);
  }
}
