package io.hyperdelta.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.hyperdelta.condition.ColumnEncoder;
import io.hyperdelta.condition.Condition;
import io.hyperdelta.condition.ConditionEncoder;
import io.hyperdelta.delta.Adaptation;
import io.hyperdelta.delta.LowRank;
import io.hyperdelta.delta.Shift;
import io.hyperdelta.delta.SiteDelta;
import io.hyperdelta.graph.Attribute;
import io.hyperdelta.graph.Dtype;
import io.hyperdelta.graph.GraphEditor;
import io.hyperdelta.graph.Model;
import io.hyperdelta.graph.ModelWriter;
import io.hyperdelta.graph.TensorType;
import io.hyperdelta.graph.TensorValue;
import io.hyperdelta.graph.ValueInfo;
import io.hyperdelta.hypernetwork.Hypernetwork;
import io.hyperdelta.hypernetwork.SharedSource;
import io.hyperdelta.hypernetwork.Source;
import io.hyperdelta.target.Target;
import io.hyperdelta.weave.Ensemble;
import io.hyperdelta.weave.Merge;
import io.hyperdelta.weave.Strength;
import io.hyperdelta.weave.Weaver;
import io.hyperdelta.weave.Weaving;
import io.hyperdelta.weave.Workload;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The laws of ensembles, seen through ONNX Runtime: each member is run by itself, and mean and
 * spread are computed here.
 */
class EnsembleLawsTest {
  private static final int ROWS = 12;
  private static final int IN = 5;
  private static final double[] EQUAL = {1 / 3.0, 1 / 3.0, 1 / 3.0};

  /** x [rows, 5] -> three layers; a second output is no prediction. */
  private static Target target(int opset) {
    Random random = new Random(3);
    GraphEditor editor = GraphEditor.empty("net", opset);
    editor.input("x", TensorType.of(Dtype.FLOAT, "rows", IN));
    editor.initializer("fc1.weight", normal(random, IN, 8));
    editor.initializer("fc1.bias", normal(random, 8));
    editor.initializer("fc2.weight", normal(random, 8, 6));
    editor.initializer("fc2.bias", normal(random, 6));
    editor.initializer("fc3.weight", normal(random, 6, 2));
    editor.initializer("fc3.bias", normal(random, 2));
    String h = editor.node("Relu", editor.node("Gemm", "x", "fc1.weight", "fc1.bias"));
    h = editor.node("Tanh", editor.node("Gemm", h, "fc2.weight", "fc2.bias"));
    editor.output(h, TensorType.of(Dtype.FLOAT, "rows", 6));
    editor.nodeInto("y", "Gemm", h, "fc3.weight", "fc3.bias");
    editor.output("y", TensorType.of(Dtype.FLOAT, "rows", 2));
    return Target.of(ModelWriter.write(editor.finish("net")), "net.onnx");
  }

