package io.hyperdelta.fit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.hyperdelta.autodiff.Team;
import io.hyperdelta.autodiff.Tensors;
import io.hyperdelta.autodiff.Value;
import io.hyperdelta.condition.ColumnEncoder;
import io.hyperdelta.condition.Condition;
import io.hyperdelta.condition.ConditionEncoder;
import io.hyperdelta.delta.Adaptation;
import io.hyperdelta.delta.LowRank;
import io.hyperdelta.graph.Dtype;
import io.hyperdelta.graph.GraphEditor;
import io.hyperdelta.graph.Model;
import io.hyperdelta.graph.ModelWriter;
import io.hyperdelta.graph.TensorType;
import io.hyperdelta.graph.TensorValue;
import io.hyperdelta.hypernetwork.Hypernetwork;
import io.hyperdelta.spec.FitSpec;
import io.hyperdelta.spec.Objective;
import io.hyperdelta.target.Target;
import io.hyperdelta.weave.Weaver;
import io.hyperdelta.weave.Workload;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.PointerScope;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Steps that a team computes in shards, against the same steps as a whole. */
@SuppressWarnings("try") // scopes work by being open
class ShardedTrainingTest {
  private static final int IN = 4;

  /** So wide that some hundred rows are worth a shard. */
  private static final int HIDDEN = 4096;

  private static final int ROWS = 1600;
  private static final int ROWS_EACH = 16;
  private static final int BATCH = 800;
  private static final int STEPS = 2;

  private final Random random = new Random(8);
  private final double[] labels = new double[ROWS];

  /** The loss of each step and of all rows at the end, and the parameters then. */
  private record Result(List<Double> losses, Map<String, TensorValue> parameters) {}

  private static Weaver weaver() {
    Random random = new Random(2);
    GraphEditor editor = GraphEditor.empty("net", 17);
    editor.input("x", TensorType.of(Dtype.FLOAT, "rows", IN));
    editor.initializer("fc1.weight", normal(random, 0.5, IN, HIDDEN));
    editor.initializer("fc2.weight", normal(random, 0.02, HIDDEN, 1));
    String h = editor.node("Tanh", editor.node("MatMul", "x", "fc1.weight"));
    editor.nodeInto("y", "MatMul", h, "fc2.weight");
    editor.output("y", TensorType.of(Dtype.FLOAT, "rows", 1));
    Condition place =
        new Condition(
            "place",
            new ConditionEncoder(List.of(new ColumnEncoder.Standardise("c", 0, 1, false))));
    return new Weaver(
        Target.of(ModelWriter.write(editor.finish("net")), "net.onnx"),
        List.of(
            new Hypernetwork(
                    "h",
                    place,
                    List.of(8, 8),
                    4,
                    List.of(Adaptation.of("fc1.weight", new LowRank(2))))
                .withDropout(0.5)));
  }

