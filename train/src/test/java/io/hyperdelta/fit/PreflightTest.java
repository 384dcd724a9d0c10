package io.hyperdelta.fit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hyperdelta.data.TextColumn;
import io.hyperdelta.graph.Attribute;
import io.hyperdelta.graph.Dtype;
import io.hyperdelta.graph.GraphEditor;
import io.hyperdelta.graph.ModelWriter;
import io.hyperdelta.graph.TensorType;
import io.hyperdelta.graph.TensorValue;
import io.hyperdelta.spec.AdaptationSpec;
import io.hyperdelta.spec.DataSpec;
import io.hyperdelta.spec.FitSpec;
import io.hyperdelta.spec.HypernetworkSpec;
import io.hyperdelta.spec.InputSpec;
import io.hyperdelta.spec.Objective;
import io.hyperdelta.spec.Spec;
import io.hyperdelta.spec.TargetSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What would go wrong late, or silently, is said before training starts. */
class PreflightTest {
  @TempDir private Path folder;

  @BeforeEach
  void rows() throws IOException {
    Random random = new Random(4);
    StringBuilder csv = new StringBuilder("a,b,hole,place,y\n");
    for (int i = 0; i < 120; i++) {
      double a = random.nextGaussian();
      double b = random.nextGaussian();
      csv.append(
          "%.4f,%.4f,%s,%.4f,%.4f%n"
              .formatted(a, b, i == 70 ? "" : "1." + i, random.nextGaussian(), a - b));
    }
    Files.writeString(folder.resolve("rows.csv"), csv.toString());
  }

  private TrainingResult train(
      GraphEditor target, Map<String, List<String>> columns, Objective objective)
      throws IOException {
    Map<String, InputSpec> inputs = new LinkedHashMap<>();
    columns.forEach((input, some) -> inputs.put(input, InputSpec.columns(some)));
    Path model = folder.resolve("model.onnx");
    Files.write(model, ModelWriter.write(target.finish("net")));
    Spec spec =
        Spec.builder("small")
            .data(
                DataSpec.rows(folder.resolve("rows.csv"))
                    .label(objective == Objective.MSE ? "y" : "floor(y)")
                    .features("a"))
            .target(new TargetSpec.Onnx(model, inputs, null))
            .objective(objective)
            .condition("place", "place")
            .hypernetwork("h", HypernetworkSpec.of("place", AdaptationSpec.lowRank("*", 1)))
            .fit(FitSpec.builder().epochs(1).build())
            .build();
    return Training.of(spec).run(folder.resolve("bundle"));
  }

  private static GraphEditor network(Object rows, int outputs) {
    GraphEditor editor = GraphEditor.empty("net", 17);
    editor.input("x", TensorType.of(Dtype.FLOAT, rows, 2));
    editor.initializer("w", TensorValue.ofFloats(new float[2 * outputs], 2, outputs));
    editor.nodeInto("y", "MatMul", "x", "w");
    editor.output("y", TensorType.of(Dtype.FLOAT, rows, outputs));
    return editor;
  }

  private static final Map<String, List<String>> AB = Map.of("x", List.of("a", "b"));

  @Test
  void aFittingTargetPasses() throws IOException {
    assertThat(train(network("rows", 1), AB, Objective.MSE).bundle().manifest().output())
        .isEqualTo("y");
  }

  @Test
  void aMissingFeatureOfABroughtTargetIsNamed() {
    assertThatThrownBy(
            () -> train(network("rows", 1), Map.of("x", List.of("a", "hole")), Objective.MSE))
        .hasMessage(
            "Column \"hole\" is not usable in row 71. Expected a finite number for input \"x\" of the target, got a missing value. Leave the row out, or fill it in with sql.");
    assertThat(folder.resolve("bundle")).doesNotExist();
  }

  @Test
  void outputsMustFitTheLabel() {
    assertThatThrownBy(() -> train(network("rows", 3), AB, Objective.MSE))
        .hasMessage(
            "Output \"y\" of the target does not fit label \"y\". Expected 1 number per row, got 3.");
  }

  @Test
  void aFixedNumberOfRowsIsRefused() {
    assertThatThrownBy(() -> train(network(1, 1), AB, Objective.MSE))
        .hasMessage(
            "Input \"x\" of model \"model.onnx\" takes exactly 1 rows at a time. Expected a first axis of any size, got float [1, 2]. Export the model again with a free first axis (dynamic_axes in PyTorch).");
  }

  @Test
  void aLayerThatDoesNotKeepRowsOnTheFirstAxisIsRefused() {
    GraphEditor editor = GraphEditor.empty("net", 17);
    editor.input("x", TensorType.of(Dtype.FLOAT, "rows", 2));
    editor.initializer("w", TensorValue.ofFloats(new float[] {1, 2}, 1, 2));
    String turned = editor.node("Transpose", Map.of("perm", Attribute.ints(1, 0)), "x");
    String deep = editor.node("Unsqueeze", turned, editor.constant(TensorValue.longs(2)));
    String layer = editor.node("MatMul", deep, "w");
    String back = editor.node("Transpose", Map.of("perm", Attribute.ints(1, 0, 2)), layer);
    String flat = editor.node("Reshape", back, editor.constant(TensorValue.longs(-1, 4)));
    sumOverColumns(editor, flat);
    assertThatThrownBy(() -> train(editor, AB, Objective.MSE))
        .hasMessageStartingWith(
            "The target cannot be adapted row by row: the same row is predicted as ")
        .hasMessageEndingWith(
            "Maybe a layer transposes its input; select parts without such layers.");
  }

  private static void sumOverColumns(GraphEditor editor, String flat) {
    String sum = editor.reduceSum(flat, 1);
    String column = editor.node("Unsqueeze", sum, editor.constant(TensorValue.longs(1)));
    editor.output(column, TensorType.of(Dtype.FLOAT, "rows", 1));
  }

  @Test
  void aColumnNamedLikeAnOutputOfOursIsRefusedBeforeTraining() throws IOException {
    Path file = folder.resolve("rows.csv");
    Files.writeString(file, Files.readString(file).replaceFirst("place", "prediction"));
    Spec spec =
        Spec.builder("small")
            .data(DataSpec.rows(file).label("y").features("a", "b"))
            .target(TargetSpec.mlp(4))
            .condition("place", "prediction")
            .hypernetwork("h", HypernetworkSpec.of("place", AdaptationSpec.lowRank("*", 1)))
            .build();
    assertThatThrownBy(() -> Training.of(spec).run(folder.resolve("bundle")))
        .hasMessage(
            "A column has a name that the network needs for itself: The name \"prediction\" is taken in graph \"mlp\". Expected a free one. Rename the column, for example with sql.");
  }

  @Test
  void classesAreInAnOrderThatDoesNotDependOnTheRows() {
    String[] mixed = {"9", "10", "1a", "2", "unknown"};
    String[] other = {"unknown", "1a", "2", "10", "9"};
    int[] rows = {0, 1, 2, 3, 4};
    List<String> expected = List.of("10", "1a", "2", "9", "unknown");

    assertThat(Labels.of(new TextColumn("y", mixed), Objective.CROSS_ENTROPY, rows).classes())
        .isEqualTo(expected);
    assertThat(Labels.of(new TextColumn("y", other), Objective.CROSS_ENTROPY, rows).classes())
        .isEqualTo(expected);
    assertThat(
            Labels.of(
                    new TextColumn("y", new String[] {"10", "9", "-1"}),
                    Objective.CROSS_ENTROPY,
                    rows)
                .classes())
        .containsExactly("-1", "9", "10");
  }
}
