package io.hyperdelta.autodiff;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.assertj.core.data.Offset;
import org.bytedeco.javacpp.DoublePointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every differentiable operator's gradient equals finite differences in float64. */
@ExtendWith(NoLiveTensors.class)
@SuppressWarnings("try") // scopes work by being open
class GradientTest {
  private static final double STEP = 1e-6;
  private static final double TOLERANCE = 1e-6;

  @Test
  void everyDifferentiableOperatorHasCases() {
    Set<String> expected = new TreeSet<>();
    Operators.all()
        .forEach(
            (title, variants) -> {
              if (variants.stream().anyMatch(Operator::differentiable)) {
                expected.add(title);
              }
            });
    Set<String> covered = cases().map(Case::title).collect(Collectors.toCollection(TreeSet::new));

    assertThat(covered).isEqualTo(expected);
  }

  @ParameterizedTest
  @MethodSource("cases")
  void equalsFiniteDifferences(Case testCase) {
    Set<String> names = testCase.parameterNames();
    try (Program program = Program.compile(testCase.model(), names, Precision.DOUBLE)) {
      List<double[]> taped = new ArrayList<>();
      List<double[]> own = new ArrayList<>();
      try (PointerScope scope = new PointerScope()) {
        loss(program).backward();
        Pass pass = program.pass(Map.of());
        List<Tensor> gradients = pass.gradients(loss(pass.outputs()), scope);
        for (int p = 0; p < names.size(); p++) {
          taped.add(Tensors.doubles(program.parameters().tensors().get(p).grad()));
          own.add(Tensors.doubles(gradients.get(p)));
        }
      }
      for (int p = 0; p < taped.size(); p++) {
        for (int i = 0; i < taped.get(p).length; i++) {
          double expected = difference(program, p, i);
          Offset<Double> offset = Offset.offset(TOLERANCE * (1 + Math.abs(expected)));
          String place = "%s, parameter %d, element %d".formatted(testCase, p, i);
          assertThat(taped.get(p)[i]).as("by the tape: %s", place).isCloseTo(expected, offset);
          assertThat(own.get(p)[i]).as("by a pass: %s", place).isCloseTo(expected, offset);
        }
      }
    }
  }

  @Test
  void whatWovenMlpsAreMadeOfGoesBackByItself() {
    Set<String> untaped =
        cases()
            .filter(GradientTest::isUntaped)
            .map(Case::title)
            .collect(Collectors.toCollection(TreeSet::new));

    assertThat(untaped)
        .contains("Add", "Concat", "Div", "Elu", "Gelu", "Gemm", "Identity", "LeakyRelu", "MatMul")
        .contains("Mul", "Neg", "Pad", "ReduceMean", "ReduceSum", "Relu", "Reshape", "Sigmoid")
        .contains("Softmax", "Softplus", "Sqrt", "Sub", "Tanh", "Transpose", "Unsqueeze")
        .contains(
            "io.hyperdelta.fused.AddedProduct",
            "io.hyperdelta.fused.JoinedProducts",
            "io.hyperdelta.fused.Linear")
        .doesNotContain("Conv", "LayerNormalization");
  }

  private static boolean isUntaped(Case testCase) {
    try (PointerScope scope = new PointerScope();
        Program program =
            Program.compile(testCase.model(), testCase.parameterNames(), Precision.DOUBLE)) {
      return !program.pass(Map.of()).isTaped();
    }
  }

  private static double difference(Program program, int parameter, int element) {
    try (PointerScope scope = new PointerScope()) {
      Tensor leaf = program.parameters().tensors().get(parameter);
      DoublePointer data = leaf.data_ptr_double();
      double value = data.get(element);
      data.put(element, value + STEP);
      double above = loss(program).item_double();
      data.put(element, value - STEP);
      double below = loss(program).item_double();
      data.put(element, value);
      return (above - below) / (2 * STEP);
    }
  }

  /** A weighted sum of the real outputs, the weights all different. */
  private static Tensor loss(Program program) {
    return loss(program.run(Map.of()));
  }

  private static Tensor loss(List<Value> outputs) {
    Tensor sum = Tensors.ofDoubles(new double[1]);
    for (Value value : outputs) {
      if (value instanceof Value.Device device && device.tensor().is_floating_point()) {
        Tensor output = device.tensor();
        double[] weights = new double[(int) output.numel()];
        for (int i = 0; i < weights.length; i++) {
          weights[i] = Math.sin(1 + 1.3 * i) + 0.2;
        }
        sum = sum.add(output.mul(Tensors.ofDoubles(weights, Shapes.of(output))).sum());
      }
    }
    return sum;
  }

  static Stream<Case> cases() {
    return Stream.of(
            ElementwiseCases.gradients(),
            LinearCases.gradients(),
            ConvolutionCases.gradients(),
            PoolCases.gradients(),
            ResizeCases.gradients(),
            NormalizationCases.gradients(),
            ReductionCases.gradients(),
            ShapeCases.gradients(),
            SelectionCases.gradients(),
            IndexCases.gradients(),
            LossCases.gradients(),
            SignalCases.gradients(),
            FusionCases.gradients(),
            RecurrentCases.gradients(),
            FusedCases.gradients(),
            ControlCases.gradients())
        .flatMap(stream -> stream);
  }
}
