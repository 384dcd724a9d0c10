package io.hyperdelta.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import io.hyperdelta.condition.ColumnEncoder;
import io.hyperdelta.condition.Condition;
import io.hyperdelta.condition.ConditionEncoder;
import io.hyperdelta.delta.Adaptation;
import io.hyperdelta.delta.Full;
import io.hyperdelta.delta.Gain;
import io.hyperdelta.delta.LowRank;
import io.hyperdelta.graph.ModelWriter;
import io.hyperdelta.graph.TensorValue;
import io.hyperdelta.hypernetwork.Hypernetwork;
import io.hyperdelta.target.Target;
import io.hyperdelta.weave.Weaver;
import io.hyperdelta.weave.Workload;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Networks that others trained, woven with several adaptations, one condition per row. */
class AdaptedNetworksTest {
  private static final double TOLERANCE = 1e-4;
  private static final int ROWS = 8;

  private static Hypernetwork hypernetwork(
      String name, String column, int latent, Adaptation... adaptations) {
    ConditionEncoder encoder =
        new ConditionEncoder(List.of(new ColumnEncoder.Standardise(column, 0, 1, false)));
    return new Hypernetwork(
        name, new Condition(column, encoder), List.of(8), latent, List.of(adaptations));
  }

  private static TensorValue condition(long seed) {
    return normal(new Random(seed), 1, ROWS, 1);
  }

  private static TensorValue normal(Random random, double deviation, long... dims) {
    int count = 1;
    for (long dim : dims) {
      count = Math.toIntExact(count * dim);
    }
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) (deviation * random.nextGaussian());
    }
    return TensorValue.ofFloats(values, dims);
  }

  /** Parameters as after training: none of them zero. */
  private static Map<String, TensorValue> trained(Weaver weaver) {
    Random random = new Random(11);
    Map<String, TensorValue> parameters = new LinkedHashMap<>();
    weaver
        .freshParameters(5)
        .forEach(
            (name, value) -> {
              float[] values = value.floats();
              for (int i = 0; i < values.length; i++) {
                values[i] += (float) (0.02 * random.nextGaussian());
              }
              parameters.put(name, TensorValue.ofFloats(values, value.dims()));
            });
    return parameters;
  }

  private static void check(
      String name, byte[] model, Map<String, TensorValue> rows, Hypernetwork... hypernetworks) {
    Target target = Target.of(model, name);
    Weaver weaver = new Weaver(target, List.of(hypernetworks));
    byte[] woven = ModelWriter.write(weaver.fused(trained(weaver), Workload.MIXED));
    Map<String, TensorValue> inputs = new LinkedHashMap<>(rows);
    inputs.put("a", condition(1));
    inputs.put("b", condition(2));
    double difference = Parity.difference(woven, inputs);
    System.out.printf(
        Locale.ROOT,
        "%s, %d deltas: %.1e from ONNX Runtime at most%n",
        name,
        weaver.deltas().size(),
        difference);
    assertThat(difference).isLessThan(TOLERANCE);

    byte[] fresh = ModelWriter.write(weaver.fused(weaver.freshParameters(5), Workload.MIXED));
    float[] expected = output(model, rows);
    assertThat(output(fresh, inputs)).as("a fresh model is the target").hasSameSizeAs(expected);
    assertThat(largest(output(fresh, inputs), expected)).isLessThan(TOLERANCE);
    assertThat(largest(output(woven, inputs), expected))
        .as("the deltas do something")
        .isGreaterThan(10 * TOLERANCE);
  }

  private static float[] output(byte[] model, Map<String, TensorValue> inputs) {
    try (OrtReference reference = new OrtReference(model, Threads.COUNT, inputs)) {
      return reference.run().floats();
    }
  }

  private static double largest(float[] a, float[] b) {
    double largest = 0;
    for (int i = 0; i < a.length; i++) {
      largest = Math.max(largest, Math.abs(a[i] - (double) b[i]));
    }
    return largest;
  }

  @Test
  void attentionNormsAndOneNeuronOfMiniLm() {
    MiniLm.Tokens tokens = MiniLm.tokens(Sentences.make(ROWS, 4, 20, 3));
    long[] dims = {tokens.batch(), tokens.length()};
    Map<String, TensorValue> rows =
        Map.of(
            "input_ids", TensorValue.ofLongs(tokens.ids(), dims),
            "attention_mask", TensorValue.ofLongs(tokens.mask(), dims),
            "token_type_ids", TensorValue.ofLongs(tokens.types(), dims));
    check(
        "MiniLM",
        MiniLm.model(),
        rows,
        hypernetwork(
            "first",
            "a",
            4,
            Adaptation.of("*.attention.* & kind:weight", new LowRank(4)),
            Adaptation.of("encoder.layer.2.intermediate.dense.weight[7]", new Full())),
        hypernetwork("second", "b", 4, Adaptation.of("kind:scale", new Gain())));
  }

  @Test
  void kernelsOfTheClassifier() {
    Random random = new Random(7);
    check(
        "PP-OCR classifier",
        PpOcr.classifier(),
        Map.of("x", normal(random, 0.5, ROWS, 3, 48, 192)),
        hypernetwork("first", "a", 3, Adaptation.of("kind:kernel", new LowRank(2))),
        hypernetwork("second", "b", 3, Adaptation.of("kind:kernel", new Gain())));
  }
}
