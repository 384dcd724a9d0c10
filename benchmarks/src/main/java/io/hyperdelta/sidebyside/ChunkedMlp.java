package io.hyperdelta.sidebyside;

import io.hyperdelta.delta.Adaptation;
import io.hyperdelta.delta.Chunked;
import io.hyperdelta.delta.Shift;
import io.hyperdelta.graph.Dtype;
import io.hyperdelta.graph.GraphEditor;
import io.hyperdelta.graph.ModelWriter;
import io.hyperdelta.graph.TensorType;
import io.hyperdelta.graph.TensorValue;
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
 * The sizes of SplitMNIST in von Oswald et al. 2020: an MLP 784-100-100-10 with 89,610 numbers,
 * five tasks of two classes, batches of 128 rows of one task each. All weights have chunked deltas
 * and all biases shifts, made from the task's embedding of 8 numbers; together 90,058 numbers are
 * trained, about as many as there are to be made. Pixels and labels are random.
 */
final class ChunkedMlp {
  private static final int BATCH = 128;
  private static final int IN = 784;
  private static final int HIDDEN = 100;
  private static final int OUT = 10;
  private static final int TASKS = 5;
  private static final int EMBEDDING = 8;
  private static final int TABLE = 8192;
  private static final int BATCHES = 64;
  private static final double RATE = 5e-4;
  private static final long SEED = 7;

  private ChunkedMlp() {}

  /** The job. */
  static Job job(int threads) {
    Random random = new Random(SEED);
    List<String> names = IntStream.range(0, TASKS).mapToObj(i -> "task" + i).toList();
    Weaver weaver = AdaptedMlp.weaver(target(random), names, EMBEDDING, adaptations());
    Map<String, TensorValue> fresh = weaver.freshParameters(SEED);
    Map<String, TensorValue> inputs = new LinkedHashMap<>();
    inputs.put("x", TensorValue.ofFloats(AdaptedMlp.normal(random, TABLE * IN, 1), TABLE, IN));
    long[] labels = new long[TABLE];
    for (int row = 0; row < TABLE; row++) {
      labels[row] = 2L * (row % TASKS) + random.nextInt(2);
    }
    for (int task = 0; task < TASKS; task++) {
      float[] chosen = new float[TABLE];
      for (int row = task; row < TABLE; row += TASKS) {
        chosen[row] = 1;
      }
      inputs.put(names.get(task), TensorValue.ofFloats(chosen, TABLE, 1));
    }
    List<int[]> rows = new ArrayList<>();
    List<int[]> firsts = new ArrayList<>();
    for (int i = 0; i < BATCHES; i++) {
      int task = i % TASKS;
      int[] batch =
          random.ints(BATCH, 0, TABLE / TASKS).map(place -> place * TASKS + task).toArray();
      rows.add(batch);
      firsts.add(new int[] {batch[0]});
    }
    return new Job(
        weaver.fused(fresh, Workload.training(BATCH, 1)),
        new Job.Settings(
            "chunked-mlp",
            Objective.CROSS_ENTROPY,
            RATE,
            0.01,
            1,
            threads,
            List.copyOf(fresh.keySet()),
            names,
            Map.of("in", IN, "hidden", HIDDEN, "out", OUT, "tasks", TASKS)),
        new Job.Data(inputs, TensorValue.ofLongs(labels, TABLE), rows, firsts));
  }

  /** 80 chunks of the first weight and of the second, 10 of the third. */
  private static List<Adaptation> adaptations() {
    return List.of(
        Adaptation.of("fc1.weight", new Chunked(980, EMBEDDING)),
        Adaptation.of("fc2.weight", new Chunked(125, EMBEDDING)),
        Adaptation.of("fc3.weight", new Chunked(100, EMBEDDING)),
        Adaptation.of("kind:bias", new Shift()));
  }

  private static Target target(Random random) {
    GraphEditor editor = GraphEditor.empty("mlp", 17);
    editor.input("x", TensorType.of(Dtype.FLOAT, "rows", IN));
    String h = AdaptedMlp.layer(editor, random, "fc1", "x", IN, HIDDEN);
    h = AdaptedMlp.layer(editor, random, "fc2", editor.node("Relu", h), HIDDEN, HIDDEN);
    h = AdaptedMlp.layer(editor, random, "fc3", editor.node("Relu", h), HIDDEN, OUT);
    editor.nodeInto("y", "Identity", h);
    editor.output("y", TensorType.of(Dtype.FLOAT, "rows", OUT));
    return Target.of(ModelWriter.write(editor.finish("mlp")), "mlp.onnx");
  }
}
