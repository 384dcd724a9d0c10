package io.hyperdelta.fit;

import static org.assertj.core.api.Assertions.assertThat;

import io.hyperdelta.autodiff.Engine;
import io.hyperdelta.autodiff.Precision;
import io.hyperdelta.autodiff.Value;
import io.hyperdelta.graph.Dtype;
import io.hyperdelta.graph.GraphEditor;
import io.hyperdelta.graph.Model;
import io.hyperdelta.graph.TensorType;
import io.hyperdelta.graph.TensorValue;
import io.hyperdelta.spec.FitSpec;
import io.hyperdelta.spec.Objective;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.bytedeco.javacpp.PointerScope;
import org.junit.jupiter.api.Test;

/** Which parameters decay. */
@SuppressWarnings("try") // scopes work by being open
class OptimizerTest {
  private static final float[] START = {3, -2};

  /** Two linear maps of x added up; a vector that is read as a matrix, and the other way round. */
  private static Model model() {
    GraphEditor editor = GraphEditor.empty("line", 17);
    editor.input("x", TensorType.of(Dtype.FLOAT, "rows", 2));
    editor.initializer("vector", TensorValue.ofFloats(START.clone(), 2));
    editor.initializer("matrix", TensorValue.ofFloats(START.clone(), 2, 1));
    String column = editor.node("Reshape", "vector", editor.constant(TensorValue.longs(2, 1)));
    String flat = editor.node("Reshape", "matrix", editor.constant(TensorValue.longs(2)));
    String first = editor.node("MatMul", "x", column);
    String second = editor.unsqueeze(editor.node("MatMul", "x", flat), 1);
    editor.nodeInto("y", "Add", first, second);
    editor.output("y", TensorType.of(Dtype.FLOAT, "rows", 1));
    return editor.finish("line");
  }

  private static Map<String, TensorValue> afterAStep(double decay) {
    Engine.start();
    TensorValue rows = TensorValue.ofFloats(new float[] {1, 2, 3, 4, 5, 6}, 3, 2);
    FitSpec fit = FitSpec.builder().weightDecay(decay).build();
    try (PointerScope scope = new PointerScope();
        Trainer trainer =
            Trainer.of(
                Trainer.compile(model(), List.of("vector", "matrix"), Set.of("x"), fit),
                Map.of("x", Value.of(rows, Precision.FLOAT)),
                Set.of(),
                new double[] {1, 0, 1},
                Objective.MSE,
                fit)) {
      int[] batch = {0, 1, 2};
      trainer.step(batch, batch, 0.01);
      return trainer.parameters().values();
    }
  }

  @Test
  void matricesOfTheModelDoHoweverTheyAreKept() {
    Map<String, TensorValue> without = afterAStep(0);
    Map<String, TensorValue> with = afterAStep(0.9);

    assertThat(with.get("vector")).isEqualTo(without.get("vector"));
    assertThat(with.get("matrix")).isNotEqualTo(without.get("matrix"));
  }
}
