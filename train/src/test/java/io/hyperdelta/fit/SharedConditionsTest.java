package io.hyperdelta.fit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.hyperdelta.autodiff.Team;
import io.hyperdelta.autodiff.Tensors;
import io.hyperdelta.autodiff.Value;
import io.hyperdelta.bundle.InputBinding;
import io.hyperdelta.condition.ColumnEncoder;
import io.hyperdelta.condition.Condition;
import io.hyperdelta.condition.ConditionEncoder;
import io.hyperdelta.data.Column;
import io.hyperdelta.data.NumericColumn;
import io.hyperdelta.data.Table;
import io.hyperdelta.delta.Adaptation;
import io.hyperdelta.delta.LowRank;
import io.hyperdelta.delta.Shift;
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
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Batches whose rows share conditions, against the same rows with a condition each. */
@SuppressWarnings("try") // scopes work by being open
class SharedConditionsTest {
  private static final int IN = 5;
  private static final int HIDDEN = 8;
  private static final int ROWS = 900;
  private static final int CONTEXTS = 30;

  private final Random random = new Random(29);
  private final double[][] columns = new double[IN + 2][ROWS];
  private final double[] labels = new double[ROWS];
  private final List<InputBinding> bindings = new ArrayList<>();
  private final Table table = table();
  private final int[] training;
  private final int[] validation;

  SharedConditionsTest() {
    training = IntStream.range(0, ROWS).filter(row -> row % 5 != 0).toArray();
    validation = IntStream.range(0, ROWS).filter(row -> row % 5 == 0).toArray();
  }

  /** Contexts of several sizes; y = x1 (1 + place) - x2 place2. */
  private Table table() {
    double[][] places = new double[2][CONTEXTS];
    for (double[] place : places) {
      Arrays.setAll(place, i -> random.nextGaussian());
    }
    for (int row = 0; row < ROWS; row++) {
      int context = (int) (CONTEXTS * Math.pow(random.nextDouble(), 1.3));
      for (int i = 0; i < IN; i++) {
        columns[i][row] = random.nextGaussian();
      }
      columns[IN][row] = places[0][context];
      columns[IN + 1][row] = places[1][context];
      labels[row] =
          columns[1][row] * (1 + columns[IN][row]) - columns[2][row] * columns[IN + 1][row];
    }
    List<Column> all = new ArrayList<>();
    List<String> features = new ArrayList<>();
    for (int i = 0; i < IN; i++) {
      features.add("x" + i);
    }
    bindings.add(new InputBinding("x", features, false, false, true, false));
    bindings.add(new InputBinding("long", List.of("long"), false, false, false, true));
    bindings.add(new InputBinding("lat", List.of("lat"), false, false, false, true));
    List<String> names = new ArrayList<>(features);
    names.addAll(List.of("long", "lat"));
    for (int i = 0; i < names.size(); i++) {
      all.add(new NumericColumn(names.get(i), columns[i], new BitSet()));
    }
    return new Table(all);
  }

