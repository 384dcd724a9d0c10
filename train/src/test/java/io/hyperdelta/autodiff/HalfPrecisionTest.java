package io.hyperdelta.autodiff;

import static org.assertj.core.api.Assertions.assertThat;

import io.hyperdelta.graph.Dtype;
import io.hyperdelta.graph.TensorValue;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.assertj.core.data.Offset;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** On float16 inputs, operators give what they give on float32, rounded. */
@ExtendWith(NoLiveTensors.class)
@SuppressWarnings("try") // scopes work by being open
class HalfPrecisionTest {
  /** Some roundings to ten bits, the largest of values with which a sum is made. */
  private static final double TOLERANCE = 0.01;

  @ParameterizedTest
  @MethodSource("cases")
  void equalsFloatRounded(Case testCase) {
    try (PointerScope scope = new PointerScope()) {
      List<TensorValue> halves = new ArrayList<>();
      for (TensorValue value : testCase.inputs()) {
        halves.add(value != null && value.dtype() == Dtype.FLOAT ? half(value) : value);
      }
      Case half =
          new Case(
              testCase.domain(),
              testCase.op(),
              testCase.opset(),
              testCase.attributes(),
              halves,
              testCase.fixed(),
              testCase.captured(),
              testCase.outputs());
      List<Value> expected = run(testCase);
      List<Value> got = run(half);
      for (int i = 0; i < expected.size(); i++) {
        check(expected.get(i), got.get(i));
      }
    }
  }

  private static List<Value> run(Case testCase) {
    try (Program program = Program.compile(testCase.openModel(), Set.of(), Precision.FLOAT)) {
      return program.run(testCase.values());
    }
  }

  private static void check(Value expected, Value got) {
    if (expected instanceof Value.Device wanted && wanted.tensor().is_floating_point()) {
      Tensor tensor = ((Value.Device) got).tensor();
      assertThat(Tensors.type(tensor))
          .isEqualTo(
              Tensors.type(wanted.tensor()) == ScalarType.Float
                  ? ScalarType.Half
                  : Tensors.type(wanted.tensor()));
      double[] a = Tensors.doubles(wanted.tensor());
      double[] b = Tensors.doubles(tensor);
      assertThat(b).hasSameSizeAs(a);
      for (int i = 0; i < a.length; i++) {
        assertThat(b[i]).isCloseTo(a[i], Offset.offset(TOLERANCE * (1 + Math.abs(a[i]))));
      }
    }
  }

  private static TensorValue half(TensorValue value) {
    return Tensors.toValue(Tensors.of(value, Precision.FLOAT).to(ScalarType.Half));
  }

  static Stream<Case> cases() {
    return Stream.of(
            ElementwiseCases.gradients(),
            ReductionCases.gradients(),
            ShapeCases.gradients(),
            SelectionCases.gradients(),
            IndexCases.gradients(),
            LossCases.gradients())
        .flatMap(stream -> stream);
  }
}
