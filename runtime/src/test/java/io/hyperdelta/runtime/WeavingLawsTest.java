package io.hyperdelta.runtime;

import static io.hyperdelta.runtime.WovenNet.IN;
import static io.hyperdelta.runtime.WovenNet.conditions;
import static io.hyperdelta.runtime.WovenNet.normal;
import static io.hyperdelta.runtime.WovenNet.target;
import static io.hyperdelta.runtime.WovenNet.trained;
import static io.hyperdelta.runtime.WovenNet.weaver;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.hyperdelta.condition.ColumnEncoder;
import io.hyperdelta.condition.Condition;
import io.hyperdelta.condition.ConditionEncoder;
import io.hyperdelta.delta.Adaptation;
import io.hyperdelta.delta.Shift;
import io.hyperdelta.delta.SiteDelta;
import io.hyperdelta.graph.Dtype;
import io.hyperdelta.graph.Model;
import io.hyperdelta.graph.ModelWriter;
import io.hyperdelta.graph.TensorValue;
import io.hyperdelta.hypernetwork.Hypernetwork;
import io.hyperdelta.weave.Merge;
import io.hyperdelta.weave.Strength;
import io.hyperdelta.weave.Weaver;
import io.hyperdelta.weave.Workload;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The laws that hold for every woven model, seen through ONNX Runtime: fresh = target, strength 0 =
 * target, apply = merge, generator + target with deltas = fused, one contraction = another, one
 * condition = many equal ones.
 */
class WeavingLawsTest {
  private static final int ROWS = 12;

  private static Map<String, TensorValue> with(Map<String, TensorValue> inputs, Object... more) {
    Map<String, TensorValue> all = new LinkedHashMap<>(inputs);
    for (int i = 0; i < more.length; i += 2) {
      all.put((String) more[i], (TensorValue) more[i + 1]);
    }
    return all;
  }

  private static TensorValue run(Model model, Map<String, TensorValue> inputs) {
    return runAll(ModelWriter.write(model), inputs).values().iterator().next();
  }

  private static Map<String, TensorValue> runAll(byte[] model, Map<String, TensorValue> inputs) {
    try (OrtGraph graph = OrtGraph.load(model, "test")) {
      return graph.run(inputs);
    }
  }

  private static TensorValue rows() {
    return normal(new Random(17), ROWS, IN);
  }

  private static void assertClose(TensorValue actual, TensorValue expected) {
    assertThat(actual.dims()).isEqualTo(expected.dims());
    float[] a = actual.floats();
    float[] e = expected.floats();
    for (int i = 0; i < a.length; i++) {
      assertThat(a[i]).isCloseTo(e[i], within(1e-5f * Math.max(1, Math.abs(e[i]))));
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {11, 13, 17, 18, 21})
  void aFreshModelAndStrengthZeroAreTheTargetBitForBit(int opset) {
    Weaver weaver = weaver(opset);
    TensorValue expected =
        runAll(weaver.target().bytes(), Map.of("x", rows())).values().iterator().next();
    Map<String, TensorValue> inputs = with(conditions(ROWS, 1), "x", rows());

    assertThat(run(weaver.fused(weaver.freshParameters(5), Workload.MIXED), inputs))
        .isEqualTo(expected);
    Model woven = weaver.fused(trained(weaver), Workload.MIXED);
    assertThat(run(woven, with(inputs, Weaver.STRENGTH, TensorValue.scalar(0))))
        .isEqualTo(expected);
    assertThat(run(woven, inputs)).isNotEqualTo(expected);
    assertThat(run(weaver.targetWithDeltas(), Map.of("x", rows()))).isEqualTo(expected);
  }

  @ParameterizedTest
  @ValueSource(ints = {11, 13, 17, 18, 21})
  void generatorAndTargetWithDeltasAreFused(int opset) {
    Weaver weaver = weaver(opset);
    Map<String, TensorValue> parameters = trained(weaver);
    Map<String, TensorValue> perRow = conditions(ROWS, 1);
    TensorValue fused = run(weaver.fused(parameters, Workload.MIXED), with(perRow, "x", rows()));
    Map<String, TensorValue> factors =
        runAll(ModelWriter.write(weaver.generator(parameters)), perRow);

    assertThat(factors)
        .hasSize(weaver.deltas().stream().mapToInt(d -> d.form().factors(d.site()).size()).sum());
    assertClose(run(weaver.targetWithDeltas(), with(factors, "x", rows())), fused);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 12})
  void contractionsAgreeForEveryNumberOfConditions(int count) {
    Weaver weaver = weaver(17);
    Map<String, TensorValue> parameters = trained(weaver);
    Map<String, TensorValue> inputs = with(conditions(count, 2), "x", rows());
    TensorValue mixed = run(weaver.fused(parameters, Workload.MIXED), inputs);
    TensorValue few = run(weaver.fused(parameters, new Workload(4096, 1)), inputs);

    assertThat(operators(weaver.fused(parameters, Workload.MIXED)))
        .as("the two workloads are woven differently")
        .isNotEqualTo(operators(weaver.fused(parameters, new Workload(4096, 1))));
    assertClose(mixed, few);
  }

