package io.hyperdelta.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.hyperdelta.autodiff.Precision;
import io.hyperdelta.autodiff.Program;
import io.hyperdelta.autodiff.Tensors;
import io.hyperdelta.autodiff.Value;
import io.hyperdelta.delta.SiteDelta;
import io.hyperdelta.graph.Model;
import io.hyperdelta.graph.ModelWriter;
import io.hyperdelta.graph.TensorValue;
import io.hyperdelta.runtime.OrtGraph;
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
import java.util.Set;
import org.assertj.core.data.Offset;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Every form on every kind of site that takes it, for all units and for some: what libtorch trains
 * is what ONNX Runtime serves and what merging one condition's delta into the weights gives.
 */
@SuppressWarnings("try") // scopes work by being open
class AdaptationContractTest {
  /** So many conditions that even the smallest products meet all matrices of a head at once. */
  static final Workload EACH = new Workload(1 << 14, 1 << 14);

  @ParameterizedTest
  @MethodSource("io.hyperdelta.contract.Contract#all")
  void aFreshModelThatStartsThereAndStrengthZeroAreTheTargetBitForBit(Contract contract) {
    Weaver weaver = contract.weaver();
    Map<String, TensorValue> rows = contract.sample().rows();
    float[] target = run(weaver.target().model(), rows);
    Map<String, TensorValue> inputs = with(rows, contract.conditions(Networks.ROWS));
    List<float[]> same = new ArrayList<>();
    float[] fresh = run(weaver.fused(weaver.freshParameters(5), Workload.MIXED), inputs);
    if (weaver.deltas().stream().allMatch(SiteDelta::startsAtTarget)) {
      same.add(fresh);
    } else {
      assertThat(fresh).as("with random weights in the target's place").isNotEqualTo(target);
    }
    inputs.put(Weaver.STRENGTH, TensorValue.scalar(0));
    same.add(run(weaver.fused(trained(weaver), Workload.MIXED), inputs));
    same.add(run(weaver.targetWithDeltas(), rows));

    for (float[] output : same) {
      if (contract.mayRound()) {
        assertThat(output).containsExactly(target, Offset.offset(1e-6f));
      } else {
        assertThat(output).containsExactly(target);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("io.hyperdelta.contract.Contract#all")
  void everyWayToComputeItAgrees(Contract contract) {
    Weaver weaver = contract.weaver();
    Map<String, TensorValue> parameters = trained(weaver);
    Map<String, TensorValue> rows = contract.sample().rows();
    Model generator = weaver.generator(parameters);
    for (int count : new int[] {1, 2, Networks.ROWS}) {
      Map<String, TensorValue> conditions = contract.conditions(count);
      float[] expected = merged(contract, weaver, generator, conditions, count);
      Map<String, TensorValue> inputs = with(rows, conditions);
      for (Workload workload : List.of(EACH, new Workload(4096, 1))) {
        Model fused = weaver.fused(parameters, workload);
        assertClose("ONNX Runtime, " + workload, run(fused, inputs), expected);
        assertClose("libtorch, " + workload, train(fused, inputs), expected);
      }
      Map<String, TensorValue> factors = runAll(generator, conditions);
      assertClose(
          "target with deltas", run(weaver.targetWithDeltas(), with(rows, factors)), expected);
    }
    assertThat(merged(contract, weaver, generator, contract.conditions(1), 1))
        .as("the delta does something")
        .isNotEqualTo(run(weaver.target().model(), rows));
  }

  /** What a generator gives for one of the first conditions. */
  static Map<String, TensorValue> generated(Model generator, Contract contract, int condition) {
    return runAll(generator, rows(contract.conditions(3), condition, 1));
  }

  /** The rows of each condition through the target with that condition's delta in its weights. */
  private static float[] merged(
      Contract contract,
      Weaver weaver,
      Model generator,
      Map<String, TensorValue> conditions,
      int count) {
    List<float[]> blocks = new ArrayList<>();
    int each = Networks.ROWS / count;
    for (int k = 0; k < count; k++) {
      Model model =
          Merge.merge(
              weaver.target(),
              weaver.deltas(),
              runAll(generator, rows(conditions, k, 1)),
              Strength.of(1));
      blocks.add(run(model, rows(contract.sample().rows(), k * each, each)));
    }
    int length = blocks.stream().mapToInt(block -> block.length).sum();
    float[] all = new float[length];
    int next = 0;
    for (float[] block : blocks) {
      System.arraycopy(block, 0, all, next, block.length);
      next += block.length;
    }
    return all;
  }

  static Map<String, TensorValue> rows(Map<String, TensorValue> values, int first, int count) {
    Map<String, TensorValue> some = new LinkedHashMap<>();
    values.forEach((name, value) -> some.put(name, rows(value, first, count)));
    return some;
  }

  private static TensorValue rows(TensorValue value, int first, int count) {
    long[] dims = value.dims();
    int width = Math.toIntExact(value.elementCount() / dims[0]);
    dims[0] = count;
    return switch (value.dtype()) {
      case STRING ->
          TensorValue.ofStrings(
              value.strings().subList(first * width, (first + count) * width), dims);
      case INT64 ->
          TensorValue.ofLongs(
              Arrays.copyOfRange(value.longs(), first * width, (first + count) * width), dims);
      default ->
          TensorValue.ofFloats(
              Arrays.copyOfRange(value.floats(), first * width, (first + count) * width), dims);
    };
  }

  /** Parameters as after training: none of them zero. */
  static Map<String, TensorValue> trained(Weaver weaver) {
    Random random = new Random(11);
    Map<String, TensorValue> parameters = new LinkedHashMap<>();
    weaver
        .freshParameters(5)
        .forEach(
            (name, value) -> {
              float[] values = value.floats();
              for (int i = 0; i < values.length; i++) {
                values[i] += (float) (0.3 * random.nextGaussian());
              }
              parameters.put(name, TensorValue.ofFloats(values, value.dims()));
            });
    return parameters;
  }

  static Map<String, TensorValue> with(
      Map<String, TensorValue> inputs, Map<String, TensorValue> more) {
    Map<String, TensorValue> all = new LinkedHashMap<>(inputs);
    all.putAll(more);
    return all;
  }

  static float[] run(Model model, Map<String, TensorValue> inputs) {
    return runAll(model, inputs).values().iterator().next().floats();
  }

  static Map<String, TensorValue> runAll(Model model, Map<String, TensorValue> inputs) {
    try (OrtGraph graph = OrtGraph.load(ModelWriter.write(model), "test")) {
      return graph.run(inputs);
    }
  }

  static float[] train(Model model, Map<String, TensorValue> inputs) {
    try (PointerScope scope = new PointerScope();
        NoGradGuard frozen = new NoGradGuard();
        Program program = Program.compile(model, Set.of(), Precision.FLOAT)) {
      Map<String, Value> values = new LinkedHashMap<>();
      inputs.forEach((name, value) -> values.put(name, Value.of(value, Precision.FLOAT)));
      return Tensors.floats(((Value.Device) program.run(values).get(0)).tensor());
    }
  }

  static void assertClose(String what, float[] actual, float[] expected) {
    assertThat(actual).as(what).hasSameSizeAs(expected);
    for (int i = 0; i < actual.length; i++) {
      assertThat(actual[i])
          .as("%s, element %d", what, i)
          .isCloseTo(expected[i], within(2e-5f * Math.max(1, Math.abs(expected[i]))));
    }
  }
}
