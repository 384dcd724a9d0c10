package io.hyperdelta.autodiff;

import static org.assertj.core.api.Assertions.assertThat;

import io.hyperdelta.graph.Dtype;
import io.hyperdelta.graph.GraphEditor;
import io.hyperdelta.graph.Model;
import io.hyperdelta.graph.TensorType;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.assertj.core.data.Offset;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Gradients without a tape are those of the tape. */
@ExtendWith(NoLiveTensors.class)
@SuppressWarnings("try") // scopes work by being open
class PassTest {
  private static final Set<String> PARAMETERS = Set.of("a", "b", "w", "unused");

  /** A network in which values are read several times, handed on as they are, and overwritten. */
  private static GraphEditor network() {
    GraphEditor editor = GraphEditor.empty("network", 17);
    editor.input("x", TensorType.of(Dtype.FLOAT, "rows", 3));
    editor.initializer("a", Case.mixed(3));
    editor.initializer("b", Case.other(3));
    editor.initializer("w", Case.mixed(3, 3));
    editor.initializer("unused", Case.other(2));
    String both = editor.node("Add", "a", "b");
    String scaled = editor.node("Mul", "x", both);
    String same = editor.node("Identity", scaled);
    String product = editor.node("MatMul", same, "w");
    String sum = editor.node("Relu", editor.node("Add", product, both));
    String again = editor.node("MatMul", editor.node("Tanh", sum), "w");
    editor.nodeInto("y", "Add", editor.node("Mul", again, scaled), sum);
    editor.nodeInto("z", "Sub", "a", editor.node("Mul", "b", "b"));
    editor.nodeInto("dead", "Mul", "unused", "unused");
    return editor;
  }

  private static Model model(String... outputs) {
    GraphEditor editor = network();
    for (String output : outputs) {
      editor.output(output, new TensorType(Dtype.FLOAT, null));
    }
    return editor.finish("network");
  }

  private static Tensor loss(List<Value> outputs) {
    Tensor sum = Tensors.ofDoubles(new double[1]);
    for (Value output : outputs.subList(0, 2)) {
      sum = sum.add(((Value.Device) output).tensor().sin().sum());
    }
    return sum;
  }

  @Test
  void gradientsAreThoseOfTheTape() {
    try (PointerScope scope = new PointerScope();
        Program program = Program.compile(model("y", "z", "dead"), PARAMETERS, Precision.DOUBLE)) {
      Map<String, Value> inputs =
          Map.of("x", Value.of(Tensors.of(Case.mixed(4, 3), Precision.DOUBLE)));
      List<Tensor> expected =
          Engine.gradients(loss(program.run(inputs)), program.parameters().tensors(), scope);

      Pass pass = program.pass(inputs);
      List<Tensor> got = pass.gradients(loss(pass.outputs()), scope);

      assertThat(pass.isTaped()).isFalse();
      assertThat(got).hasSameSizeAs(expected);
      for (int i = 0; i < got.size(); i++) {
        assertThat(got.get(i).defined()).isEqualTo(expected.get(i).defined());
        if (got.get(i).defined()) {
          assertThat(Tensors.doubles(got.get(i)))
              .containsExactly(Tensors.doubles(expected.get(i)), Offset.offset(1e-12));
        }
      }
      assertThat(got.stream().filter(Tensor::defined)).hasSize(3);
    }
  }

  @Test
  void gradientsShareNoMemory() {
    GraphEditor editor = GraphEditor.empty("sum", 17);
    editor.input("x", TensorType.of(Dtype.FLOAT, "rows", 3));
    editor.initializer("a", Case.mixed(3));
    editor.initializer("b", Case.other(3));
    editor.nodeInto("y", "Mul", "x", editor.node("Add", "a", "b"));
    editor.output("y", TensorType.of(Dtype.FLOAT, "rows", 3));
    try (PointerScope scope = new PointerScope();
        Program program =
            Program.compile(editor.finish("sum"), Set.of("a", "b"), Precision.FLOAT)) {
      Tensor x = Tensors.of(Case.mixed(4, 3), Precision.FLOAT);
      Pass pass = program.pass(Map.of("x", Value.of(x)));
      Tensor loss = ((Value.Device) pass.outputs().get(0)).tensor().sum();
      List<Tensor> gradients = new ArrayList<>(pass.gradients(loss, scope));
      double[] expected = Tensors.doubles(x.sum(0));
      assertThat(Tensors.doubles(gradients.get(0))).containsExactly(expected);
      gradients.get(0).zero_();
      assertThat(Tensors.doubles(gradients.get(1))).containsExactly(expected);
    }
  }

