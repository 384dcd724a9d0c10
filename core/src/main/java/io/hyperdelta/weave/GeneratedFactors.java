package io.hyperdelta.weave;

import io.hyperdelta.delta.Factor;
import io.hyperdelta.delta.SiteDelta;
import io.hyperdelta.graph.GraphEditor;
import io.hyperdelta.hypernetwork.HeadValues;
import java.util.HashMap;
import java.util.Map;

/**
 * Factors that the heads of a hypernetwork generate in the same graph.
 *
 * @param latent name of {@code [z; 1]}, float32 {@code [K, width + 1]}
 * @param count name of K, int64 {@code [1]}
 * @param width width of z
 * @param workload the sizes to be fast for
 * @param heads finds the heads
 * @param made what was generated already, by factor: a delta with a cap is asked for its factors
 *     twice
 */
record GeneratedFactors(
    String latent,
    String count,
    int width,
    Workload workload,
    HeadValues heads,
    Map<String, String> made)
    implements FactorSource {
  GeneratedFactors(String latent, String count, int width, Workload workload, HeadValues heads) {
    this(latent, count, width, workload, heads, new HashMap<>());
  }

  /** Name of what a head generates, float32 {@code [K, elements]}. */
  private String generated(GraphEditor editor, SiteDelta delta, Factor factor) {
    String known = made.get(delta.factorName(factor));
    if (known != null) {
      return known;
    }
    String value = editor.node("MatMul", latent, heads.of(editor, delta, factor));
    made.put(delta.factorName(factor), value);
    return value;
  }

  @Override
  public String conditionCount(GraphEditor editor, SiteDelta delta) {
    return count;
  }

  @Override
  public String factor(GraphEditor editor, SiteDelta delta, Factor factor) {
    return factor.isGenerated()
        ? Mix.reshape(editor, generated(editor, delta, factor), Mix.with(-1, factor.shape()))
        : Mix.reshape(editor, heads.of(editor, delta, factor), Mix.with(1, factor.shape()));
  }

  @Override
  public String times(GraphEditor editor, SiteDelta delta, Factor factor, Operand x) {
    long in = factor.dims().get(0);
    long out = factor.dims().get(1);
    long rows = width + 1L;
    if (!factor.isGenerated()) {
      return x.times(heads.of(editor, delta, factor), out);
    }
    Contraction order =
        Contraction.cheapest(workload.at(delta.site()), in, out, rows, x.unfolding());
    return order == Contraction.FACTORS_FIRST
        ? x.timesEach(factor(editor, delta, factor))
        : new Mix(latent, count, heads.of(editor, delta, factor), rows)
            .times(editor, order, in, out, x);
  }

  @Override
  public String timesMix(
      GraphEditor editor, SiteDelta delta, Factor weights, Factor matrices, Operand x) {
    String values = generated(editor, delta, weights);
    String bank = heads.of(editor, delta, matrices);
    return new Mix(values, count, bank, matrices.dims().get(0))
        .times(
            editor, workload.at(delta.site()), matrices.dims().get(1), matrices.dims().get(2), x);
  }

  @Override
  public String timesMade(
      GraphEditor editor, SiteDelta delta, Factor factor, Assembly assembly, Operand x) {
    long in = assembly.in();
    long out = assembly.out();
    long rows = width + 1L;
    Contraction order =
        Contraction.cheapest(workload.at(delta.site()), in, out, rows, x.unfolding());
    if (order == Contraction.FACTORS_FIRST) {
      return FactorSource.super.timesMade(editor, delta, factor, assembly, x);
    }
    String head =
        Mix.reshape(editor, heads.of(editor, delta, factor), Mix.with(rows, factor.shape()));
    return new Mix(latent, count, assembly.stack(head, rows), rows)
        .times(editor, order, in, out, x);
  }
}
