package io.hyperdelta.autodiff;

import static io.hyperdelta.autodiff.Case.floats;
import static io.hyperdelta.autodiff.Case.mixed;
import static io.hyperdelta.autodiff.Case.other;
import static io.hyperdelta.autodiff.Case.positive;
import static io.hyperdelta.autodiff.Case.scalar;

import io.hyperdelta.graph.Attribute;
import io.hyperdelta.graph.TensorValue;
import java.util.stream.Stream;

/** Elementwise arithmetic and activations. */
final class ElementwiseCases {
  private ElementwiseCases() {}

  static Stream<Case> gradients() {
    return Stream.of(arithmetic(), legacy(), trigonometry(), activations())
        .flatMap(stream -> stream);
  }

  private static Stream<Case> arithmetic() {
    Stream<Case> unary =
        Stream.of("Neg", "Abs", "Exp", "Erf", "Sign", "Floor", "Ceil", "Round")
            .map(op -> Case.of(op, 13, mixed(2, 3)));
    Stream<Case> unaryPositive =
        Stream.of("Sqrt", "Log", "Reciprocal").map(op -> Case.of(op, 13, positive(2, 3)));
    Stream<Case> binary =
        Stream.of("Add", "Sub", "Mul", "Div", "Min", "Max", "Sum", "Mean")
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

  /** Broadcasting before operator set 7. */
  private static Stream<Case> legacy() {
    return Stream.of(
        Case.of("Add", 6, mixed(2, 3), other(2)).with("broadcast", 1).with("axis", 0),
        Case.of("Sub", 6, mixed(2, 3, 2), other(3)).with("broadcast", 1).with("axis", 1),
        Case.of("Mul", 6, mixed(2, 3), other(3)).with("broadcast", 1),
        // Factors that are spread over one of the last axes.
        Case.of("Mul", 13, mixed(2, 3, 1), other(2, 1, 4)),
        Case.of("Mul", 13, mixed(2, 3, 4), other(2, 1, 4)),
        Case.of("Mul", 13, mixed(2, 3, 1), other(2, 3, 4)),
        Case.of("Mul", 13, mixed(2, 1, 3, 1), other(1, 1, 1, 4)),
        Case.of("Mul", 13, mixed(3, 1), other(3, 4)),
        Case.of("Div", 6, mixed(2, 3, 2), positive(2, 3)).with("broadcast", 1).with("axis", 0),
        Case.of("Pow", 6, positive(2, 3), other(2)).with("broadcast", 1).with("axis", -2));
  }

  private static Stream<Case> trigonometry() {
    TensorValue small = floats(0.3f, -0.7f, 0.55f);
    return Stream.concat(
        Stream.of("Sin", "Cos", "Tan", "Asin", "Acos", "Atan", "Sinh", "Cosh", "Asinh", "Atanh")
            .map(op -> Case.of(op, 13, small)),
        Stream.of(Case.of("Acosh", 9, floats(1.3f, 2.1f, 3.7f))));
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
                "Gelu",
                "Swish",
                "Shrink")
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
                Case.of("PRelu", 11, mixed(2, 3, 2), other(3, 1)),
                Case.of("PRelu", 6, mixed(2, 3, 2), other(3)),
                Case.of("PRelu", 6, mixed(2, 3), floats(0.3f)),
                Case.of("Swish", 24, mixed(5)).with("alpha", 0.6f),
                Case.of("Shrink", 9, mixed(6)).with("lambd", 0.6f),
                Case.of("Shrink", 9, mixed(6)).with("lambd", 0.6f).with("bias", 0.6f),
                Case.of("Shrink", 9, mixed(6)).with("lambd", 0.6f).with("bias", 0.2f)))
        .flatMap(stream -> stream);
  }
}
