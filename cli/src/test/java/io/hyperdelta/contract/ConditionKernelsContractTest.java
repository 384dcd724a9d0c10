package io.hyperdelta.contract;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.hyperdelta.autodiff.Precision;
import io.hyperdelta.autodiff.Program;
import io.hyperdelta.autodiff.Tensors;
import io.hyperdelta.autodiff.Value;
import io.hyperdelta.delta.Chunked;
import io.hyperdelta.delta.Form;
import io.hyperdelta.delta.Gain;
import io.hyperdelta.delta.Shift;
import io.hyperdelta.graph.Model;
import io.hyperdelta.graph.TensorValue;
import io.hyperdelta.target.Site;
import io.hyperdelta.target.SiteKind;
import io.hyperdelta.target.Units;
import io.hyperdelta.weave.Weaver;
import io.hyperdelta.weave.Workload;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A kernel for each condition, as training makes it where a window is a pixel, gives the values and
 * the gradients of contributions added to what the frozen convolution makes, for any number of
 * conditions.
 */
@SuppressWarnings("try") // scopes work by being open
class ConditionKernelsContractTest {
  private static final Workload TRAINING = Workload.training(Networks.ROWS, Networks.ROWS);

  /** Kernels whose windows are a pixel, at every pixel of all channels. */
  private static final Set<String> POINTWISE =
      Set.of("bias.weight", "plain.weight", "one.weight", "line.weight");

  @ParameterizedTest
  @MethodSource("contracts")
  void kernelsAgreeWithContributions(Contract contract) {
    Weaver weaver = contract.weaver();
    Map<String, TensorValue> parameters = AdaptationContractTest.trained(weaver);
    Model apart = weaver.fused(parameters, AdaptationContractTest.EACH);
    Model kernels = weaver.fused(parameters, TRAINING);
    assertThat(hasKernels(kernels, contract)).isEqualTo(mayHaveKernels(contract));
    for (int count : new int[] {1, 3, Networks.ROWS}) {
      Map<String, TensorValue> inputs =
          AdaptationContractTest.with(contract.sample().rows(), contract.conditions(count));
      inputs.put(Weaver.STRENGTH, TensorValue.scalar(-0.75f));
      float[] expected = AdaptationContractTest.run(apart, inputs);
      String title = count + " conditions, ";
      AdaptationContractTest.assertClose(
          title + "ONNX Runtime", AdaptationContractTest.run(kernels, inputs), expected);
      AdaptationContractTest.assertClose(
          title + "libtorch", AdaptationContractTest.train(kernels, inputs), expected);
      double[] gradients = gradients(apart, parameters.keySet(), inputs);
      assertThat(gradients(kernels, parameters.keySet(), inputs))
          .as(title + "gradients")
          .containsExactly(gradients, within(1e-9));
    }
  }

  /** Whether no convolution is left that reads the weight. */
  private static boolean hasKernels(Model woven, Contract contract) {
    String weight = contract.weaver().deltas().get(0).site().initializer();
    return woven.graph().nodes().stream()
        .noneMatch(node -> node.op().equals("Conv") && node.inputs().contains(weight));
  }

  private static boolean mayHaveKernels(Contract contract) {
    Form form = contract.adaptations().get(0).form();
    return POINTWISE.contains(contract.weaver().deltas().get(0).site().initializer())
        && !(form instanceof Gain || form instanceof Shift || form instanceof Chunked)
        && !form.replaces();
  }

  /** Of a weighted sum of the outputs with respect to all parameters, in float64. */
  private static double[] gradients(
      Model model, Set<String> parameters, Map<String, TensorValue> inputs) {
    List<Double> all = new ArrayList<>();
    try (PointerScope scope = new PointerScope();
        Program program =
            Program.compile(model, new LinkedHashSet<>(parameters), Precision.DOUBLE)) {
      Map<String, Value> values = new LinkedHashMap<>();
      inputs.forEach((name, value) -> values.put(name, Value.of(value, Precision.DOUBLE)));
      Tensor output = ((Value.Device) program.run(values).get(0)).tensor();
      output.mul(output.cos()).sum().backward();
      for (Tensor each : program.parameters().gradients().values()) {
        for (double gradient : Tensors.doubles(each)) {
          all.add(gradient);
        }
      }
    }
    assertThat(all).anyMatch(gradient -> gradient != 0);
    return all.stream().mapToDouble(Double::doubleValue).toArray();
  }

  static Stream<Contract> contracts() {
    Networks.Sample sample = Networks.pixels();
    return sample.target().sites().stream()
        .filter(site -> site.kind() == SiteKind.KERNEL)
        .flatMap(site -> Stream.of(site, site.only(Units.of("0,2..3"))))
        .flatMap(site -> onSite(sample, site));
  }

  private static Stream<Contract> onSite(Networks.Sample sample, Site site) {
    String part = site.title();
    return Contract.FORMS.stream()
        .filter(form -> form.refusal(site).isEmpty() && !form.makesBias(site))
        .flatMap(
            form ->
                Stream.of(Contract.Origin.GENERATED, Contract.Origin.TABLE)
                    .map(origin -> Contract.of(sample, part, form, origin)));
  }
}
