package io.hyperdelta.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.hyperdelta.graph.Dtype;
import io.hyperdelta.graph.GraphEditor;
import io.hyperdelta.graph.ModelWriter;
import io.hyperdelta.graph.TensorType;
import io.hyperdelta.graph.TensorValue;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Inputs of a target that are images and whole numbers, from columns of vectors and of ids. */
class TargetInputsTest {
  private static final int ROWS = 200;

  private static final String SPEC =
      """
      name: pixels
      data: {rows: rows.csv, label: y}
      target:
        onnx: net.onnx
        inputs:
          image: {column: pixels, shape: [1, 2, 3]}
          id: [item]
          tokens: {column: words}
      conditions:
        place: [place]
      hypernetworks:
        h: {condition: place, trunk: [4], latent: 2, adaptations: [{part: "kernel", form: low-rank, rank: 1}]}
      fit: {epochs: 2}
      evaluate: {bootstrap: 100}
      """;

  @TempDir private static Path folder;

  private static Workplace work;

  @BeforeAll
  static void files() {
    work = new Workplace(folder);
    work.write("net.onnx", network());
    work.write("rows.csv", rows(""));
    work.write("spec.yaml", SPEC);
  }

  /** A kernel over 2 x 3 pixels, plus entries looked up by an id and by two tokens. */
  private static byte[] network() {
    GraphEditor editor = GraphEditor.empty("net", 17);
    editor.input("image", TensorType.of(Dtype.FLOAT, "n", 1L, "high", "wide"));
    editor.input("id", TensorType.of(Dtype.INT64, "n"));
    editor.input("tokens", TensorType.of(Dtype.INT32, "n", "length"));
    Random random = new Random(2);
    float[] kernel = new float[2 * 2 * 2];
    for (int i = 0; i < kernel.length; i++) {
      kernel[i] = (float) random.nextGaussian();
    }
    editor.initializer("kernel", TensorValue.ofFloats(kernel, 2, 1, 2, 2));
    editor.initializer("table", TensorValue.ofFloats(new float[] {1, -1, 2}, 3));
    String seen = editor.node("Conv", "image", "kernel");
    String pooled = editor.node("GlobalAveragePool", seen);
    String sum = editor.reduceSum(editor.node("Flatten", pooled), 1);
    String own = editor.node("Gather", "table", "id");
    String words = editor.reduceSum(editor.node("Gather", "table", "tokens"), 1);
    String all = editor.node("Add", editor.node("Add", sum, own), words);
    editor.nodeInto("out", "Unsqueeze", all, editor.constant(TensorValue.longs(1)));
    editor.output("out", TensorType.of(Dtype.FLOAT, "n", 1L));
    return ModelWriter.write(editor.finish("net"));
  }

  /** Rows whose last one has another id, if one is given. */
  private static String rows(String lastId) {
    Random random = new Random(3);
    StringBuilder csv = new StringBuilder("pixels,item,words,place,y\n");
    for (int i = 0; i < ROWS; i++) {
      double place = random.nextGaussian();
      int id = random.nextInt(3);
      double pixel = random.nextGaussian();
      csv.append(
          String.format(
              Locale.ROOT,
              "\"[%.3f, 1, 0, 2, -1, 0.5]\",%s,\"[%d, 2]\",%.3f,%.3f%n",
              pixel,
              i == ROWS - 1 && !lastId.isEmpty() ? lastId : id,
              random.nextInt(3),
              place,
              pixel * place + id));
    }
    return csv.toString();
  }

  private static String refused(String old, String changed) {
    work.write("other.yaml", SPEC.replace(old, changed));
    Workplace.Run run = work.run("train", work.at("other.yaml"), "--out", work.at("refused"));
    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(folder.resolve("refused")).doesNotExist();
    return run.error();
  }

  @Test
  void vectorsAndIdsReachTheTargetInTheirShapes() {
    Workplace.Run run =
        work.run("train", work.at("spec.yaml"), "--out", work.at("bundle")).succeeded();
    assertThat(run.out()).contains("ONNX Runtime");
    work.run("predict", work.at("bundle"), "--data", work.at("rows.csv"), "--out", work.at("p.csv"))
        .succeeded();
    assertThat(work.read("p.csv").length).isPositive();
  }

  @Test
  void aShapeThatDoesNotHoldTheVectorIsRefused() {
    assertThat(refused("[1, 2, 3]", "[1, 2, 2]"))
        .contains(
            "Input \"image\" of model \"net.onnx\" cannot be filled with the vectors of column \"pixels\". Expected float [n, 1, high, wide] for each row, got 6 numbers as [1, 2, 2].");
    assertThat(refused("[1, 2, 3]", "[3, 2, 1]"))
        .contains("Expected float [n, 1, high, wide] for each row, got 6 numbers as [3, 2, 1].");
  }

  @Test
  void anOpenShapeHasToBeWritten() {
    assertThat(refused(", shape: [1, 2, 3]", ""))
        .contains(
            "Input \"image\" of model \"net.onnx\" leaves open which shape a row has. Expected a shape in the spec, such as {column: pixels, shape: [3, 48, 192]}, got float [n, 1, high, wide].");
  }

  @Test
  void singleColumnsCannotMakeAnImage() {
    assertThat(refused("{column: pixels, shape: [1, 2, 3]}", "[place]"))
        .contains("Maybe you meant a column of vectors, {column: place, shape: [...]}.");
  }

  @Test
  void idsAreWholeNumbers() {
    work.write("half.csv", rows("0.5"));
    assertThat(refused("rows.csv", "half.csv"))
        .contains(
            "Column \"item\" is not usable in row 200. Expected whole numbers of at most 16,777,216 in size for input \"id\" of the target, got 0.5.");
  }

  @Test
  void predictRefusesAHalfIdToo() {
    work.run("train", work.at("spec.yaml"), "--out", work.at("whole")).succeeded();
    work.write("half.csv", rows("0.5"));
    Workplace.Run run = work.run("predict", work.at("whole"), "--data", work.at("half.csv"));
    assertThat(run.exitCode()).isEqualTo(2);
    assertThat(run.error())
        .contains(
            "Column \"item\" is not usable in row 200. Expected a whole number of at most 16,777,216 in size, got 0.5.");
  }
}