  @Test
  void aStepWithoutAGradientOfItsOwnLeavesAllToTheTape() {
    GraphEditor editor = network();
    editor.nodeInto("s", "Sin", "y");
    editor.output("s", new TensorType(Dtype.FLOAT, null));
    editor.output("z", new TensorType(Dtype.FLOAT, null));
    try (PointerScope scope = new PointerScope();
        Program program =
            Program.compile(editor.finish("network"), Set.of("a", "b", "w"), Precision.DOUBLE)) {
      Map<String, Value> inputs =
          Map.of("x", Value.of(Tensors.of(Case.mixed(4, 3), Precision.DOUBLE)));
      Pass pass = program.pass(inputs);

      assertThat(pass.isTaped()).isTrue();
      assertThat(
              pass.gradients(loss(pass.outputs()), scope).stream().filter(Tensor::defined).count())
          .isEqualTo(3);
    }
  }

  @Test
  void batchesOfSmallMatricesAreThoseOfTheTape() {
    GraphEditor editor = GraphEditor.empty("pairs", 17);
    editor.input("x", TensorType.of(Dtype.FLOAT, 4, 5, 6));
    editor.initializer("a", Case.mixed(4, 6, 3));
    editor.initializer("b", Case.other(4, 3, 6));
    String h = editor.node("Tanh", editor.node("MatMul", "x", "a"));
    editor.nodeInto("y", "Add", editor.node("MatMul", h, "b"), "x");
    editor.output("y", new TensorType(Dtype.FLOAT, null));
    Model model = editor.finish("pairs");
    try (PointerScope scope = new PointerScope();
        Program program = Program.compile(model, Set.of("a", "b"), Precision.FLOAT)) {
      Map<String, Value> inputs =
          Map.of("x", Value.of(Tensors.of(Case.mixed(4, 5, 6), Precision.FLOAT)));
      Tensor taped = ((Value.Device) program.run(inputs).get(0)).tensor();
      List<Tensor> expected =
          Engine.gradients(taped.sin().sum(), program.parameters().tensors(), scope);

      Pass pass = program.pass(inputs);
      Tensor output = ((Value.Device) pass.outputs().get(0)).tensor();
      List<Tensor> got = pass.gradients(output.sin().sum(), scope);

      assertThat(pass.isTaped()).isFalse();
      assertThat(Cut.same(Value.of(taped), Value.of(output), 1e-6)).isTrue();
      for (int i = 0; i < 2; i++) {
        assertThat(Cut.same(Value.of(expected.get(i)), Value.of(got.get(i)), 1e-5)).isTrue();
      }
    }
  }

  @Test
  void aFrozenStepNeedsNoGradient() {
    GraphEditor editor = GraphEditor.empty("frozen", 17);
    editor.input("x", TensorType.of(Dtype.FLOAT, "rows", 3));
    editor.initializer("a", Case.mixed(3));
    editor.nodeInto("y", "Mul", editor.node("Sin", "x"), "a");
    editor.output("y", new TensorType(Dtype.FLOAT, null));
    try (PointerScope scope = new PointerScope();
        Program program = Program.compile(editor.finish("frozen"), Set.of("a"), Precision.FLOAT)) {
      assertThat(
              program
                  .pass(Map.of("x", Value.of(Tensors.of(Case.mixed(4, 3), Precision.FLOAT))))
                  .isTaped())
          .isFalse();
    }
  }
}
