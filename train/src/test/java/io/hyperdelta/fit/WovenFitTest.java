package io.hyperdelta.fit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.hyperdelta.autodiff.Precision;
import io.hyperdelta.autodiff.Program;
import io.hyperdelta.autodiff.Tensors;
import io.hyperdelta.autodiff.Value;
import io.hyperdelta.condition.ColumnEncoder;
import io.hyperdelta.condition.Condition;
import io.hyperdelta.condition.ConditionEncoder;
import io.hyperdelta.delta.Adaptation;
import io.hyperdelta.delta.LowRank;
import io.hyperdelta.delta.SiteDelta;
import io.hyperdelta.graph.Dtype;
import io.hyperdelta.graph.GraphEditor;
import io.hyperdelta.graph.Model;
import io.hyperdelta.graph.ModelWriter;
import io.hyperdelta.graph.TensorType;
import io.hyperdelta.graph.TensorValue;
import io.hyperdelta.hypernetwork.DropoutMask;
import io.hyperdelta.hypernetwork.Hypernetwork;
import io.hyperdelta.hypernetwork.SharedSource;
import io.hyperdelta.hypernetwork.Source;
import io.hyperdelta.spec.FitSpec;
import io.hyperdelta.spec.Objective;
import io.hyperdelta.spec.SpecException;
import io.hyperdelta.target.Target;
import io.hyperdelta.weave.Weaver;
import io.hyperdelta.weave.Workload;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.bytedeco.javacpp.PointerScope;
import org.junit.jupiter.api.Test;

/** What only sources of deltas have when they are fitted. */
class WovenFitTest {
  private static final int ROWS = 600;
  private static final int IN = 4;
  private static final Condition PLACE =
      new Condition(
          "place", new ConditionEncoder(List.of(new ColumnEncoder.Standardise("c", 0, 1, false))));

  /** y = c x0 - x1, which the target takes for x0 - x1. */
  private static Map<String, Value> inputs(double[] labels) {
    Random random = new Random(5);
    float[] x = new float[ROWS * IN];
    float[] c = new float[ROWS];
    for (int row = 0; row < ROWS; row++) {
      for (int i = 0; i < IN; i++) {
        x[row * IN + i] = (float) random.nextGaussian();
      }
      c[row] = (float) random.nextGaussian();
      labels[row] = c[row] * x[row * IN] - x[row * IN + 1];
    }
    return Map.of(
        "x", Value.of(Tensors.ofFloats(x, ROWS, IN)), "c", Value.of(Tensors.ofFloats(c, ROWS, 1)));
  }

  private static Target target() {
    GraphEditor editor = GraphEditor.empty("net", 17);
    editor.input("x", TensorType.of(Dtype.FLOAT, "rows", IN));
    Random random = new Random(2);
    float[] first = new float[IN * 6];
    for (int i = 0; i < first.length; i++) {
      first[i] = (float) random.nextGaussian();
    }
    editor.initializer("fc1.weight", TensorValue.ofFloats(first, IN, 6));
    editor.initializer("fc2.weight", TensorValue.ofFloats(new float[] {1, -1, 1, 1, -1, 1}, 6, 1));
    String h = editor.node("Tanh", editor.node("MatMul", "x", "fc1.weight"));
    editor.nodeInto("y", "MatMul", h, "fc2.weight");
    editor.output("y", TensorType.of(Dtype.FLOAT, "rows", 1));
    return Target.of(ModelWriter.write(editor.finish("net")), "net.onnx");
  }

  private static Hypernetwork hypernetwork(String name) {
    return new Hypernetwork(
        name, PLACE, List.of(8, 8), 4, List.of(Adaptation.of("fc1.weight", new LowRank(2))));
  }

  private static WovenFit rates(Map<String, Double> rates) {
    return new WovenFit(rates, List.of(), 0);
  }

  private static FitSpec.Builder spec() {
    return FitSpec.builder().epochs(5).batch(50).learningRate(0.01).patience(5);
  }

  private static FitResult fit(List<? extends Source> sources, FitSpec spec, WovenFit woven) {
    Weaver weaver = new Weaver(target(), sources);
    Map<String, TensorValue> fresh = weaver.freshParameters(4);
    double[] labels = new double[ROWS];
    try (PointerScope scope = new PointerScope()) {
      Batching batching =
          Batching.perRow(
              IntStream.range(0, 500).toArray(),
              IntStream.range(500, ROWS).toArray(),
              spec.batch());
      return new Fitter(inputs(labels), labels, batching, new Loss(Objective.MSE, 1))
          .fit(
              TargetStep.withoutOthers(weaver.training(fresh, batching.workload()), "y", woven),
              List.copyOf(fresh.keySet()),
              spec,
              woven,
              Progress.silent(),
              "fit");
    }
  }

