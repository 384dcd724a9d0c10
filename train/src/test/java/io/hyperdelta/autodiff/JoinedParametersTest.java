package io.hyperdelta.autodiff;

import static org.assertj.core.api.Assertions.assertThat;

import io.hyperdelta.graph.Dtype;
import io.hyperdelta.graph.GraphEditor;
import io.hyperdelta.graph.Model;
import io.hyperdelta.graph.TensorType;
import io.hyperdelta.graph.TensorValue;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import org.assertj.core.data.Offset;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Parameters that one value is multiplied with are one matrix, and nobody can tell by the names.
 */
@ExtendWith(NoLiveTensors.class)
@SuppressWarnings("try") // scopes work by being open
class JoinedParametersTest {
  private static final Map<String, TensorValue> PARAMETERS =
      Map.of(
          "a", numbers(1, 3, 4),
          "b", numbers(2, 3, 2),
          "c", numbers(3, 6),
          "other", numbers(4, 4, 2));
  private static final Set<String> ALL = PARAMETERS.keySet();

  /** x times a, b and c, which a node makes a matrix [3, 2], and what a made times another. */
  private static Model model() {
    GraphEditor editor = GraphEditor.empty("heads", 17);
    editor.input("x", TensorType.of(Dtype.FLOAT, 5, 3));
    // Names in an order of their own.
    List.of("b", "other", "c", "a").forEach(name -> editor.initializer(name, value(name)));
    String c = editor.node("Reshape", "c", editor.constant(TensorValue.longs(3, 2)));
    String first = editor.node("Tanh", editor.node("MatMul", "x", "a"));
    String second = editor.node("MatMul", "x", "b");
    String third = editor.node("Mul", editor.node("MatMul", "x", c), second);
    String last = editor.node("MatMul", first, "other");
    editor.nodeInto("y", "Sub", editor.node("Mul", last, third), second);
    editor.output("y", TensorType.of(Dtype.FLOAT, 5, 2));
    return editor.finish("heads");
  }

  private static TensorValue value(String name) {
    return Objects.requireNonNull(PARAMETERS.get(name));
  }

  private static TensorValue numbers(int seed, long... dims) {
    float[] numbers = new float[(int) Shapes.count(dims)];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = (float) Math.sin(seed + 3 * i);
    }
    return TensorValue.ofFloats(numbers, dims);
  }

  private static Program program(Set<String> trainable, Function<String, ?> kind) {
    return Program.compile(model(), trainable, Precision.DOUBLE, kind);
  }

  private static List<List<String>> leaves(Program program) {
    return program.parameters().leaves().stream().map(Parameters.Leaf::names).toList();
  }

  @Test
  void matricesOfOneValueAreOneLeafAndOneProduct() {
    try (Program joined = program(ALL, name -> "");
        Program apart = program(ALL, name -> name)) {
      // c has another number of axes in the model, so it may have another weight decay.
      assertThat(leaves(joined)).containsExactly(List.of("b", "a"), List.of("other"), List.of("c"));
      assertThat(leaves(apart))
          .containsExactly(List.of("b"), List.of("other"), List.of("c"), List.of("a"));
      assertThat(joined.stepCount()).isEqualTo(apart.stepCount() - 1);
      assertThat(joined.parameters().names()).containsExactly("b", "other", "c", "a");
      assertThat(joined.parameters().elementCount()).isEqualTo(32);
    }
  }

  @Test
  void frozenMatricesAndOtherKindsStayApart() {
    try (Program frozen = program(Set.of("a", "other"), name -> "");
        Program kinds = program(ALL, name -> name.equals("b"))) {
      assertThat(leaves(frozen)).containsExactly(List.of("other"), List.of("a"));
      assertThat(leaves(kinds)).hasSize(4);
    }
  }

  @Test
  void valuesAreTheModelsAndCanBeSet() {
    try (Program program = program(ALL, name -> "")) {
      assertThat(program.parameters().values()).isEqualTo(PARAMETERS);

      program.parameters().set(Map.of("b", numbers(9, 3, 2)));

      Map<String, TensorValue> changed = new LinkedHashMap<>(PARAMETERS);
      changed.put("b", numbers(9, 3, 2));
      assertThat(program.parameters().values()).isEqualTo(changed);
    }
  }

  @Test
  void outputsAndGradientsAreThoseOfProductsApart() {
    try (PointerScope scope = new PointerScope();
        Program joined = program(ALL, name -> "");
        Program apart = program(ALL, name -> name)) {
      Map<String, Value> x = Map.of("x", Value.of(numbers(7, 5, 3), Precision.DOUBLE));
      Tensor got = output(joined, x);
      Tensor expected = output(apart, x);
      assertThat(Tensors.doubles(got))
          .containsExactly(Tensors.doubles(expected), Offset.offset(1e-12));

      Engine.backward(got.sin().sum());
      Engine.backward(expected.sin().sum());

      Map<String, Tensor> gradients = joined.parameters().gradients();
      apart
          .parameters()
          .gradients()
          .forEach(
              (name, gradient) -> {
                Tensor own = Objects.requireNonNull(gradients.get(name));
                assertThat(Shapes.of(own)).isEqualTo(Shapes.of(gradient));
                assertThat(Tensors.doubles(own))
                    .as(name)
                    .containsExactly(Tensors.doubles(gradient), Offset.offset(1e-12));
              });
      assertThat(gradients.keySet()).isEqualTo(ALL);
    }
  }

  private static Tensor output(Program program, Map<String, Value> inputs) {
    return ((Value.Device) program.run(inputs).get(0)).tensor();
  }
}
