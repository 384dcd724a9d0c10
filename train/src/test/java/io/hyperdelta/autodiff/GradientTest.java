package io.hyperdelta.autodiff;

import static io.hyperdelta.autodiff.Case.floats;
import static io.hyperdelta.autodiff.Case.longs;
import static io.hyperdelta.autodiff.Case.mixed;
import static io.hyperdelta.autodiff.Case.other;
import static io.hyperdelta.autodiff.Case.positive;
import static io.hyperdelta.autodiff.Case.scalar;
import static org.assertj.core.api.Assertions.assertThat;

import io.hyperdelta.graph.Attribute;
import io.hyperdelta.graph.TensorValue;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
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

  /** Operators whose outputs are no real function of their inputs. */
  private static final Set<String> NOT_DIFFERENTIABLE =
      Set.of(
          "Equal",
          "Less",
          "Greater",
          "LessOrEqual",
          "GreaterOrEqual",
          "And",
          "Or",
          "Xor",
          "Not",
          "IsNaN",
          "IsInf",
          "ArgMax",
          "ArgMin",
          "Shape",
          "Size",
          "ConstantOfShape",
          "Range",
          "Constant",
          "ai.onnx.ml.OneHotEncoder",
          "ai.onnx.ml.LabelEncoder");

  @Test
  void everyDifferentiableOperatorHasCases() {
    Set<String> expected = new TreeSet<>(Operators.names());
    expected.removeAll(NOT_DIFFERENTIABLE);
    Set<String> covered = cases().map(Case::op).collect(Collectors.toCollection(TreeSet::new));

    assertThat(covered).isEqualTo(expected);
  }

  @ParameterizedTest
  @MethodSource("cases")
  void equalsFiniteDifferences(Case testCase) {
    Set<String> names = testCase.parameterNames();
    try (Program program = Program.compile(testCase.model(), names, Precision.DOUBLE)) {
      double[][] gradients = new double[names.size()][];
      try (PointerScope scope = new PointerScope()) {
        loss(program).backward();
        for (int p = 0; p < gradients.length; p++) {
          gradients[p] = Tensors.doubles(program.parameters().tensors().get(p).grad());
        }
      }
      for (int p = 0; p < gradients.length; p++) {
        for (int i = 0; i < gradients[p].length; i++) {
          double expected = difference(program, p, i);
          assertThat(gradients[p][i])
              .as("%s, parameter %d, element %d", testCase, p, i)
              .isCloseTo(
                  expected,
                  org.assertj.core.data.Offset.offset(TOLERANCE * (1 + Math.abs(expected))));
        }
      }
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

  /** A weighted sum of the output, the weights all different. */
  private static Tensor loss(Program program) {
    Tensor output = ((Value.Device) program.run(Map.of()).get(0)).tensor();
    double[] weights = new double[(int) output.numel()];
    for (int i = 0; i < weights.length; i++) {
      weights[i] = Math.sin(1 + 1.3 * i) + 0.2;
    }
    return output.mul(Tensors.ofDoubles(weights, Shapes.of(output))).sum();
  }

  static Stream<Case> cases() {
    return Stream.of(
            arithmetic(),
            activations(),
            linear(),
            normalizations(),
            reductions(),
            shapes(),
            parts())
        .flatMap(stream -> stream);
  }

  private static Stream<Case> arithmetic() {
    Stream<Case> unary =
        Stream.of("Neg", "Abs", "Exp", "Erf", "Sign", "Floor", "Ceil", "Round", "Sin", "Cos")
            .map(op -> Case.of(op, 13, mixed(2, 3)));
    Stream<Case> unaryPositive =
        Stream.of("Sqrt", "Log", "Reciprocal").map(op -> Case.of(op, 13, positive(2, 3)));
    Stream<Case> binary =
        Stream.of("Add", "Sub", "Mul", "Div", "Min", "Max", "Sum")
            .flatMap(
                op ->
                    Stream.of(
                        Case.of(op, 11, mixed(2, 3), other(2, 3)),
                        Case.of(op, 21, mixed(2, 3), other(3)),
                        Case.of(op, 13, mixed(2, 1), other(1, 3)),
                        Case.of(op, 13, TensorValue.scalar(0.7f), other(2, 2))));
    return Stream.of(
            unary,
            unaryPositive,
            binary,
            Stream.of(
                Case.of("Mod", 13, mixed(4), positive(4)).with("fmod", 1).fix(1),
                Case.of("Pow", 15, mixed(2, 3), TensorValue.scalar(2)).fix(1),
                Case.of("Pow", 15, mixed(2, 3), scalar(3)),
                Case.of("Pow", 15, positive(2, 3), floats(0.5f)).fix(1),
                Case.of("Pow", 12, positive(2, 3), mixed(3)),
                Case.of("Clip", 11, mixed(8), TensorValue.scalar(-0.5f), TensorValue.scalar(0.8f))
                    .fix(1, 2),
                Case.of("Clip", 13, mixed(8), TensorValue.scalar(-0.5f)).fix(1)))
        .flatMap(stream -> stream);
  }

  private static Stream<Case> activations() {
    Stream<Case> plain =
        Stream.of(
                "Relu",
                "Sigmoid",
                "Tanh",
                "HardSwish",
                "Mish",
                "LeakyRelu",
                "Elu",
                "Selu",
                "Celu",
                "ThresholdedRelu",
                "HardSigmoid",
                "Softplus",
                "Softsign",
                "Gelu")
            .map(op -> Case.of(op, 20, mixed(2, 5)));
    Stream<Case> softmax =
        Stream.of("Softmax", "LogSoftmax")
            .flatMap(
                op ->
                    Stream.of(
                        Case.of(op, 11, mixed(2, 3, 2)),
                        Case.of(op, 11, mixed(2, 3, 2)).with("axis", 2),
                        Case.of(op, 13, mixed(2, 3, 2)),
                        Case.of(op, 21, mixed(2, 3, 2)).with("axis", 0)));
    return Stream.of(
            plain,
            softmax,
            Stream.of(
                Case.of("LeakyRelu", 11, mixed(5)).with("alpha", 0.3f),
                Case.of("Elu", 11, mixed(5)).with("alpha", 0.3f),
                Case.of("Selu", 11, mixed(5)).with("alpha", 1.3f).with("gamma", 0.7f),
                Case.of("Celu", 12, mixed(5)).with("alpha", 0.3f),
                Case.of("HardSigmoid", 11, mixed(5)).with("alpha", 0.6f).with("beta", 0.3f),
                Case.of("Gelu", 20, mixed(5)).with("approximate", Attribute.of("tanh")),
                Case.of("PRelu", 16, mixed(2, 3), positive(3)),
                Case.of("PRelu", 11, mixed(2, 3, 2), other(3, 1))))
        .flatMap(stream -> stream);
  }

  private static Stream<Case> linear() {
    return Stream.of(
        Case.of("MatMul", 13, mixed(2, 3), other(3, 4)),
        Case.of("MatMul", 13, mixed(2, 2, 3), other(3, 4)),
        Case.of("MatMul", 13, mixed(2, 1, 2, 3), other(3, 3, 2)),
        Case.of("MatMul", 13, mixed(3), other(3, 2)),
        Case.of("MatMul", 13, mixed(2, 3), other(3)),
        Case.of("Gemm", 11, mixed(2, 3), other(3, 4)),
        Case.of("Gemm", 13, mixed(2, 3), other(4, 3), positive(4)).with("transB", 1),
        Case.of("Gemm", 13, mixed(2, 3), other(4, 3)).with("transB", 1),
        Case.of("Gemm", 13, mixed(2, 3), other(4, 3), positive(2, 1)).with("transB", 1),
        Case.of("Gemm", 13, mixed(3, 2), other(3, 4), positive(1, 4))
            .with("transA", 1)
            .with("alpha", 0.5f)
            .with("beta", 2f),
        Case.of("Gemm", 13, mixed(3, 2), other(4, 3), TensorValue.scalar(0.4f))
            .with("transA", 1)
            .with("transB", 1)
            .with("alpha", 0.5f),
        Case.of("Gemm", 13, mixed(3, 2), other(2, 2)).with("alpha", 0.5f));
  }

  private static Stream<Case> normalizations() {
    return Stream.of(
        Case.of("LayerNormalization", 17, mixed(2, 4), positive(4), other(4)),
        Case.of("LayerNormalization", 17, mixed(2, 4), positive(4)).with("epsilon", 0.1f),
        Case.of("LayerNormalization", 17, mixed(2, 3, 2), positive(3, 2), other(3, 2))
            .with("axis", 1),
        Case.of("LayerNormalization", 17, mixed(2, 3, 2), positive(2), other(2)).with("axis", 1),
        Case.of("BatchNormalization", 15, mixed(2, 3), positive(3), other(3), mixed(3), positive(3))
            .fix(3, 4),
        Case.of(
                "BatchNormalization",
                11,
                mixed(2, 3, 2),
                positive(3),
                other(3),
                mixed(3),
                positive(3))
            .with("epsilon", 0.1f)
            .fix(3, 4),
        Case.of(
            "BatchNormalization",
            15,
            mixed(2, 3, 2),
            positive(3),
            other(3),
            mixed(3),
            positive(3)));
  }

  private static Stream<Case> reductions() {
    return Stream.of(
            "ReduceSum",
            "ReduceMean",
            "ReduceMax",
            "ReduceMin",
            "ReduceProd",
            "ReduceL1",
            "ReduceL2",
            "ReduceSumSquare",
            "ReduceLogSum",
            "ReduceLogSumExp")
        .flatMap(
            op -> {
              TensorValue x = op.equals("ReduceLogSum") ? positive(2, 3, 2) : mixed(2, 3, 2);
              return Stream.of(
                  Case.of(op, 11, x),
                  Case.of(op, 11, x).with("axes", Attribute.ints(-2)).with("keepdims", 0),
                  Case.of(op, 18, x, longs(0, 2)),
                  Case.of(op, 21, x, longs(-1)).with("keepdims", 0),
                  Case.of(op, 18, x).with("noop_with_empty_axes", 1));
            });
  }

  private static Stream<Case> shapes() {
    return Stream.of(
        Case.of("Identity", 13, mixed(2, 3)),
        Case.of("Dropout", 11, mixed(2, 3)),
        Case.of("Reshape", 13, mixed(2, 3), longs(3, -1)),
        Case.of("Flatten", 13, mixed(2, 3, 2)).with("axis", 2),
        Case.of("Transpose", 13, mixed(2, 3, 2)),
        Case.of("Transpose", 13, mixed(2, 3, 2)).with("perm", Attribute.ints(1, 0, 2)),
        Case.of("Squeeze", 11, mixed(2, 1, 3, 1)).with("axes", Attribute.ints(1, -1)),
        Case.of("Squeeze", 13, mixed(2, 1, 3, 1), longs(1)),
        Case.of("Squeeze", 13, mixed(2, 1, 3, 1)),
        Case.of("Unsqueeze", 11, mixed(2, 3)).with("axes", Attribute.ints(0, 3)),
        Case.of("Unsqueeze", 13, mixed(2, 3), longs(-1)),
        Case.of("Concat", 13, mixed(2, 3), other(2, 1)).with("axis", 1),
        Case.of("Concat", 13, mixed(1, 3), other(2, 3), positive(1, 3)).with("axis", -2),
        Case.of("Expand", 13, mixed(3, 1), longs(2, 1, 4)),
        Case.of("Tile", 13, mixed(2, 3), longs(2, 2)),
        Case.of("Cast", 13, mixed(2, 3)).with("to", 11),
        Case.of("CastLike", 15, mixed(2, 3), TensorValue.ofDoubles(new double[1], 1)));
  }

  private static Stream<Case> parts() {
    return Stream.of(
        Case.of("Where", 16, Case.bools(1, 0, 1), mixed(2, 3), other(3)),
        Case.of("Slice", 11, mixed(4, 3), longs(1), longs(3)),
        Case.of("Slice", 13, mixed(4, 3), longs(0, -1), longs(9, -9), longs(0, 1), longs(2, -2)),
        Case.of("Split", 11, mixed(5, 2)).with("split", Attribute.ints(2, 3)),
        Case.of("Split", 13, mixed(2, 5), longs(2, 3)).with("axis", -1),
        Case.of("Split", 18, mixed(5, 2)).with("num_outputs", 1),
        Case.of("Gather", 13, mixed(4, 3), longs(0, -1, 0)),
        Case.of("Gather", 13, mixed(4, 3), scalar(-2)).with("axis", 1),
        Case.of("Gather", 13, mixed(2, 3, 2), TensorValue.ofLongs(new long[] {0, 2, 2, 1}, 2, 2))
            .with("axis", 1),
        Case.of("Pad", 11, mixed(2, 3), longs(1, 0, 0, 2)),
        Case.of("Pad", 13, mixed(3, 3), longs(0, -1, 1, 0), TensorValue.scalar(2)).fix(2),
        Case.of("Pad", 18, mixed(2, 4), longs(2, 1), TensorValue.scalar(0), longs(1))
            .with("mode", Attribute.of("reflect"))
            .fix(2),
        Case.of("Pad", 13, mixed(2, 3), longs(1, 1, 1, 1)).with("mode", Attribute.of("edge")),
        Case.of("Trilu", 14, mixed(3, 3)),
        Case.of("Trilu", 14, mixed(3, 4), scalar(1)).with("upper", 0),
        Case.of("OneHot", 11, longs(1, -1, 7), scalar(3), mixed(2)),
        Case.of("OneHot", 13, longs(1, 0), longs(3), mixed(2)).with("axis", 0),
        Case.of("CumSum", 14, mixed(2, 4), scalar(1)),
        Case.of("CumSum", 14, mixed(2, 4), scalar(1)).with("exclusive", 1),
        Case.of("CumSum", 14, mixed(4, 2), scalar(0)).with("reverse", 1).with("exclusive", 1));
  }
}
