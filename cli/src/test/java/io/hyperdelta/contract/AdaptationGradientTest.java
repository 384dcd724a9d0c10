package io.hyperdelta.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.hyperdelta.autodiff.Parameters;
import io.hyperdelta.autodiff.Precision;
import io.hyperdelta.autodiff.Program;
import io.hyperdelta.autodiff.Tensors;
import io.hyperdelta.autodiff.Value;
import io.hyperdelta.graph.Model;
import io.hyperdelta.graph.TensorValue;
import io.hyperdelta.weave.Weaver;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Gradients of every parameter of every contract, against finite differences in float64. */
@SuppressWarnings("try") // scopes work by being open
class AdaptationGradientTest {
  @ParameterizedTest
  @MethodSource("io.hyperdelta.contract.Contract#all")
  void gradientsAreFiniteDifferences(Contract contract) {
    Weaver weaver = contract.weaver();
    Map<String, TensorValue> parameters = AdaptationContractTest.trained(weaver);
    check(contract, weaver.fused(parameters, AdaptationContractTest.EACH), 3);
  }

  @ParameterizedTest
  @MethodSource("io.hyperdelta.contract.Contract#plain")
  void gradientsThroughMergedWeightsAreFiniteDifferences(Contract contract) {
    Weaver weaver = contract.weaver();
    Map<String, TensorValue> parameters = AdaptationContractTest.trained(weaver);
    check(contract, weaver.fused(parameters, ContractionContractTest.ONE), 1);
  }

  private static void check(Contract contract, Model woven, int conditions) {
    Set<String> parameters = contract.weaver().freshParameters(0).keySet();
    Map<String, Value> inputs = new LinkedHashMap<>();
    AdaptationContractTest.with(contract.sample().rows(), contract.conditions(conditions))
        .forEach((name, value) -> inputs.put(name, Value.of(value, Precision.DOUBLE)));
    try (PointerScope scope = new PointerScope();
        Program program = Program.compile(woven, parameters, Precision.DOUBLE)) {
      loss(program, inputs).backward();
      for (Parameters.Leaf leaf : program.parameters().leaves()) {
        double[] gradient = Tensors.doubles(leaf.tensor().grad());
        DoublePointer data = leaf.tensor().data_ptr_double();
        int checked = 3 * leaf.names().size();
        for (int i = 0; i < gradient.length; i += Math.max(1, gradient.length / checked)) {
          double numeric = difference(program, inputs, data, i);
          assertThat(gradient[i])
              .as("%s[%d]", leaf.names(), i)
              .isCloseTo(numeric, within(1e-6 * Math.max(1, Math.abs(numeric))));
        }
      }
    }
  }

  private static Tensor loss(Program program, Map<String, Value> inputs) {
    return ((Value.Device) program.run(inputs).get(0)).tensor().sin().sum();
  }

  private static double difference(
      Program program, Map<String, Value> inputs, DoublePointer data, int i) {
    double step = 1e-6;
    double value = data.get(i);
    try (PointerScope scope = new PointerScope();
        NoGradGuard frozen = new NoGradGuard()) {
      data.put(i, value + step);
      double up = loss(program, inputs).item_double();
      data.put(i, value - step);
      double down = loss(program, inputs).item_double();
      data.put(i, value);
      return (up - down) / (2 * step);
    }
  }
}
