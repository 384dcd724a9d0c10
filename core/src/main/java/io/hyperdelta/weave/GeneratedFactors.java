package io.hyperdelta.weave;

import io.hyperdelta.delta.Factor;
import io.hyperdelta.delta.SiteDelta;
import io.hyperdelta.graph.Attribute;
import io.hyperdelta.graph.GraphEditor;
import io.hyperdelta.graph.TensorValue;
import io.hyperdelta.hypernetwork.HypernetworkGraph;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.LongStream;

/** Factors that heads generate in the same graph. */
final class GeneratedFactors implements FactorSource {
  private final Map<String, Latent> latents;
  private final Workload workload;

  /**
   * A hypernetwork's latent in the graph.
   *
   * @param value name of {@code [z; 1]}, float32 {@code [K, latent + 1]}
   * @param count name of K, int64 {@code [1]}
   * @param width width of z
   */
  record Latent(String value, String count, int width) {}

  /**
   * Creates the source.
   *
   * @param latents by hypernetwork
   */
  GeneratedFactors(Map<String, Latent> latents, Workload workload) {
    this.latents = latents;
    this.workload = workload;
  }

  private Latent latent(SiteDelta delta) {
    return Objects.requireNonNull(latents.get(delta.owner()));
  }

  @Override
  public String conditionCount(GraphEditor editor, SiteDelta delta) {
    return latent(delta).count();
  }

  @Override
  public String factor(GraphEditor editor, SiteDelta delta, Factor factor) {
    String parameter = HypernetworkGraph.parameterName(delta, factor);
    return factor.isGenerated()
        ? reshape(
            editor,
            editor.node("MatMul", latent(delta).value(), parameter),
            with(-1, factor.shape()))
        : reshape(editor, parameter, with(1, factor.shape()));
  }

  @Override
  public String times(GraphEditor editor, SiteDelta delta, Factor factor, Operand x) {
    String parameter = HypernetworkGraph.parameterName(delta, factor);
    if (!factor.isGenerated()) {
      return x.times(parameter, factor.dims().get(1));
    }
    Latent latent = latent(delta);
    return mixed(
        editor,
        new Mix(latent.value(), latent.count(), parameter, latent.width() + 1L),
        factor.dims().get(0),
        factor.dims().get(1),
        x);
  }

  @Override
  public String timesMix(
      GraphEditor editor, SiteDelta delta, Factor weights, Factor matrices, Operand x) {
    long count = matrices.dims().get(0);
    String values =
        editor.node(
            "MatMul", latent(delta).value(), HypernetworkGraph.parameterName(delta, weights));
    String bank = HypernetworkGraph.parameterName(delta, matrices);
    return mixed(
        editor,
        new Mix(values, latent(delta).count(), bank, count),
        matrices.dims().get(1),
        matrices.dims().get(2),
        x);
  }

  /**
   * Matrices that are added up with weights: a head's by the latent, a basis's by what is
   * generated.
   *
   * @param weights name of float32 {@code [K, count]}
   * @param conditions name of K, int64 {@code [1]}
   * @param matrices name of float32, {@code count} matrices one after another
   */
  private record Mix(String weights, String conditions, String matrices, long count) {}

  /** x {@code [K, m, in]} times the mix, in the cheaper order. */
  private String mixed(GraphEditor editor, Mix mix, long in, long out, Operand x) {
    long count = mix.count();
    if (Contraction.cheaper(workload, in, out, count, x.unfolding()) == Contraction.FACTORS_FIRST) {
      String flat =
          editor.node("MatMul", mix.weights(), reshape(editor, mix.matrices(), count, in * out));
      return x.timesEach(reshape(editor, flat, -1, in, out));
    }
    // [count, in, out] -> [in, count * out], so that x meets all matrices in one product.
    String matrices = reshape(editor, mix.matrices(), count, in, out);
    String turned = editor.node("Transpose", Map.of("perm", Attribute.ints(1, 0, 2)), matrices);
    String all = x.times(reshape(editor, turned, in, count * out), count * out);
    String shape =
        editor.node(
            "",
            "Concat",
            Map.of("axis", Attribute.of(0)),
            List.of(mix.conditions(), editor.constant(TensorValue.longs(-1, count, out))));
    String each = editor.node("Reshape", all, shape);
    String weights = reshape(editor, mix.weights(), -1, 1, count, 1);
    return editor.reduceSum(editor.node("Mul", each, weights), 2);
  }

  private static String reshape(GraphEditor editor, String x, long... shape) {
    return editor.node("Reshape", x, editor.constant(TensorValue.longs(shape)));
  }

  private static long[] with(long first, long[] shape) {
    return LongStream.concat(LongStream.of(first), LongStream.of(shape)).toArray();
  }
}