  private static List<String> operators(Model model) {
    return model.graph().nodes().stream().map(node -> node.op()).toList();
  }

  @ParameterizedTest
  @ValueSource(doubles = {1, 0.25, -2})
  void applyIsMerge(double strength) {
    Weaver weaver = weaver(17);
    Map<String, TensorValue> parameters = trained(weaver);
    Map<String, TensorValue> one = conditions(1, 4);
    TensorValue fused =
        run(
            weaver.fused(parameters, Workload.MIXED),
            with(one, "x", rows(), Weaver.STRENGTH, TensorValue.scalar((float) strength)));
    Map<String, TensorValue> factors = runAll(ModelWriter.write(weaver.generator(parameters)), one);
    Model merged = Merge.merge(weaver.target(), weaver.deltas(), factors, Strength.of(strength));

    assertThat(operators(merged))
        .as("one Add more: a bias for fc3")
        .hasSize(operators(weaver.target().model()).size() + 1);
    assertClose(run(merged, Map.of("x", rows())), fused);
  }

  @ParameterizedTest
  @ValueSource(ints = {3, 4})
  void blocksOfRowsBelongToTheirConditions(int count) {
    Weaver weaver = weaver(17);
    Map<String, TensorValue> parameters = trained(weaver);
    Map<String, TensorValue> blocks = conditions(count, 9);
    Map<String, TensorValue> repeated = new LinkedHashMap<>();
    blocks.forEach((name, value) -> repeated.put(name, repeat(value, ROWS / count)));

    Model fused = weaver.fused(parameters, Workload.MIXED);
    assertClose(run(fused, with(blocks, "x", rows())), run(fused, with(repeated, "x", rows())));
  }

  private static TensorValue repeat(TensorValue column, int times) {
    int count = (int) column.dim(0);
    if (column.dtype() == Dtype.STRING) {
      List<String> values = new ArrayList<>();
      column.strings().forEach(v -> values.addAll(java.util.Collections.nCopies(times, v)));
      return TensorValue.ofStrings(values, (long) count * times, 1);
    }
    float[] values = new float[count * times];
    for (int i = 0; i < values.length; i++) {
      values[i] = column.floats()[i / times];
    }
    return TensorValue.ofFloats(values, values.length, 1);
  }

  @Test
  void aSourceWhoseStrengthIsZeroIsAsIfItWereNotThere() {
    Weaver all = weaver(17);
    Map<String, TensorValue> parameters = trained(all);
    Map<String, TensorValue> inputs = with(conditions(ROWS, 1), "x", rows());
    Weaver others =
        new Weaver(
            all.target(), all.sources().stream().filter(s -> !s.name().equals("what")).toList());
    TensorValue expected = run(others.fused(parameters, Workload.MIXED), known(others, inputs));

    Map<String, TensorValue> off = new LinkedHashMap<>(inputs);
    off.putAll(Strength.FULL.with("what", 0).inputs());
    assertClose(run(all.fused(parameters, Workload.MIXED), off), expected);
    Map<String, TensorValue> factors =
        runAll(ModelWriter.write(all.generator(parameters)), conditions(ROWS, 1));
    Map<String, TensorValue> given = with(factors, "x", rows());
    given.putAll(Strength.FULL.with("what", 0).inputs());
    assertClose(run(all.targetWithDeltas(), given), expected);

    Map<String, TensorValue> one = conditions(1, 4);
    Map<String, TensorValue> half = with(one, "x", rows());
    Strength strength = Strength.of(0.5).with("what", -1).with("forms", 2);
    half.putAll(strength.inputs());
    Model merged =
        Merge.merge(
            all.target(),
            all.deltas(),
            runAll(ModelWriter.write(all.generator(parameters)), one),
            strength);
    assertClose(run(merged, Map.of("x", rows())), run(all.fused(parameters, Workload.MIXED), half));
  }