  private static TensorValue normal(Random random, double scale, long... dims) {
    float[] values = new float[Math.toIntExact(Arrays.stream(dims).reduce(1, (a, b) -> a * b))];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (scale * random.nextGaussian());
    }
    return TensorValue.ofFloats(values, dims);
  }

  /** y = c x0 - x1; each sixteen rows share c. */
  private Map<String, Value> inputs() {
    float[] x = new float[ROWS * IN];
    float[] c = new float[ROWS];
    for (int row = 0; row < ROWS; row++) {
      for (int i = 0; i < IN; i++) {
        x[row * IN + i] = (float) random.nextGaussian();
      }
      c[row] = row % ROWS_EACH == 0 ? (float) random.nextGaussian() : c[row - 1];
      labels[row] = c[row] * x[row * IN] - x[row * IN + 1];
    }
    return Map.of(
        "x", Value.of(Tensors.ofFloats(x, ROWS, IN)), "c", Value.of(Tensors.ofFloats(c, ROWS, 1)));
  }

  /** Trains with dropout and with a price on the size of the deltas. */
  private Result train(int rowsEach, int members) {
    random.setSeed(8);
    int conditions = BATCH / rowsEach;
    Weaver weaver = weaver();
    Map<String, TensorValue> start = new LinkedHashMap<>();
    Random fresh = new Random(3);
    weaver
        .freshParameters(4)
        .forEach((name, value) -> start.put(name, normal(fresh, 0.1, value.dims())));
    WovenFit woven = new WovenFit(Map.of(), weaver.masks(), 0.01);
    Model model =
        TargetStep.withoutOthers(
            weaver.training(start, Workload.training(BATCH, conditions)), "y", woven);
    FitSpec fit = FitSpec.builder().clip(0.5).build();
    Map<String, Value> inputs = inputs();
    try (PointerScope scope = new PointerScope();
        Trainer trainer =
            new Trainer(
                Trainer.compile(model, List.copyOf(start.keySet()), inputs.keySet(), fit, woven),
                inputs,
                rowsEach > 1 ? Set.of("c") : Set.of(),
                labels,
                new Loss(Objective.MSE, 1.5),
                fit,
                woven,
                Team.of(members))) {
      List<Double> losses = new ArrayList<>();
      for (int step = 0; step < STEPS; step++) {
        losses.add(trainer.step(batch(step, rowsEach), 0.01));
      }
      losses.add(trainer.loss(RowBlocks.perRow(IntStream.range(0, ROWS).toArray(), BATCH)));
      return new Result(losses, trainer.parameters().values());
    }
  }

  /** Half of the rows, of which every seventh only fills up its block. */
  private static Batch batch(int step, int rowsEach) {
    int[] rows = IntStream.range(0, BATCH).map(i -> (step % 2) * BATCH + i).toArray();
    int[] conditionRows =
        IntStream.range(0, BATCH / rowsEach).map(k -> rows[k * rowsEach]).toArray();
    int[] counted = IntStream.range(0, BATCH).filter(i -> i % 7 != 6).toArray();
    return new Batch(rows, conditionRows, counted);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, ROWS_EACH})
  void lossesAndParametersAreThoseOfTheWhole(int rowsEach) {
    Result whole = train(rowsEach, 1);
    for (int members : new int[] {2, 3}) {
      Result divided = train(rowsEach, members);

      for (int i = 0; i < whole.losses().size(); i++) {
        double loss = whole.losses().get(i);
        assertThat(divided.losses().get(i)).isCloseTo(loss, within(1e-5 * loss));
      }
      whole
          .parameters()
          .forEach(
              (name, value) ->
                  assertThat(Objects.requireNonNull(divided.parameters().get(name)).doubles())
                      .as(name)
                      .usingComparatorWithPrecision(2e-4)
                      .containsExactly(value.doubles()));
      assertThat(train(rowsEach, members)).as("bit for bit").isEqualTo(divided);
      assertThat(divided.losses()).as("really in shards").isNotEqualTo(whole.losses());
    }
  }

  @Test
  void partsHaveAllBlocksAmongThem() {
    Batch batch = batch(1, ROWS_EACH);
    List<Integer> rows = new ArrayList<>();
    List<Integer> counted = new ArrayList<>();
    List<Integer> conditionRows = new ArrayList<>();
    for (int number = 0; number < 3; number++) {
      Batch shard = batch.shard(number, 3);
      assertThat(shard.rows()).hasSize(shard.conditionRows().length * ROWS_EACH);
      assertThat(shard.conditionRows().length).isBetween(16, 17);
      Arrays.stream(shard.rows()).forEach(rows::add);
      Arrays.stream(shard.countedRows()).forEach(counted::add);
      Arrays.stream(shard.conditionRows()).forEach(conditionRows::add);
    }
    assertThat(rows).containsExactly(boxed(batch.rows()));
    assertThat(counted).containsExactly(boxed(batch.countedRows()));
    assertThat(conditionRows).containsExactly(boxed(batch.conditionRows()));
  }

  private static Integer[] boxed(int[] numbers) {
    return Arrays.stream(numbers).boxed().toArray(Integer[]::new);
  }
}
