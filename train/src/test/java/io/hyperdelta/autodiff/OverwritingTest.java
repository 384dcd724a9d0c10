package io.hyperdelta.autodiff;

import static org.assertj.core.api.Assertions.assertThat;

import io.hyperdelta.graph.Dtype;
import io.hyperdelta.graph.GraphEditor;
import io.hyperdelta.graph.Model;
import io.hyperdelta.graph.TensorType;
import io.hyperdelta.graph.TensorValue;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Nodes write over values that nobody needs any more, and over no others. */
@ExtendWith(NoLiveTensors.class)
@SuppressWarnings("try") // scopes work by being open
class OverwritingTest {
  private static final float[] ROWS = {1, -2, 3, 0.5f, -1, 2};

  /**
   * y = relu(x W + x)^2 + b.
   *
   * @param outputs values besides y that the graph gives out, which must then stay as they are
   */
  private static Model network(String... outputs) {
    GraphEditor editor = GraphEditor.empty("network", 17);
    TensorType rows = TensorType.of(Dtype.FLOAT, "rows", 3);
    editor.input("x", rows);
    editor.initializer("W", TensorValue.ofFloats(new float[] {1, 2, -1, 0, 1, 3, 2, -2, 1}, 3, 3));
    editor.initializer("b", TensorValue.ofFloats(new float[] {1, 2, 3}, 3));
    editor.nodeInto("product", "MatMul", "x", "W");
    editor.nodeInto("sum", "Add", "x", "product");
    editor.nodeInto("positive", "Relu", "sum");
    editor.nodeInto("square", "Mul", "positive", "positive");
    editor.nodeInto("y", "Add", "square", "b");
    editor.output("y", rows);
    for (String output : outputs) {
      editor.output(output, rows);
    }
    return editor.finish("network");
  }

  private static List<boolean[]> spares(Program program) {
    Wiring wiring = program.wiring();
    return Plan.of(wiring.steps(), wiring.outputs(), wiring.slotCount()).spares();
  }

  @Test
  void onlyWhatOneStepReadsIsSpare() {
    try (Program plain = Program.compile(network(), Set.of(), Precision.FLOAT);
        Program shown = Program.compile(network("product", "sum"), Set.of(), Precision.FLOAT)) {
      // x is the caller's; the product may go; relu's output has two readers.
      assertThat(spares(plain))
          .containsExactly(
              new boolean[] {false, false},
              new boolean[] {false, true},
              new boolean[] {true},
              new boolean[] {false, false},
              new boolean[] {false, false});
      assertThat(spares(shown)).noneMatch(spare -> spare[0] || spare[spare.length - 1]);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "W"})
  void valuesAndGradientsAreThoseOfFreshMemory(String trainable) {
    Set<String> parameters = trainable.isEmpty() ? Set.of() : Set.of(trainable);
    assertThat(run(network(), parameters))
        .isEqualTo(run(network("product", "sum", "positive", "square"), parameters));
  }

  /** What the network makes of the rows, its gradients, and the rows as it leaves them. */
  private static List<Float> run(Model model, Set<String> trainable) {
    List<Float> all = new ArrayList<>();
    try (PointerScope scope = new PointerScope();
        Program program = Program.compile(model, trainable, Precision.FLOAT)) {
      Tensor x = Tensors.ofFloats(ROWS, 2, 3);
      Tensor y = ((Value.Device) program.run(Map.of("x", Value.of(x))).get(0)).tensor();
      add(all, y);
      add(all, x);
      if (!trainable.isEmpty()) {
        y.sum().backward();
        program.parameters().tensors().forEach(leaf -> add(all, leaf.grad()));
        Pass pass = program.pass(Map.of("x", Value.of(x)));
        assertThat(pass.isTaped()).isFalse();
        Tensor again = ((Value.Device) pass.outputs().get(0)).tensor();
        add(all, again);
        pass.gradients(again.sum(), scope).forEach(gradient -> add(all, gradient));
      }
    }
    return all;
  }

  private static void add(List<Float> all, Tensor tensor) {
    for (float value : Tensors.floats(tensor)) {
      all.add(value);
    }
  }
}