  private static Map<String, TensorValue> known(Weaver weaver, Map<String, TensorValue> inputs) {
    Map<String, TensorValue> known = new LinkedHashMap<>(inputs);
    known
        .keySet()
        .removeIf(
            name ->
                !name.equals("x")
                    && weaver.conditionInputs().keySet().stream()
                        .noneMatch(column -> column.column().equals(name)));
    return known;
  }

  @Test
  void onlyTheNamesOfStrengthsAreTaken() {
    ConditionEncoder encoder =
        new ConditionEncoder(
            Stream.of("strength_db", "strength", "strength/h")
                .<ColumnEncoder>map(name -> new ColumnEncoder.Standardise(name, 0, 1, false))
                .toList());
    Weaver weaver =
        new Weaver(
            target(17),
            List.of(
                new Hypernetwork(
                    "h",
                    new Condition("c", encoder),
                    List.of(),
                    2,
                    List.of(Adaptation.of("*", new Shift())))));
    assertThat(weaver.conditionInputs().values())
        .containsExactly("strength_db", "condition.strength", "condition.strength/h");
  }

  @Test
  void aMixedBatchOf256ConditionsIs256SingleCalls() {
    Weaver weaver = weaver(17);
    Map<String, TensorValue> parameters = trained(weaver);
    int count = 256;
    Map<String, TensorValue> conditions = conditions(count, 21);
    TensorValue x = normal(new Random(23), count, IN);
    byte[] fused = ModelWriter.write(weaver.fused(parameters, Workload.MIXED));
    try (OrtGraph graph = OrtGraph.load(fused, "fused")) {
      float[] batch = graph.run(with(conditions, "x", x)).values().iterator().next().floats();
      int width = batch.length / count;
      for (int row = 0; row < count; row++) {
        Map<String, TensorValue> one = new LinkedHashMap<>();
        int at = row;
        with(conditions, "x", x).forEach((name, value) -> one.put(name, row(value, at)));
        float[] single = graph.run(one).values().iterator().next().floats();
        for (int i = 0; i < width; i++) {
          assertThat(batch[row * width + i])
              .as("row %d", row)
              .isCloseTo(single[i], within(1e-5f * Math.max(1, Math.abs(single[i]))));
        }
      }
    }
  }

  private static TensorValue row(TensorValue value, int row) {
    int width = (int) value.dim(1);
    return value.dtype() == Dtype.STRING
        ? TensorValue.ofStrings(value.strings().subList(row * width, (row + 1) * width), 1, width)
        : TensorValue.ofFloats(
            Arrays.copyOfRange(value.floats(), row * width, (row + 1) * width), 1, width);
  }

  @ParameterizedTest
  @ValueSource(strings = {"where", "what"})
  void deltasAreNamedAfterOwnerSiteAndForm(String owner) {
    List<String> names =
        weaver(17).deltas().stream()
            .filter(d -> d.owner().equals(owner))
            .map(SiteDelta::name)
            .toList();
    if (owner.equals("what")) {
      assertThat(names)
          .containsExactly(
              "what/fc1.weight/low-rank",
              "what/fc2.weight/low-rank",
              "what/fc3.weight/low-rank",
              "what/fc4.weight/low-rank");
    } else {
      assertThat(names)
          .containsExactly(
              "where/fc1.weight/low-rank",
              "where/fc2.weight/low-rank",
              "where/fc3.weight/low-rank",
              "where/fc4.weight/low-rank",
              "where/fc1.bias/shift",
              "where/fc2.bias/shift",
              "where/fc3.weight/shift",
              "where/fc4.bias/shift");
    }
  }
}
