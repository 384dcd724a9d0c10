package io.hyperdelta.sidebyside;

import io.hyperdelta.condition.ColumnEncoder;
import io.hyperdelta.condition.Condition;
import io.hyperdelta.condition.ConditionEncoder;
import io.hyperdelta.delta.Adaptation;
import io.hyperdelta.graph.Dtype;
import io.hyperdelta.graph.GraphEditor;
import io.hyperdelta.graph.ModelWriter;
import io.hyperdelta.graph.TensorType;
import io.hyperdelta.graph.TensorValue;
import io.hyperdelta.hypernetwork.Hypernetwork;
import io.hyperdelta.spec.Objective;
import io.hyperdelta.target.Target;
import io.hyperdelta.weave.Weaver;
import io.hyperdelta.weave.Workload;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;

/**
 * An MLP 64-256-256-10 and a hypernetwork that sees 16 numbers and has a latent of 64, which is a
 * linear function of them: batches of 256 rows with so many conditions.
 */
final class AdaptedMlp {
  static final int BATCH = 256;
  static final int IN = 64;
  static final int HIDDEN = 256;
  static final int OUT = 10;
  static final int CONDITION = 16;
  static final int LATENT = 64;
  static final int TABLE = 8192;
  private static final int BATCHES = 64;
  static final long SEED = 7;

  private AdaptedMlp() {}

  /**
   * The job.
   *
   * @param conditions of a batch, a divisor of its rows
   * @param sizes what else the other side must know
   */
  static Job job(
      int conditions, List<Adaptation> adaptations, Map<String, Integer> sizes, int threads) {
    Random random = new Random(SEED);
    List<String> names = IntStream.range(0, CONDITION).mapToObj(i -> "c" + i).toList();
    Weaver weaver = weaver(target(random), names, LATENT, adaptations);
    Map<String, TensorValue> fresh = weaver.freshParameters(SEED);
    Map<String, TensorValue> inputs = new LinkedHashMap<>();
    inputs.put("x", TensorValue.ofFloats(normal(random, TABLE * IN, 1), TABLE, IN));
    names.forEach(
        name -> inputs.put(name, TensorValue.ofFloats(normal(random, TABLE, 1), TABLE, 1)));
    List<int[]> rows = new ArrayList<>();
    List<int[]> firsts = new ArrayList<>();
    for (int i = 0; i < BATCHES; i++) {
      int[] batch = random.ints(BATCH, 0, TABLE).toArray();
      rows.add(batch);
      firsts.add(
          IntStream.range(0, conditions).map(k -> batch[k * (BATCH / conditions)]).toArray());
    }
    return new Job(
        weaver.fused(fresh, Workload.training(BATCH, conditions)),
        new Job.Settings(
            "adapted-mlp",
            Objective.CROSS_ENTROPY,
            1e-3,
            0.01,
            1,
            threads,
            List.copyOf(fresh.keySet()),
            conditions < BATCH ? names : List.of(),
            sizes),
        new Job.Data(
            inputs,
            TensorValue.ofLongs(random.longs(TABLE, 0, OUT).toArray(), TABLE),
            rows,
            firsts));
  }

  /** Numbers of a normal distribution around 0. */
  static float[] normal(Random random, int count, double deviation) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) (deviation * random.nextGaussian());
    }
    return values;
  }

  /** The MLP, with random weights. */
  static Target target(Random random) {
    GraphEditor editor = GraphEditor.empty("mlp", 17);
    editor.input("x", TensorType.of(Dtype.FLOAT, "rows", IN));
    String h = layer(editor, random, "fc1", "x", IN, HIDDEN);
    h = layer(editor, random, "fc2", editor.node("Relu", h), HIDDEN, HIDDEN);
    h = layer(editor, random, "fc3", editor.node("Relu", h), HIDDEN, OUT);
    editor.nodeInto("y", "Identity", h);
    editor.output("y", TensorType.of(Dtype.FLOAT, "rows", OUT));
    return Target.of(ModelWriter.write(editor.finish("mlp")), "mlp.onnx");
  }

  /** A fresh layer; returns the name of what it makes. */
  static String layer(GraphEditor editor, Random random, String name, String x, int in, int out) {
    editor.initializer(
        name + ".weight",
        TensorValue.ofFloats(normal(random, in * out, 1 / Math.sqrt(in)), in, out));
    editor.initializer(name + ".bias", TensorValue.ofFloats(normal(random, out, 0.1), out));
    return editor.node("Gemm", x, name + ".weight", name + ".bias");
  }

  /** One hypernetwork without a trunk that sees columns of numbers as they are. */
  static Weaver weaver(
      Target target, List<String> names, int latent, List<Adaptation> adaptations) {
    List<ColumnEncoder> columns = new ArrayList<>();
    names.forEach(name -> columns.add(new ColumnEncoder.Standardise(name, 0, 1, false)));
    Condition condition = new Condition("condition", new ConditionEncoder(columns));
    return new Weaver(
        target,
        List.of(new Hypernetwork("hypernetwork", condition, List.of(), latent, adaptations)));
  }
}