  /** A hypernetwork whose trunk drops half of its units, and a fit that does it. */
  private static FitResult dropping(double rate, FitSpec spec) {
    List<Source> sources =
        List.of(
            new Hypernetwork(
                    "h",
                    PLACE,
                    List.of(8, 8),
                    4,
                    List.of(Adaptation.of("fc1.weight", new LowRank(2))))
                .withDropout(rate));
    return fit(sources, spec, new WovenFit(Map.of(), new Weaver(target(), sources).masks(), 0));
  }

  @Test
  void dropoutComesFromTheSeedAndIsNotInTheGraphsThatAreDelivered() {
    FitSpec spec = spec().build();
    FitResult result = dropping(0.5, spec);

    assertThat(dropping(0.5, spec).parameters()).isEqualTo(result.parameters());
    assertThat(dropping(0, spec).parameters()).isNotEqualTo(result.parameters());
    assertThat(dropping(0.25, spec).parameters()).isNotEqualTo(result.parameters());

    Weaver weaver = new Weaver(target(), List.of(hypernetwork("h")));
    Model fused = weaver.fused(result.parameters(), Workload.MIXED);
    assertThat(fused.graph().inputs()).noneMatch(input -> input.name().contains("mask"));
    assertThat(lossOf(fused, result)).as("validation drops nothing").isLessThan(1e-5);
  }

  /** By how much the validation loss of a graph differs from what the fit says. */
  private static double lossOf(Model fused, FitResult result) {
    double[] labels = new double[ROWS];
    try (PointerScope scope = new PointerScope();
        Program program = Program.compile(fused, Set.of(), Precision.FLOAT)) {
      double[] y = Tensors.doubles(((Value.Device) program.run(inputs(labels)).get(0)).tensor());
      double sum = 0;
      for (int row = 500; row < ROWS; row++) {
        sum += (y[row] - labels[row]) * (y[row] - labels[row]) / (ROWS - 500);
      }
      return Math.abs(sum - result.validationLoss());
    }
  }

  @Test
  void masksAreDrawnAnewAndKeepTheMean() {
    DropoutMask mask = new DropoutMask("m", 50, 0.2);
    MaskDraws draws = new MaskDraws(List.of(mask), 3);
    try (PointerScope scope = new PointerScope()) {
      double[] first = numbers(draws.next(40));
      double[] second = numbers(draws.next(40));
      assertThat(first).hasSize(2000).containsOnly(0, 1.25f).isNotEqualTo(second);
      assertThat(Arrays.stream(first).average().orElseThrow()).isCloseTo(1, within(0.05));
      assertThat(numbers(new MaskDraws(List.of(mask), 3).next(40))).isEqualTo(first);
    }
  }

  private static double[] numbers(Map<String, Value> drawn) {
    return Tensors.doubles(((Value.Device) Objects.requireNonNull(drawn.get("m"))).tensor());
  }

  /** Mean over conditions of the size of the delta, over that of the weight. */
  private static double size(Weaver weaver, Map<String, TensorValue> parameters) {
    double[] labels = new double[ROWS];
    Map<String, TensorValue> factors = new LinkedHashMap<>();
    try (PointerScope scope = new PointerScope();
        Program program =
            Program.compile(weaver.generator(parameters), Set.of(), Precision.FLOAT)) {
      List<Value> values =
          program.run(Map.of("c", Objects.requireNonNull(inputs(labels).get("c"))));
      for (int i = 0; i < values.size(); i++) {
        factors.put(
            program.outputNames().get(i),
            Tensors.toFloatValue(((Value.Device) values.get(i)).tensor()));
      }
    }
    SiteDelta delta = weaver.deltas().get(0);
    TensorValue weight =
        Objects.requireNonNull(
            weaver.target().model().graph().initializers().get(delta.site().initializer()));
    return DeltaSize.of(delta, weight, factors).relative();
  }

