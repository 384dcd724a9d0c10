package io.hyperdelta.fit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.hyperdelta.autodiff.Precision;
import io.hyperdelta.autodiff.Program;
import io.hyperdelta.autodiff.Tensors;
import io.hyperdelta.autodiff.Value;
import io.hyperdelta.condition.ColumnEncoder;
import io.hyperdelta.condition.Condition;
import io.hyperdelta.condition.ConditionEncoder;
import io.hyperdelta.delta.Adaptation;
import io.hyperdelta.delta.Basis;
import io.hyperdelta.delta.Core;
import io.hyperdelta.delta.Factor;
import io.hyperdelta.delta.Full;
import io.hyperdelta.delta.Gain;
import io.hyperdelta.delta.LowRank;
import io.hyperdelta.delta.Shift;
import io.hyperdelta.delta.SiteDelta;
import io.hyperdelta.graph.Dtype;
import io.hyperdelta.graph.GraphEditor;
import io.hyperdelta.graph.Model;
import io.hyperdelta.graph.ModelWriter;
import io.hyperdelta.graph.TensorType;
import io.hyperdelta.graph.TensorValue;
import io.hyperdelta.hypernetwork.Heads;
import io.hyperdelta.hypernetwork.Hypernetwork;
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
import java.util.stream.Collectors;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Woven graphs in libtorch: against naive Java, and their gradients against finite differences. */
class WovenProgramTest {
  private static final int ROWS = 6;
  private static final int IN = 5;
  private static final int HIDDEN = 7;
  private static final int OUT = 3;

  private final Random random = new Random(23);
  private final float[] w1 = normal(IN * HIDDEN);
  private final float[] b1 = normal(HIDDEN);
  private final float[] w2 = normal(HIDDEN * OUT);
  private final float[] x = normal(ROWS * IN);
  private final float[] c = normal(ROWS * 2);

