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
    String flat =
        editor.node("MatMul", latent(delta).value(), HypernetworkGraph.headName(delta, factor));
    return reshape(editor, flat, LongStream.concat(LongStream.of(-1), dims(factor)).toArray());
  }

  @Override
  public String times(GraphEditor editor, SiteDelta delta, Factor factor, String x) {
    Latent latent = latent(delta);
    long in = factor.dims().get(0);
    long out = factor.dims().get(1);
    if (Contraction.cheaper(workload, in, out, latent.width()) == Contraction.FACTORS_FIRST) {
      return editor.node("MatMul", x, factor(editor, delta, factor));
    }
    long d = latent.width() + 1L;
    // H [d, in * out] -> [in, d * out], so that x meets all of the head in one product.
    String head = reshape(editor, HypernetworkGraph.headName(delta, factor), d, in, out);
    String turned = editor.node("Transpose", Map.of("perm", Attribute.ints(1, 0, 2)), head);
    String all = editor.node("MatMul", x, reshape(editor, turned, in, d * out));
    String shape =
        editor.node(
            "",
            "Concat",
            Map.of("axis", Attribute.of(0)),
            List.of(latent.count(), editor.constant(TensorValue.longs(-1, d, out))));
    String perLatent = editor.node("Reshape", all, shape);
    String weights = reshape(editor, latent.value(), -1, 1, d, 1);
    return editor.reduceSum(editor.node("Mul", perLatent, weights), 2);
  }

  private static String reshape(GraphEditor editor, String x, long... shape) {
    return editor.node("Reshape", x, editor.constant(TensorValue.longs(shape)));
  }

  private static LongStream dims(Factor factor) {
    return factor.dims().stream().mapToLong(Long::longValue);
  }
}
