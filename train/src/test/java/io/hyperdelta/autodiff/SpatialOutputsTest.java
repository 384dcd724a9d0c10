package io.hyperdelta.autodiff;

import static io.hyperdelta.autodiff.Case.floats;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hyperdelta.graph.Attribute;
import io.hyperdelta.graph.Dtype;
import io.hyperdelta.graph.GraphEditor;
import io.hyperdelta.graph.TensorType;
import io.hyperdelta.graph.TensorValue;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.bytedeco.javacpp.PointerScope;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Second outputs, refusals, and normalisation as a chain of simple operators. */
@ExtendWith(NoLiveTensors.class)
@SuppressWarnings("try") // scopes work by being open
class SpatialOutputsTest {
  private static final TensorValue PLANES =
      TensorValue.ofFloats(new float[] {9, 1, 2, 3, 4, 8, 1, 2, 7, 3, 4, 5}, 1, 2, 2, 3);

  private static Case unevenPool() {
    return Case.of("MaxPool", 12, PLANES)
        .with("kernel_shape", Attribute.ints(2, 2))
        .with("strides", Attribute.ints(2, 2))
        .with("pads", Attribute.ints(0, 1, 0, 0))
        .outputs(2);
  }

  private static List<double[]> run(Case testCase) {
    try (PointerScope scope = new PointerScope();
        Program program = Program.compile(testCase.openModel(), Set.of(), Precision.FLOAT)) {
      return program.run(testCase.values()).stream()
          .map(value -> value.toTensorValue().doubles())
          .toList();
    }
  }

  @Test
  void maxPoolCountsPositionsInTheInputNotInItsPadding() {
    List<double[]> outputs = run(unevenPool());
    assertThat(outputs.get(0)).containsExactly(9, 8, 3, 7);
    assertThat(outputs.get(1)).containsExactly(0, 5, 9, 8);
  }

  @Test
  void maxPoolCountsPositionsByColumnsIfAsked() {
    List<double[]> outputs = run(unevenPool().with("storage_order", 1));
    assertThat(outputs.get(1)).containsExactly(0, 5, 7, 10);
  }

  @Test
  void trainingBatchNormalizationBeforeAnAttributeSaidSoGivesFiveOutputs() {
    List<double[]> outputs =
        run(
            Case.of(
                    "BatchNormalization",
                    9,
                    TensorValue.ofFloats(new float[] {1, 5}, 2, 1),
                    floats(2),
                    floats(1),
                    floats(10),
                    floats(4))
                .with("epsilon", 0f)
                .with("momentum", 0.75f)
                .outputs(5));
    assertThat(outputs.get(0)).containsExactly(-1, 3);
    assertThat(outputs.get(1)).containsExactly(8.25);
    assertThat(outputs.get(2)).containsExactly(4);
    assertThat(outputs.get(3)).containsExactly(3);
    assertThat(outputs.get(4)).containsExactly(4);
  }

  @Test
  void aWindowThatFitsNowhereIsToldBySizes() {
    Case testCase =
        Case.of("MaxPool", 12, TensorValue.ofFloats(new float[] {1, 2}, 1, 1, 2))
            .with("kernel_shape", Attribute.ints(3));

    assertThatThrownBy(() -> run(testCase))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("a window of 3 does not fit an axis of size 2");
  }

  @Test
  void unknownModesAreRefusedBeforeAnythingRuns() {
    assertThatThrownBy(() -> run(unevenPool().with("auto_pad", Attribute.of("SAME"))))
        .isInstanceOf(UnsupportedModelException.class)
        .hasMessageContaining("MaxPool with auto_pad \"SAME\"");
    assertThatThrownBy(() -> run(ResizeCases.byScales(PLANES, "area", "half_pixel", 1, 1, 2, 2)))
        .isInstanceOf(UnsupportedModelException.class)
        .hasMessageContaining("Resize with mode \"area\"");
  }

  @Test
  void rootMeanSquareNormalisationRunsAsExportersWriteIt() {
    GraphEditor editor = GraphEditor.empty("rms", 17);
    String x = editor.input("x", new TensorType(Dtype.FLOAT, null));
    String two = editor.initializer("two", TensorValue.scalar(2f));
    String epsilon = editor.initializer("epsilon", TensorValue.scalar(0f));
    String scale = editor.initializer("scale", floats(1, 2));
    String squares = node(editor, "Pow", Map.of(), x, two);
    String mean = node(editor, "ReduceMean", Map.of("axes", Attribute.ints(-1)), squares);
    String root = node(editor, "Sqrt", Map.of(), node(editor, "Add", Map.of(), mean, epsilon));
    String y = node(editor, "Mul", Map.of(), node(editor, "Div", Map.of(), x, root), scale);
    editor.output(y, new TensorType(Dtype.FLOAT, null));
    try (PointerScope scope = new PointerScope();
        Program program = Program.compile(editor.finish("rms"), Set.of("scale"), Precision.FLOAT)) {
      Value result =
          program.run(Map.of("x", Value.of(Tensors.ofFloats(new float[] {1, 7}, 1, 2)))).get(0);
      assertThat(result.toTensorValue().floats()).containsExactly(0.2f, 2.8f);
    }
  }

  private static String node(
      GraphEditor editor, String op, Map<String, Attribute> attributes, String... inputs) {
    return editor.nodes("", op, attributes, List.of(inputs), 1).get(0);
  }
}
