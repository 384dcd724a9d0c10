package io.hyperdelta.autodiff;

import static org.assertj.core.api.Assertions.assertThat;

import io.hyperdelta.graph.Attribute;
import io.hyperdelta.graph.Dtype;
import io.hyperdelta.graph.GraphEditor;
import io.hyperdelta.graph.Model;
import io.hyperdelta.graph.TensorType;
import io.hyperdelta.graph.TensorValue;
import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import org.assertj.core.data.Offset;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Parameters that are laid out by nodes are kept as those make them, and nobody can tell. */
@ExtendWith(NoLiveTensors.class)
@SuppressWarnings("try") // scopes work by being open
class ParameterLayoutTest {
  private static final TensorValue HEAD = numbers(3, 8);

  /** [3, 8] -> [3, 2, 4] -> [2, 4, 3] -> [2, 12], times x [5, 2], for a loss that weights all. */
  private static Model model(boolean readTwice) {
    GraphEditor editor = GraphEditor.empty("laid-out", 17);
    editor.input("x", TensorType.of(Dtype.FLOAT, 5, 2));
    editor.initializer("head", HEAD);
    String each = editor.node("Reshape", "head", editor.constant(TensorValue.longs(3, 2, -1)));
    String turned = editor.node("Transpose", Map.of("perm", Attribute.ints(1, 2, 0)), each);
    String flat = editor.node("Reshape", turned, editor.constant(TensorValue.longs(0, 12)));
    String y = editor.node("MatMul", "x", flat);
    if (readTwice) {
      y =
          editor.node(
              "Add", y, editor.node("ReduceSum", Map.of("keepdims", Attribute.of(0)), each));
    }
    editor.nodeInto("y", "Identity", y);
    editor.output("y", TensorType.of(Dtype.FLOAT, 5, 12));
    return editor.finish("laid-out");
  }

  private static TensorValue numbers(int... dims) {
    int count = 1;
    for (int dim : dims) {
      count *= dim;
    }
    float[] numbers = new float[count];
    for (int i = 0; i < count; i++) {
      numbers[i] = (float) Math.sin(1 + 3 * i);
    }
    long[] shape = Arrays.stream(dims).asLongStream().toArray();
    return TensorValue.ofFloats(numbers, shape);
  }

  @Test
  void nodesThatLayAParameterOutAreNotRun() {
    try (Program program = Program.compile(model(false), Set.of("head"), Precision.FLOAT)) {
      // MatMul, and the Identity that makes the output.
      assertThat(program.stepCount()).isEqualTo(2);
      assertThat(Shapes.of(program.parameters().tensors().get(0))).containsExactly(2, 12);
    }
  }

  @Test
  void aParameterThatOthersReadIsKeptAsFarAsAllReadIt() {
    try (Program program = Program.compile(model(true), Set.of("head"), Precision.FLOAT)) {
      assertThat(Shapes.of(program.parameters().tensors().get(0))).containsExactly(3, 2, 4);
    }
  }

  @Test
  void valuesAreInTheModelsLayout() {
    try (Program program = Program.compile(model(false), Set.of("head"), Precision.FLOAT)) {
      assertThat(program.parameters().values()).isEqualTo(Map.of("head", HEAD));
      assertThat(program.parameters().elementCount()).isEqualTo(24);

      TensorValue other = TensorValue.ofFloats(new float[24], 3, 8);
      program.parameters().set(Map.of("head", other));
      assertThat(program.parameters().values()).isEqualTo(Map.of("head", other));
      program.parameters().set(Map.of("head", HEAD));
      assertThat(program.parameters().values()).isEqualTo(Map.of("head", HEAD));
    }
  }

  @Test
  void outputsAndGradientsAreThoseOfTheNodes() {
    for (boolean readTwice : new boolean[] {false, true}) {
      try (PointerScope scope = new PointerScope();
          Program program = Program.compile(model(readTwice), Set.of("head"), Precision.DOUBLE);
          Program plain = Program.compile(model(readTwice), Set.of(), Precision.DOUBLE)) {
        Value x = Value.of(numbers(5, 2), Precision.DOUBLE);
        Tensor y = output(program, x);
        assertThat(Tensors.doubles(y)).containsExactly(Tensors.doubles(output(plain, x)));

        y.sin().sum().backward();

        // The model's layout: a number of the head moves the loss as its gradient says.
        double[] gradient = Tensors.doubles(gradient(program));
        for (int i = 0; i < gradient.length; i++) {
          double difference = (loss(program, x, i, 1e-3) - loss(program, x, i, -1e-3)) / 2e-3;
          assertThat(gradient[i]).isCloseTo(difference, within(1e-5));
        }
      }
    }
  }

  private static Tensor gradient(Program program) {
    return program.parameters().gradients().values().iterator().next();
  }

  private static Offset<Double> within(double bound) {
    return Offset.offset(bound);
  }

  private static double loss(Program program, Value x, int element, double step) {
    double[] numbers = HEAD.doubles();
    numbers[element] += step;
    program.parameters().set(Map.of("head", TensorValue.ofDoubles(numbers, 3, 8)));
    double loss = output(program, x).sin().sum().item_double();
    program.parameters().set(Map.of("head", HEAD));
    return loss;
  }

  private static Tensor output(Program program, Value x) {
    return ((Value.Device) program.run(Map.of("x", x)).get(0)).tensor();
  }
}