  private TensorValue normal(double scale, long... dims) {
    float[] values = new float[Math.toIntExact(Arrays.stream(dims).reduce(1, (a, b) -> a * b))];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (scale * random.nextGaussian());
    }
    return TensorValue.ofFloats(values, dims);
  }

  private Weaver weaver(List<Integer> trunk) {
    GraphEditor editor = GraphEditor.empty("net", 17);
    editor.input("x", TensorType.of(Dtype.FLOAT, "rows", IN));
    editor.initializer("fc1.weight", normal(0.5, IN, HIDDEN));
    editor.initializer("fc1.bias", normal(0.5, HIDDEN));
    editor.initializer("fc2.weight", normal(0.5, HIDDEN, 1));
    String h = editor.node("Tanh", editor.node("Gemm", "x", "fc1.weight", "fc1.bias"));
    editor.nodeInto("y", "MatMul", h, "fc2.weight");
    editor.output("y", TensorType.of(Dtype.FLOAT, "rows", 1));
    Condition condition =
        new Condition(
            "place",
            new ConditionEncoder(
                List.of(
                    new ColumnEncoder.Standardise("long", 0.5, 2, false),
                    new ColumnEncoder.Standardise("lat", 0, 1, false))));
    return new Weaver(
        Target.of(ModelWriter.write(editor.finish("net")), "net.onnx"),
        List.of(
            new Hypernetwork(
                "where",
                condition,
                trunk,
                trunk.isEmpty() ? 2 : 6,
                List.of(
                    Adaptation.of("fc1.weight", new LowRank(3)),
                    Adaptation.of("*", new Shift())))));
  }

  /** What one batch gives. */
  private record Step(double loss, Map<String, double[]> gradients) {}

  private Step step(Model model, Batching batching, Batch batch, Set<String> parameters) {
    FitSpec fit = FitSpec.defaults();
    try (PointerScope scope = new PointerScope()) {
      Map<String, Value> inputs = RowInputs.of(table, bindings);
      return step(
          new Trainer(
              Trainer.compile(model, List.copyOf(parameters), inputs.keySet(), fit),
              inputs,
              batching.conditionInputs(),
              labels,
              new Loss(Objective.MSE, 1.5),
              fit,
              WovenFit.NONE,
              Team.of(1)),
          batch);
    }
  }

  private static Step step(Trainer preparedTrainer, Batch batch) {
    try (Trainer trainer = preparedTrainer) {
      assertThat(trainer.rows().isCached()).isTrue();
      Tensor value = trainer.lossOf(batch);
      value.backward();
      Map<String, double[]> gradients = new LinkedHashMap<>();
      trainer
          .parameters()
          .gradients()
          .forEach((name, gradient) -> gradients.put(name, Tensors.doubles(gradient)));
      return new Step(value.item_double(), gradients);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1})
  void lossAndGradientAreThoseOfTheSameRowsWithAConditionEach(int trunkLayers) {
    Weaver weaver = weaver(List.of(7).subList(0, trunkLayers));
    Map<String, TensorValue> parameters = new LinkedHashMap<>();
    weaver
        .freshParameters(3)
        .forEach((name, fresh) -> parameters.put(name, normal(0.5, fresh.dims())));
    Batching shared = Batching.of(table, bindings, training, validation, 64);
    Batching each = Batching.perRow(training, validation, 64);
    assertThat(shared.text()).isEqualTo("16 conditions x 4 rows");
    assertThat(shared.conditionInputs()).containsExactlyInAnyOrder("long", "lat");
    Model planned = weaver.fused(parameters, shared.workload());
    Model plannedEach = weaver.fused(parameters, each.workload());
    List<Batch> batches = shared.training().shuffled(new Random(1));
    assertThat(batches).anyMatch(Batch::isPadded);
    for (Batch batch : batches.subList(0, 4)) {
      int[] rows = batch.countedRows();
      Batch single = new Batch(rows, rows, IntStream.range(0, rows.length).toArray());
      Step expected = step(plannedEach, each, single, parameters.keySet());
      Step got = step(planned, shared, batch, parameters.keySet());

      assertThat(got.loss()).isCloseTo(expected.loss(), within(1e-5 * expected.loss()));
      expected
          .gradients()
          .forEach(
              (name, gradient) -> {
                double scale = Arrays.stream(gradient).map(Math::abs).max().orElse(0);
                assertThat(scale).as(name).isPositive();
                assertThat(got.gradients().get(name))
                    .as(name)
                    .usingComparatorWithPrecision(1e-5 * scale)
                    .containsExactly(gradient);
              });
    }
  }

  private FitResult fit(Weaver weaver, Batching batching, Progress progress) {
    try (PointerScope scope = new PointerScope()) {
      Map<String, TensorValue> fresh = weaver.freshParameters(4);
      FitSpec spec = FitSpec.builder().epochs(40).batch(64).learningRate(0.01).patience(40).build();
      return new Fitter(
              RowInputs.of(table, bindings), labels, batching, new Loss(Objective.MSE, 1.5))
          .fit(
              weaver.fused(fresh, batching.workload()),
              List.copyOf(fresh.keySet()),
              spec,
              progress,
              "fit");
    }
  }

  @Test
  void learnsAsWellAsWithAConditionPerRow() {
    Weaver weaver = weaver(List.of(16));
    List<String> notes = new ArrayList<>();
    long[] planned = new long[1];
    Progress progress =
        (title, total, unit) -> {
          planned[0] = total;
          return new Progress.Step() {
            @Override
            public void advance(long count) {
              planned[0] -= count;
            }

            @Override
            public void note(String text) {
              notes.add(text);
            }

            @Override
            public void close() {}
          };
        };
    FitResult each = fit(weaver, Batching.perRow(training, validation, 64), Progress.silent());
    Batching batching = Batching.of(table, bindings, training, validation, 64);
    FitResult shared = fit(weaver, batching, progress);
    System.out.printf(
        "validation loss: %.5f with %s after %d steps, %.5f with %s after %d steps%n",
        shared.validationLoss(),
        shared.batch(),
        shared.steps(),
        each.validationLoss(),
        each.batch(),
        each.steps());

    assertThat(shared.batch()).isEqualTo("16 conditions x 4 rows");
    assertThat(each.batch()).isEqualTo("64 rows");
    assertThat(notes).hasSize(40).allMatch(n -> n.startsWith("16 conditions x 4 rows, validation"));
    assertThat(planned[0]).isZero();
    assertThat(shared.validationLoss()).isLessThanOrEqualTo(1.05 * each.validationLoss());
    assertThat(fit(weaver, batching, Progress.silent()).parameters())
        .isEqualTo(shared.parameters());
  }

  @Test
  void unitsAreDroppedForAWholeConditionAtATime() {
    Weaver plain = weaver(List.of(16, 8));
    Hypernetwork dropping = ((Hypernetwork) plain.sources().get(0)).withDropout(0.3);
    Weaver weaver = new Weaver(plain.target(), List.of(dropping));
    Map<String, TensorValue> fresh = weaver.freshParameters(4);
    Batching batching = Batching.of(table, bindings, training, validation, 64);
    assertThat(batching.text()).isEqualTo("16 conditions x 4 rows");
    FitSpec spec = FitSpec.builder().epochs(10).batch(64).learningRate(0.01).build();
    List<FitResult> results = new ArrayList<>();
    for (WovenFit woven :
        List.of(
            new WovenFit(Map.of(), weaver.masks(), 0),
            new WovenFit(Map.of(), weaver.masks(), 0),
            WovenFit.NONE)) {
      try (PointerScope scope = new PointerScope()) {
        results.add(
            new Fitter(
                    RowInputs.of(table, bindings), labels, batching, new Loss(Objective.MSE, 1.5))
                .fit(
                    TargetStep.withoutOthers(
                        weaver.training(fresh, batching.workload()), "y", woven),
                    List.copyOf(fresh.keySet()),
                    spec,
                    woven,
                    Progress.silent(),
                    "fit"));
      }
    }

    assertThat(results.get(1).parameters()).isEqualTo(results.get(0).parameters());
    assertThat(results.get(2).parameters()).isNotEqualTo(results.get(0).parameters());
    assertThat(results.get(0).bestEpoch()).as("it learns").isPositive();
  }

  @Test
  void aFreshNetworkHasTheSameValidationLossInBlocksAndPerRow() {
    Weaver weaver = weaver(List.of());
    double[] losses = new double[2];
    Batching shared = Batching.of(table, bindings, training, validation, 64);
    assertThat(shared.validation().rowsEach()).isGreaterThan(1);
    List<Batching> both = List.of(shared, Batching.perRow(training, validation, 64));
    for (int i = 0; i < 2; i++) {
      losses[i] = sumOverValidation(weaver, both.get(i));
    }

    assertThat(losses[0]).isCloseTo(losses[1], within(1e-5 * losses[1]));
  }

  private double sumOverValidation(Weaver weaver, Batching batching) {
    Map<String, TensorValue> parameters = new LinkedHashMap<>();
    Random noise = new Random(6);
    weaver
        .freshParameters(3)
        .forEach(
            (name, fresh) -> {
              float[] values = fresh.floats();
              for (int i = 0; i < values.length; i++) {
                values[i] = (float) noise.nextGaussian();
              }
              parameters.put(name, TensorValue.ofFloats(values, fresh.dims()));
            });
    Model model = weaver.fused(parameters, batching.workload());
    double sum = 0;
    for (Batch batch : batching.validation().inOrder()) {
      sum += step(model, batching, batch, parameters.keySet()).loss() * batch.counted().length;
    }
    return sum;
  }

  @Test
  void anInputThatTheTargetSeesTooLeavesEachRowItsCondition() {
    List<InputBinding> both = new ArrayList<>(bindings);
    both.add(new InputBinding("x0", List.of("x0"), false, false, true, true));

    assertThat(Batching.of(table, both, training, validation, 64).isShared()).isFalse();
    assertThat(Batching.of(table, bindings.subList(0, 1), training, validation, 64).isShared())
        .isFalse();
    assertThat(Batching.of(table, both, training, validation, 64).conditionInputs()).isEmpty();
  }
}
