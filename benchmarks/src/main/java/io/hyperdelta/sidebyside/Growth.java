package io.hyperdelta.sidebyside;

import io.hyperdelta.autodiff.Precision;
import io.hyperdelta.autodiff.Program;
import io.hyperdelta.autodiff.Tensors;
import io.hyperdelta.autodiff.Value;
import io.hyperdelta.benchmarks.Turns;
import io.hyperdelta.delta.Adaptation;
import io.hyperdelta.delta.LowRank;
import io.hyperdelta.fit.Trainer;
import io.hyperdelta.graph.Dtype;
import io.hyperdelta.graph.GraphEditor;
import io.hyperdelta.graph.ModelWriter;
import io.hyperdelta.graph.TensorType;
import io.hyperdelta.graph.TensorValue;
import io.hyperdelta.spec.FitSpec;
import io.hyperdelta.spec.Objective;
import io.hyperdelta.target.Target;
import io.hyperdelta.weave.PlannedProduct;
import io.hyperdelta.weave.Weaver;
import io.hyperdelta.weave.Workload;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.PointerScope;

/**
 * How a training step grows with the conditions of a batch, the rank, the latent and the number of
 * layers: an MLP of layers 256 x 256, low-rank deltas on all of them, 256 rows.
 */
final class Growth {
  private static final int WIDTH = 256;
  private static final int TURNS = 15;
  private static final double TURN_SECONDS = 0.2;

  private Growth() {}

  /**
   * Sizes of a step.
   *
   * @param conditions of a batch of 256 rows
   */
  private record Sizes(int conditions, int rank, int latent, int layers) {
    static final Sizes BASE = new Sizes(256, 8, 16, 2);

    static List<Sizes> all() {
      List<Sizes> sizes = new ArrayList<>();
      for (int conditions : new int[] {1, 8, 64, 256}) {
        sizes.add(new Sizes(conditions, BASE.rank, BASE.latent, BASE.layers));
      }
      for (int rank : new int[] {1, 4, 16, 64}) {
        sizes.add(new Sizes(BASE.conditions, rank, BASE.latent, BASE.layers));
      }
      for (int latent : new int[] {4, 64, 256}) {
        sizes.add(new Sizes(BASE.conditions, BASE.rank, latent, BASE.layers));
      }
      for (int layers : new int[] {6, 12, 24}) {
        sizes.add(new Sizes(BASE.conditions, BASE.rank, BASE.latent, layers));
      }
      return sizes;
    }
  }

  /** Measures, and writes a table. */
  static String table() {
    StringBuilder table =
        new StringBuilder(
            """
            | conditions | rank | latent | layers | a step, ms | generated numbers for a condition | orders planned |
            |---|---|---|---|---|---|---|
            """);
    for (Sizes sizes : Sizes.all()) {
      table.append(line(sizes));
    }
    return table.toString();
  }

  @SuppressWarnings("try") // scopes work by being open
  private static String line(Sizes sizes) {
    Random random = new Random(AdaptedMlp.SEED);
    List<String> names = IntStream.range(0, AdaptedMlp.CONDITION).mapToObj(i -> "c" + i).toList();
    List<Adaptation> adaptations =
        IntStream.range(0, sizes.layers)
            .mapToObj(i -> Adaptation.of("fc" + i + ".weight", new LowRank(sizes.rank)))
            .toList();
    Weaver weaver =
        AdaptedMlp.weaver(target(random, sizes.layers), names, sizes.latent, adaptations);
    Workload workload = Workload.training(AdaptedMlp.BATCH, sizes.conditions);
    Map<String, TensorValue> fresh = weaver.freshParameters(AdaptedMlp.SEED);
    int[] rows = random.ints(AdaptedMlp.BATCH, 0, AdaptedMlp.TABLE).toArray();
    int each = AdaptedMlp.BATCH / sizes.conditions;
    int[] firsts = IntStream.range(0, sizes.conditions).map(k -> rows[k * each]).toArray();
    FitSpec fit = FitSpec.defaults();
    try (PointerScope scope = new PointerScope()) {
      Map<String, Value> inputs = inputs(random, names);
      Program program =
          Trainer.compile(
              weaver.fused(fresh, workload), List.copyOf(fresh.keySet()), inputs.keySet(), fit);
      try (Trainer trainer =
          Trainer.of(
              program,
              inputs,
              each > 1 ? Set.copyOf(names) : Set.of(),
              random.doubles(AdaptedMlp.TABLE).toArray(),
              Objective.MSE,
              fit)) {
        double seconds = seconds(() -> trainer.step(rows, firsts, 1e-4));
        Set<String> orders = new TreeSet<>();
        PlannedProduct.of(weaver, workload).forEach(p -> orders.add(p.factor() + " " + p.chosen()));
        return String.format(
            Locale.ROOT,
            "| %d | %d | %d | %d | %.2f | %,d | %s |%n",
            sizes.conditions,
            sizes.rank,
            sizes.latent,
            sizes.layers,
            1e3 * seconds,
            2 * WIDTH * sizes.rank * sizes.layers,
            String.join(", ", orders));
      }
    }
  }

  private static Map<String, Value> inputs(Random random, List<String> names) {
    Map<String, Value> inputs = new LinkedHashMap<>();
    inputs.put("x", value(random, WIDTH));
    names.forEach(name -> inputs.put(name, value(random, 1)));
    return inputs;
  }

  private static Value value(Random random, int width) {
    float[] numbers = AdaptedMlp.normal(random, AdaptedMlp.TABLE * width, 1);
    return Value.of(
        Tensors.of(TensorValue.ofFloats(numbers, AdaptedMlp.TABLE, width), Precision.FLOAT));
  }

  private static Target target(Random random, int layers) {
    GraphEditor editor = GraphEditor.empty("mlp", 17);
    editor.input("x", TensorType.of(Dtype.FLOAT, "rows", WIDTH));
    String h = "x";
    for (int i = 0; i < layers; i++) {
      h = editor.node("Relu", AdaptedMlp.layer(editor, random, "fc" + i, h, WIDTH, WIDTH));
    }
    h = AdaptedMlp.layer(editor, random, "out", h, WIDTH, 1);
    editor.nodeInto("y", "Identity", h);
    editor.output("y", TensorType.of(Dtype.FLOAT, "rows", 1));
    return Target.of(ModelWriter.write(editor.finish("mlp")), "mlp.onnx");
  }

  /** Median over turns. */
  private static double seconds(Runnable step) {
    int steps = 1;
    while (run(step, steps) < TURN_SECONDS) {
      steps *= 2;
    }
    double[] turns = new double[TURNS];
    for (int turn = 0; turn < TURNS; turn++) {
      turns[turn] = run(step, steps) / steps;
    }
    return Turns.median(turns);
  }

  private static double run(Runnable step, int times) {
    long start = System.nanoTime();
    for (int i = 0; i < times; i++) {
      step.run();
    }
    return (System.nanoTime() - start) / 1e9;
  }
}