  private float[] normal(int count) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }

  /** x -> Gemm fc1 -> Tanh -> MatMul fc2, which has no bias. */
  private Weaver weaver(int trunkLayers) {
    GraphEditor editor = GraphEditor.empty("net", 17);
    editor.input("x", TensorType.of(Dtype.FLOAT, "rows", IN));
    editor.initializer("fc1.weight", TensorValue.ofFloats(w1, IN, HIDDEN));
    editor.initializer("fc1.bias", TensorValue.ofFloats(b1, HIDDEN));
    editor.initializer("fc2.weight", TensorValue.ofFloats(w2, HIDDEN, OUT));
    String h = editor.node("Tanh", editor.node("Gemm", "x", "fc1.weight", "fc1.bias"));
    editor.nodeInto("y", "MatMul", h, "fc2.weight");
    editor.output("y", TensorType.of(Dtype.FLOAT, "rows", OUT));
    Condition condition =
        new Condition(
            "place",
            new ConditionEncoder(
                List.of(
                    new ColumnEncoder.Standardise("long", 0.5, 2, false),
                    new ColumnEncoder.Standardise("lat", 0, 1, false))));
    List<Integer> trunk = List.of(6, 6, 4).subList(0, trunkLayers);
    return new Weaver(
        Target.of(ModelWriter.write(editor.finish("net")), "net.onnx"),
        List.of(
            new Hypernetwork(
                "where",
                condition,
                trunk,
                3,
                List.of(
                    Adaptation.of("*", new LowRank(2)),
                    Adaptation.of("*", new Shift()),
                    Adaptation.of("fc1.weight", new Full()),
                    Adaptation.of("fc?.weight", new Core(2, false)),
                    Adaptation.of("fc2.weight", new Core(1, true)),
                    Adaptation.of("fc?.weight", new Basis(2)),
                    Adaptation.of("*", new Gain())))));
  }

  private Map<String, TensorValue> parameters(Weaver weaver) {
    Map<String, TensorValue> parameters = new LinkedHashMap<>();
    weaver
        .freshParameters(3)
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

  private Map<String, Value> conditions(Precision precision) {
    float[] longs = new float[ROWS];
    float[] lats = new float[ROWS];
    for (int i = 0; i < ROWS; i++) {
      longs[i] = c[2 * i];
      lats[i] = c[2 * i + 1];
    }
    return Map.of(
        "long", Value.of(Tensors.of(TensorValue.ofFloats(longs, ROWS, 1), precision)),
        "lat", Value.of(Tensors.of(TensorValue.ofFloats(lats, ROWS, 1), precision)));
  }

  private Map<String, Value> inputs(Precision precision) {
    Map<String, Value> inputs = new LinkedHashMap<>(conditions(precision));
    inputs.put("x", Value.of(Tensors.of(TensorValue.ofFloats(x, ROWS, IN), precision)));
    return inputs;
  }

  private static Tensor first(Program program, Map<String, Value> inputs) {
    return ((Value.Device) program.run(inputs).get(0)).tensor();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 6})
  void equalsANetworkWhoseWeightsNaiveJavaAdaptsRowByRow(int plannedConditions) {
    Weaver weaver = weaver(2);
    Map<String, TensorValue> parameters = parameters(weaver);
    Model fused = weaver.fused(parameters, new Workload(ROWS, plannedConditions));
    double[] actual;
    Map<String, double[]> factors = new LinkedHashMap<>();
    try (PointerScope scope = new PointerScope();
        Program program = Program.compile(fused, Set.of(), Precision.DOUBLE);
        Program generator =
            Program.compile(weaver.generator(parameters), Set.of(), Precision.DOUBLE)) {
      actual = Tensors.doubles(first(program, inputs(Precision.DOUBLE)));
      List<Value> values = generator.run(conditions(Precision.DOUBLE));
      for (int i = 0; i < values.size(); i++) {
        factors.put(
            generator.outputNames().get(i),
            Tensors.doubles(((Value.Device) values.get(i)).tensor()));
      }
    }
    for (int row = 0; row < ROWS; row++) {
      double[] expected = naive(weaver, factors, row);
      for (int o = 0; o < OUT; o++) {
        assertThat(actual[row * OUT + o]).isCloseTo(expected[o], within(1e-6));
      }
    }
  }

  /** One row through the network, its weights adapted as one would on paper. */
  private double[] naive(Weaver weaver, Map<String, double[]> factors, int row) {
    double[] weight1 = widened(w1);
    double[] bias1 = widened(b1);
    double[] weight2 = widened(w2);
    double[] bias2 = new double[OUT];
    for (SiteDelta delta : weaver.deltas()) {
      List<TensorValue> own =
          delta.form().factors(delta.site()).stream()
              .map(
                  f -> {
                    double[] all = Objects.requireNonNull(factors.get(delta.factorName(f)));
                    int n = f.elementCount();
                    int first = f.isGenerated() ? row * n : 0;
                    float[] mine = new float[n];
                    for (int i = 0; i < n; i++) {
                      mine[i] = (float) all[first + i];
                    }
                    return TensorValue.ofFloats(mine, f.shape());
                  })
              .toList();
      TensorValue frozen =
          Objects.requireNonNull(
              weaver.target().model().graph().initializers().get(delta.site().initializer()));
      double[] dense = delta.form().dense(delta.site(), frozen, own);
      double[] place =
          switch (delta.site().name()) {
            case "fc1.weight" -> weight1;
            case "fc1.bias" -> bias1;
            case "fc2.weight" -> delta.form().makesBias(delta.site()) ? bias2 : weight2;
            default -> throw new AssertionError(delta.name());
          };
      Arrays.setAll(place, i -> place[i] + dense[i]);
    }
    double[] h = new double[HIDDEN];
    for (int j = 0; j < HIDDEN; j++) {
      double sum = bias1[j];
      for (int i = 0; i < IN; i++) {
        sum += x[row * IN + i] * weight1[i * HIDDEN + j];
      }
      h[j] = Math.tanh(sum);
    }
    double[] y = new double[OUT];
    for (int o = 0; o < OUT; o++) {
      y[o] = bias2[o];
      for (int j = 0; j < HIDDEN; j++) {
        y[o] += h[j] * weight2[j * OUT + o];
      }
    }
    return y;
  }

  private static double[] widened(float[] values) {
    double[] doubles = new double[values.length];
    Arrays.setAll(doubles, i -> values[i]);
    return doubles;
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 3})
  void gradientsOfEveryParameterAreFiniteDifferences(int trunkLayers) {
    Weaver weaver = weaver(trunkLayers);
    Map<String, TensorValue> parameters = parameters(weaver);
    Model fused = weaver.fused(parameters, Workload.MIXED);
    try (PointerScope scope = new PointerScope();
        Program program = Program.compile(fused, parameters.keySet(), Precision.DOUBLE)) {
      FiniteDifferences.check(program, inputs(Precision.DOUBLE), 7);
    }
  }

  @Test
  void aFreshModelLearnsAlthoughOneFactorIsZero() {
    Weaver weaver = weaver(2);
    Map<String, TensorValue> fresh = weaver.freshParameters(3);
    Set<String> zero =
        weaver.deltas().stream()
            .flatMap(
                delta ->
                    delta.form().factors(delta.site()).stream()
                        .filter(factor -> factor.start() == Factor.Start.ZERO)
                        .map(factor -> Heads.parameterName(delta, factor)))
            .collect(Collectors.toSet());
    try (PointerScope scope = new PointerScope();
        Program program =
            Program.compile(
                weaver.fused(fresh, Workload.MIXED), fresh.keySet(), Precision.DOUBLE)) {
      first(program, inputs(Precision.DOUBLE)).sin().sum().backward();
      Map<String, Tensor> gradients = program.parameters().gradients();
      assertThat(gradients.keySet()).isEqualTo(fresh.keySet());
      for (String name : gradients.keySet()) {
        double norm = Objects.requireNonNull(gradients.get(name)).norm().item_double();
        // Only the factors that are zero stand between the loss and the rest, for one step.
        assertThat(norm > 0).as("gradient reaches %s", name).isEqualTo(zero.contains(name));
      }
    }
  }
}