  private static TensorValue normal(Random random, long... dims) {
    float[] values = new float[(int) Arrays.stream(dims).reduce(1, (a, b) -> a * b)];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (random.nextGaussian() * 0.5);
    }
    return TensorValue.ofFloats(values, dims);
  }

  private static Condition condition(String... columns) {
    List<ColumnEncoder> encoders = new ArrayList<>();
    for (String column : columns) {
      encoders.add(new ColumnEncoder.Standardise(column, 1, 2, false));
    }
    return new Condition("place", new ConditionEncoder(encoders));
  }

  /** Two members that see the same and differ by their numbers, and one that sees less. */
  private static Map<String, List<Source>> members() {
    Adaptation wide = Adaptation.of("fc2.weight", new LowRank(2));
    Adaptation last = Adaptation.of("fc3.bias", new Shift());
    Condition both = condition("long", "lat");
    Map<String, List<Source>> members = new LinkedHashMap<>();
    members.put(
        "one", List.of(new Hypernetwork("local", both, List.of(6), 3, List.of(wide, last))));
    members.put("two", List.of(new Hypernetwork("local", both, List.of(4), 2, List.of(wide))));
    members.put(
        "three",
        List.of(
            new Hypernetwork("local", condition("lat"), List.of(), 2, List.of(last)),
            new SharedSource("lora", List.of(wide))));
    return members;
  }

  private static Ensemble ensemble(int opset, boolean learned) {
    return new Ensemble(target(opset), "y", members(), learned);
  }

  /** Parameters as after training: none of them zero. */
  private static Map<String, TensorValue> trained(Weaving weaving) {
    return WovenNet.trained(weaving, 0.4);
  }

  private static Map<String, TensorValue> conditions(int count) {
    Random random = new Random(8);
    Map<String, TensorValue> inputs = new LinkedHashMap<>();
    inputs.put("long", normal(random, count, 1));
    inputs.put("lat", normal(random, count, 1));
    return inputs;
  }

  private static Map<String, TensorValue> with(Map<String, TensorValue> inputs, String name) {
    Map<String, TensorValue> all = new LinkedHashMap<>(inputs);
    all.put(name, normal(new Random(17), ROWS, IN));
    return all;
  }

  private static Map<String, TensorValue> run(Model model, Map<String, TensorValue> inputs) {
    List<String> names = model.graph().inputs().stream().map(ValueInfo::name).toList();
    Map<String, TensorValue> known = new LinkedHashMap<>(inputs);
    known.keySet().retainAll(names);
    try (OrtGraph graph = OrtGraph.load(ModelWriter.write(model), "test")) {
      return graph.run(known);
    }
  }

  private static TensorValue the(Map<String, TensorValue> values, String name) {
    return Objects.requireNonNull(values.get(name), name);
  }

  /** What plain Java makes of the members' own outputs. */
  private record Expected(double[] mean, double[] spread) {
    static Expected of(List<float[]> outputs, double[] weights) {
      int size = outputs.get(0).length;
      double[] mean = new double[size];
      double[] spread = new double[size];
      for (int i = 0; i < size; i++) {
        for (int m = 0; m < weights.length; m++) {
          mean[i] += weights[m] * outputs.get(m)[i];
        }
        for (int m = 0; m < weights.length; m++) {
          spread[i] += weights[m] * Math.pow(outputs.get(m)[i] - mean[i], 2);
        }
        spread[i] = Math.sqrt(spread[i]);
      }
      return new Expected(mean, spread);
    }

    void check(Map<String, TensorValue> actual) {
      assertThat(actual).containsOnlyKeys("y", Ensemble.SPREAD);
      assertClose(the(actual, "y"), mean);
      assertClose(the(actual, Ensemble.SPREAD), spread);
    }
  }

  private static void assertClose(TensorValue actual, double[] expected) {
    float[] values = actual.floats();
    assertThat(values).hasSameSizeAs(expected);
    for (int i = 0; i < values.length; i++) {
      assertThat((double) values[i])
          .isCloseTo(expected[i], within(1e-5 * Math.max(1, Math.abs(expected[i]))));
    }
  }

  private static List<float[]> alone(
      Ensemble ensemble, Map<String, TensorValue> parameters, Map<String, TensorValue> inputs) {
    return ensemble.members().values().stream()
        .map(m -> the(run(m.fused(parameters, Workload.MIXED), inputs), "y").floats())
        .toList();
  }

  private static double[] softmax(float[] logits) {
    double sum = 0;
    for (float logit : logits) {
      sum += Math.exp(logit);
    }
    double[] weights = new double[logits.length];
    for (int i = 0; i < weights.length; i++) {
      weights[i] = Math.exp(logits[i]) / sum;
    }
    return weights;
  }

  @ParameterizedTest
  @ValueSource(ints = {11, 13, 17, 18, 21})
  void anEnsembleGivesMeanAndSpreadOfItsMembers(int opset) {
    Ensemble ensemble = ensemble(opset, false);
    Map<String, TensorValue> parameters = trained(ensemble);
    Map<String, TensorValue> inputs = with(conditions(ROWS), "x");

    Expected expected = Expected.of(alone(ensemble, parameters, inputs), EQUAL);

    assertThat(Arrays.stream(expected.spread()).min().orElseThrow()).isPositive();
    expected.check(run(ensemble.fused(parameters, Workload.MIXED), inputs));
    Map<String, TensorValue> split =
        with(run(ensemble.generator(parameters), conditions(ROWS)), "x");
    expected.check(run(ensemble.targetWithDeltas(), split));
  }

  @ParameterizedTest
  @ValueSource(ints = {11, 17})
  void learnedWeightsAreASoftmax(int opset) {
    Ensemble ensemble = ensemble(opset, true);
    Map<String, TensorValue> parameters = trained(ensemble);
    double[] weights = softmax(the(parameters, Ensemble.WEIGHT_LOGITS).floats());
    Map<String, TensorValue> inputs = with(conditions(ROWS), "x");

    Expected expected = Expected.of(alone(ensemble, parameters, inputs), weights);

    assertThat(weights[0]).isNotCloseTo(weights[1], within(0.01));
    expected.check(run(ensemble.fused(parameters, Workload.MIXED), inputs));
    Map<String, TensorValue> factors = run(ensemble.generator(parameters), conditions(ROWS));
    expected.check(run(ensemble.targetWithDeltas(), with(factors, "x")));

    Map<String, TensorValue> one = run(ensemble.generator(parameters), conditions(1));
    Expected.of(alone(ensemble, parameters, with(conditions(1), "x")), weights)
        .check(run(merged(ensemble, one, Strength.FULL), with(Map.of(), "x")));
  }

  private static Model merged(
      Ensemble ensemble, Map<String, TensorValue> factors, Strength strength) {
    return Ensemble.merged(
        ensemble.target(),
        "y",
        List.copyOf(ensemble.members().keySet()),
        ensemble.deltas(),
        factors,
        strength);
  }

  @Test
  void mergedIsFusedForOneConditionAtAnyStrength() {
    Ensemble ensemble = ensemble(17, false);
    Map<String, TensorValue> parameters = trained(ensemble);
    Map<String, TensorValue> factors = run(ensemble.generator(parameters), conditions(1));
    Strength strength = Strength.of(0.5).with("local", -1.5);
    Map<String, TensorValue> inputs = with(conditions(1), "x");
    inputs.putAll(strength.inputs());

    Map<String, TensorValue> fused = run(ensemble.fused(parameters, Workload.MIXED), inputs);
    Map<String, TensorValue> merged = run(merged(ensemble, factors, strength), with(Map.of(), "x"));

    Expected.of(alone(ensemble, parameters, inputs), EQUAL).check(fused);
    Expected.of(alone(ensemble, parameters, inputs), EQUAL).check(merged);
  }

  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void atStrengthZeroAndWhenFreshItIsTheTargetBitForBitWithoutSpread(boolean learned) {
    Ensemble ensemble = ensemble(17, learned);
    Map<String, TensorValue> inputs = with(conditions(ROWS), "x");
    TensorValue expected = the(run(ensemble.target().model(), inputs), "y");
    TensorValue none = TensorValue.ofFloats(new float[ROWS * 2], ROWS, 2);
    Map<String, TensorValue> both = Map.of("y", expected, Ensemble.SPREAD, none);

    assertThat(run(ensemble.fused(ensemble.freshParameters(5), Workload.MIXED), inputs))
        .isEqualTo(both);
    assertThat(run(ensemble.targetWithDeltas(), inputs)).isEqualTo(both);
    inputs.putAll(Strength.of(0).inputs());
    assertThat(run(ensemble.fused(trained(ensemble), Workload.MIXED), inputs)).isEqualTo(both);
  }

  @Test
  void frozenLayersAndConditionEncodingsAreThereOnce() {
    Ensemble ensemble = ensemble(17, false);
    Map<String, TensorValue> parameters = trained(ensemble);
    Model fused = ensemble.fused(parameters, Workload.MIXED);

    // fc1 is in front of all deltas; the two members that see both columns standardise them once.
    assertThat(count(fused, "Gemm", "fc1.weight")).isEqualTo(1);
    assertThat(count(fused, "Relu", "")).isEqualTo(1);
    assertThat(count(fused, "Gemm", "fc2.weight")).as("before any delta").isEqualTo(1);
    assertThat(count(fused, "Gemm", "fc3.weight")).as("behind deltas").isEqualTo(3);
    assertThat(count(fused, "Concat", "long")).isEqualTo(1);
    int apart =
        ensemble.members().values().stream()
            .mapToInt(m -> m.fused(parameters, Workload.MIXED).graph().nodes().size())
            .sum();
    long together =
        fused.graph().nodes().stream()
            .filter(n -> !n.output().startsWith("ensemble/"))
            .filter(n -> !List.of("y", Ensemble.SPREAD).contains(n.output()))
            .count();
    assertThat(together).as("besides what combines").isLessThan(apart);
    assertThat(fused.graph().inputs())
        .extracting(ValueInfo::name)
        .containsExactlyInAnyOrder(
            "x", "long", "lat", "strength", "strength/local", "strength/lora");
    assertThat(fused.graph().initializers().keySet()).contains("fc1.weight", "fc3.weight");
  }

  private static long count(Model model, String op, String input) {
    return model.graph().nodes().stream()
        .filter(n -> n.op().equals(op) && (input.isEmpty() || n.inputs().contains(input)))
        .count();
  }

  @Test
  void theMeanDeltaIsTheMeanOfTheMembersDeltas() {
    Target target = target(17);
    Weaver mean = Ensemble.meanDelta(target, members());
    Map<String, TensorValue> parameters = trained(mean);
    Map<String, TensorValue> inputs = with(conditions(1), "x");
    Map<String, TensorValue> factors = run(mean.generator(parameters), conditions(1));

    // A plain merge of all members' deltas at full scale, with a third of the strength.
    List<SiteDelta> full = new Ensemble(target, "y", members(), false).deltas();
    Model merged = Merge.merge(target, full, factors, Strength.of(1 / 3.0));
    float[] expected = the(run(merged, inputs), "y").floats();

    float[] actual = the(run(mean.fused(parameters, Workload.MIXED), inputs), "y").floats();
    for (int i = 0; i < expected.length; i++) {
      assertThat(actual[i]).isCloseTo(expected[i], within(1e-5f));
    }
    assertThat(mean.fused(parameters, Workload.MIXED).graph().outputs())
        .extracting(ValueInfo::name)
        .doesNotContain(Ensemble.SPREAD);
    assertThat(mean.fused(parameters, Workload.MIXED).graph().inputs())
        .extracting(ValueInfo::name)
        .contains("strength/local", "strength/lora")
        .doesNotHaveDuplicates();
  }

  @Test
  void aNameOfTheTargetThatIsNeededIsMovedAside() {
    GraphEditor editor = GraphEditor.empty("net", 17);
    editor.input("x", TensorType.of(Dtype.FLOAT, "rows", IN));
    editor.initializer("w", normal(new Random(1), IN, 2));
    editor.nodeInto(Ensemble.SPREAD, "MatMul", "x", "w");
    editor.output(
        editor.node("Softmax", Map.of("axis", Attribute.of(1)), Ensemble.SPREAD),
        TensorType.of(Dtype.FLOAT, "rows", 2));
    Target target = Target.of(ModelWriter.write(editor.finish("net")), "net.onnx");
    List<Source> source =
        List.of(new SharedSource("lora", List.of(Adaptation.of("w", new LowRank(1)))));
    Ensemble ensemble = new Ensemble(target, "Softmax", Map.of("a", source, "b", source), false);

    Map<String, TensorValue> made =
        run(ensemble.fused(trained(ensemble), Workload.MIXED), with(Map.of(), "x"));

    assertThat(made).containsOnlyKeys("Softmax", Ensemble.SPREAD);
  }

  @Test
  void whatCannotBeCombinedIsRefused() {
    Target target = target(17);
    assertThatThrownBy(() -> new Ensemble(target, "y", Map.of(), false))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("An ensemble needs members to combine. Expected 2 or more, got 0.");
    assertThatThrownBy(() -> new Ensemble(target, "z", members(), false))
        .hasMessage(
            "Output \"z\" of the target cannot be combined. Expected a float32 output of it, got none of that name.");
  }
}