  @Test
  void aPenaltyMakesDeltasSmallerAndIsNoPartOfTheValidationLoss() {
    List<Source> sources = List.of(hypernetwork("h"));
    Weaver weaver = new Weaver(target(), sources);
    FitSpec spec = spec().epochs(15).build();
    List<FitResult> results =
        Stream.of(0.0, 1.0, 30.0)
            .map(penalty -> fit(sources, spec, new WovenFit(Map.of(), List.of(), penalty)))
            .toList();
    List<Double> sizes = results.stream().map(result -> size(weaver, result.parameters())).toList();

    assertThat(sizes.get(1)).isPositive().isLessThan(0.9 * sizes.get(0));
    assertThat(sizes.get(2)).isLessThan(0.5 * sizes.get(1));
    FitResult penalised = results.get(1);
    Model fused = weaver.fused(penalised.parameters(), Workload.MIXED);
    assertThat(lossOf(fused, penalised)).isLessThan(1e-5);
  }

  @Test
  void aCapHoldsWhereTheDeltaWouldGrow() {
    List<Source> free = List.of(hypernetwork("h"));
    List<Source> capped =
        List.of(
            new Hypernetwork(
                "h",
                PLACE,
                List.of(8, 8),
                4,
                List.of(Adaptation.of("fc1.weight", new LowRank(2)).withCap(0.1))));
    FitSpec spec = spec().epochs(15).build();
    FitResult without = fit(free, spec, WovenFit.NONE);
    FitResult with = fit(capped, spec, WovenFit.NONE);

    assertThat(size(new Weaver(target(), free), without.parameters())).isGreaterThan(0.2);
    assertThat(size(new Weaver(target(), capped), with.parameters()))
        .isBetween(0.05, 0.1 * (1 + 1e-6));
    assertThat(with.bestEpoch()).as("it still learns").isPositive();
    assertThat(lossOf(new Weaver(target(), capped).fused(with.parameters(), Workload.MIXED), with))
        .isLessThan(1e-5);
  }

  @Test
  void aCapOnZerosIsRefused() {
    GraphEditor editor = GraphEditor.empty("net", 17);
    editor.input("x", TensorType.of(Dtype.FLOAT, "rows", IN));
    editor.initializer("fc.weight", TensorValue.ofFloats(new float[IN * 6], IN, 6));
    editor.output(editor.node("MatMul", "x", "fc.weight"), TensorType.of(Dtype.FLOAT, "rows", 6));
    Target zeros = Target.of(ModelWriter.write(editor.finish("net")), "net.onnx");
    Adaptation adaptation = Adaptation.of("*", new LowRank(2));
    Weaver free = new Weaver(zeros, List.of(new SharedSource("s", List.of(adaptation))));
    Weaver capped =
        new Weaver(zeros, List.of(new SharedSource("s", List.of(adaptation.withCap(0.5)))));

    Sources.checkCaps(free);
    assertThatThrownBy(() -> Sources.checkCaps(capped))
        .isInstanceOf(SpecException.class)
        .hasMessage(
            "Site \"fc.weight\" cannot have a delta with a cap: all of its numbers are zero, and so"
                + " would be all that the cap allows. Expected a cap on sites that are not zero,"
                + " got cap 0.5. Leave the cap or the site out.");
  }

  /** How far the parameters of a source are from where they started. */
  private static double moved(FitResult fit, List<? extends Source> sources, String source) {
    Map<String, TensorValue> fresh = new Weaver(target(), sources).freshParameters(4);
    double squares = 0;
    for (Map.Entry<String, TensorValue> entry : fit.parameters().entrySet()) {
      if (entry.getKey().startsWith("hyperdelta/" + source + "/")) {
        float[] now = entry.getValue().floats();
        float[] then = Objects.requireNonNull(fresh.get(entry.getKey())).floats();
        for (int i = 0; i < now.length; i++) {
          squares += (now[i] - then[i]) * (now[i] - then[i]);
        }
      }
    }
    return Math.sqrt(squares);
  }

  @Test
  void aSourceMovesAsFarAsItsLearningRateLetsIt() {
    List<Source> sources =
        List.of(
            hypernetwork("h"),
            new SharedSource("s", List.of(Adaptation.of("fc1.weight", new LowRank(2)))));
    FitResult equal = fit(sources, spec().build(), WovenFit.NONE);
    FitResult slow = fit(sources, spec().build(), rates(Map.of("h", 1e-6)));

    assertThat(moved(equal, sources, "h")).isGreaterThan(0.1);
    assertThat(moved(slow, sources, "h")).isPositive().isLessThan(0.01);
    assertThat(moved(slow, sources, "s")).isGreaterThan(0.1);
    assertThat(fit(sources, spec().build(), rates(Map.of("h", 0.01, "s", 0.01))).parameters())
        .as("the fit's own rate, said once more")
        .isEqualTo(equal.parameters());
  }
}
