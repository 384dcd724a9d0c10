package io.hyperdelta.weave;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.hyperdelta.condition.Categories;
import io.hyperdelta.delta.Adaptation;
import io.hyperdelta.delta.Chunked;
import io.hyperdelta.delta.Factor;
import io.hyperdelta.delta.Form;
import io.hyperdelta.delta.Full;
import io.hyperdelta.delta.SiteDelta;
import io.hyperdelta.graph.Attribute;
import io.hyperdelta.graph.Dtype;
import io.hyperdelta.graph.GraphEditor;
import io.hyperdelta.graph.ModelWriter;
import io.hyperdelta.graph.TensorType;
import io.hyperdelta.graph.TensorValue;
import io.hyperdelta.hypernetwork.ContextTable;
import io.hyperdelta.hypernetwork.Heads;
import io.hyperdelta.hypernetwork.SharedSource;
import io.hyperdelta.hypernetwork.Source;
import io.hyperdelta.target.Part;
import io.hyperdelta.target.Target;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Weights that are generated outright: where they start, and what merging makes of them. */
final class ReplacedWeightsTest {
  private static final int IN = 40;
  private static final int OUT = 30;

  /** One layer, its weight stored as {@code [out, in]}. */
  private static Target target() {
    GraphEditor editor = GraphEditor.empty("net", 17);
    editor.input("x", TensorType.of(Dtype.FLOAT, "rows", IN));
    editor.initializer("fc.weight", TensorValue.ofFloats(weight(), OUT, IN));
    editor.initializer("fc.bias", TensorValue.ofFloats(new float[OUT], OUT));
    String y = editor.node("Gemm", Map.of("transB", Attribute.of(1)), "x", "fc.weight", "fc.bias");
    editor.output(y, TensorType.of(Dtype.FLOAT, "rows", OUT));
    return Target.of(ModelWriter.write(editor.finish("net")), "net.onnx");
  }

  private static float[] weight() {
    Random random = new Random(1);
    float[] values = new float[IN * OUT];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }

  private static Weaver shared(Form form, double scale) {
    Adaptation adaptation = new Adaptation(new Part("fc.weight"), form, scale);
    return new Weaver(target(), List.of(new SharedSource("s", List.of(adaptation))));
  }

  @Test
  void aFullWeightStartsAsTheFrozenOneForAllContexts() {
    Source table =
        new ContextTable(
            "t",
            "tenant",
            new Categories(List.of("a", "b"), false),
            List.of(Adaptation.of("fc.weight", new Full(true))));
    Map<String, TensorValue> fresh = new Weaver(target(), List.of(table)).freshParameters(3);

    assertThat(fresh).hasSize(1);
    float[] rows = Objects.requireNonNull(fresh.get("hyperdelta/t/fc.weight/full/W/head")).floats();
    float[] frozen = weight();
    assertThat(rows).hasSize(3 * IN * OUT);
    for (int i = 0; i < IN * OUT; i++) {
      assertThat(rows[i]).as("of a alone").isZero();
      assertThat(rows[IN * OUT + i]).as("of b alone").isZero();
      assertThat(rows[2 * IN * OUT + i]).as("of all").isEqualTo(frozen[i % OUT * IN + i / OUT]);
    }
  }

  @Test
  void freshChunksVaryAsMuchAsTheWeightsOfAFreshLayer() {
    double squares = 0;
    int seeds = 50;
    for (int seed = 0; seed < seeds; seed++) {
      double[] generated = delta(shared(new Chunked(48, 6, true), 1), seed);
      float[] frozen = weight();
      for (int i = 0; i < generated.length; i++) {
        squares += Math.pow(generated[i] + frozen[i], 2) / generated.length / seeds;
      }
    }
    assertThat(squares).isCloseTo(1.0 / IN, within(0.1 / IN));
  }

  @Test
  void mergedItIsWhatWasGenerated() {
    Weaver weaver = shared(new Chunked(48, 6, true), 1);
    float[] frozen = weight();
    double[] delta = delta(weaver, 5);

    float[] whole = merged(weaver, Strength.of(1));
    float[] half = merged(weaver, Strength.of(0.5));
    assertThat(merged(weaver, Strength.of(0))).containsExactly(frozen);
    for (int i = 0; i < frozen.length; i++) {
      assertThat(whole[i]).isCloseTo((float) (frozen[i] + delta[i]), within(1e-7f));
      assertThat(half[i]).isCloseTo((float) (frozen[i] + 0.5 * delta[i]), within(1e-7f));
    }
  }

  private static float[] merged(Weaver weaver, Strength strength) {
    Map<String, TensorValue> factors = new LinkedHashMap<>();
    SiteDelta delta = weaver.deltas().get(0);
    List<Factor> own = delta.form().factors(delta.site());
    List<TensorValue> values = factors(weaver, 5);
    for (int i = 0; i < own.size(); i++) {
      long[] dims = Mix.with(1, own.get(i).shape());
      factors.put(delta.factorName(own.get(i)), TensorValue.ofFloats(values.get(i).floats(), dims));
    }
    return Objects.requireNonNull(
            Merge.merge(weaver.target(), weaver.deltas(), factors, strength)
                .graph()
                .initializers()
                .get("fc.weight"))
        .floats();
  }

  /** The fresh delta in the order of storage. */
  private static double[] delta(Weaver weaver, long seed) {
    SiteDelta delta = weaver.deltas().get(0);
    TensorValue frozen = TensorValue.ofFloats(weight(), OUT, IN);
    return delta.form().dense(delta.site(), frozen, factors(weaver, seed));
  }

  /** A shared source's fresh factors: its parameters in their own shapes. */
  private static List<TensorValue> factors(Weaver weaver, long seed) {
    SiteDelta delta = weaver.deltas().get(0);
    Map<String, TensorValue> fresh = weaver.freshParameters(seed);
    return delta.form().factors(delta.site()).stream()
        .map(
            factor ->
                TensorValue.ofFloats(
                    Objects.requireNonNull(fresh.get(Heads.parameterName(delta, factor))).floats(),
                    factor.shape()))
        .toList();
  }
}
