package io.hyperdelta.autodiff;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.hyperdelta.graph.Dtype;
import io.hyperdelta.graph.TensorValue;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Recurrent layers, where neither ONNX's suite nor ONNX Runtime says what is right. */
@ExtendWith(NoLiveTensors.class)
@SuppressWarnings("try") // scopes work by being open
class RecurrentTest {

  /** tanh of the input and half the state; 3 steps of 2 sequences, one number each. */
  private static Case layer(long... lengths) {
    return Case.of(
            "RNN",
            14,
            TensorValue.ofFloats(new float[] {1, 2, 3, 4, 5, 6}, 3, 2, 1),
            TensorValue.ofFloats(new float[] {1}, 1, 1, 1),
            TensorValue.ofFloats(new float[] {0.5f}, 1, 1, 1),
            null,
            TensorValue.ofIntegers(Dtype.INT32, lengths, lengths.length),
            TensorValue.ofFloats(new float[] {0.25f, -0.25f}, 1, 2, 1))
        .outputs(2);
  }

  @Test
  void sequencesEndWhereTheirLengthsSay() {
    double first = Math.tanh(2 - 0.125);
    double second = Math.tanh(4 + first / 2);
    try (PointerScope scope = new PointerScope();
        Program program = Program.compile(layer(0, 2).openModel(), Set.of(), Precision.FLOAT)) {
      List<Value> made = program.run(layer(0, 2).values());

      assertThat(doubles(made.get(0)))
          .usingComparatorWithPrecision(1e-6)
          .containsExactly(0, first, 0, second, 0, 0);
      assertThat(doubles(made.get(1)))
          .usingComparatorWithPrecision(1e-6)
          .containsExactly(0.25, second);
    }
  }

  @Test
  void refusesLengthsThatDoNotFit() {
    try (PointerScope scope = new PointerScope();
        Program program = Program.compile(layer(1, 1).openModel(), Set.of(), Precision.FLOAT)) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> program.run(layer(1, 4).values()))
          .withMessageContaining("length 4 lies outside sequences of 3 steps");
      assertThatIllegalArgumentException()
          .isThrownBy(() -> program.run(layer(1, 1, 1).values()))
          .withMessageContaining("3 lengths were given for 2 sequences");
    }
  }

  /** In float32 libtorch may take other code than in float64, where gradients are checked. */
  @ParameterizedTest
  @ValueSource(strings = {"LSTM", "GRU", "RNN"})
  void gradientsInSinglePrecisionAreThoseInDouble(String op) {
    RecurrentCases.gradients()
        .filter(testCase -> testCase.op().equals(op))
        .forEach(
            testCase -> {
              List<double[]> exact = gradients(testCase, Precision.DOUBLE);
              List<double[]> single = gradients(testCase, Precision.FLOAT);
              for (int i = 0; i < exact.size(); i++) {
                assertThat(single.get(i))
                    .as("%s, parameter %d", testCase, i)
                    .usingComparatorWithPrecision(1e-4)
                    .containsExactly(exact.get(i));
              }
            });
  }

  private static List<double[]> gradients(Case testCase, Precision precision) {
    try (PointerScope scope = new PointerScope();
        Program program = Program.compile(testCase.model(), testCase.parameterNames(), precision)) {
      Tensor sum = Tensors.ofDoubles(new double[1]);
      for (Value value : program.run(Map.of())) {
        Tensor part = ((Value.Device) value).tensor();
        sum = sum.add(part.mul(part).sum());
      }
      sum.backward();
      return program.parameters().tensors().stream()
          .map(leaf -> Tensors.doubles(leaf.grad()))
          .toList();
    }
  }

  private static double[] doubles(Value value) {
    return Tensors.doubles(((Value.Device) value).tensor());
  }
}
