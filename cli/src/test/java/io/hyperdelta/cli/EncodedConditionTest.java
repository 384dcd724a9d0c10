package io.hyperdelta.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.hyperdelta.bundle.Bundle;
import io.hyperdelta.graph.Attribute;
import io.hyperdelta.graph.Dtype;
import io.hyperdelta.graph.GraphEditor;
import io.hyperdelta.graph.ModelWriter;
import io.hyperdelta.graph.TensorType;
import io.hyperdelta.graph.TensorValue;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.function.BiFunction;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Conditions that any frozen ONNX graph encodes, from spec to prediction. */
class EncodedConditionTest {
  private static final float[] WEIGHT = {1e-4f, -2e-4f, 0, 2e-4f, 1e-4f, -1e-4f};
  private static final float[] BIAS = {-0.5f, 0.25f, 0.5f};
  private static final String NUMBERS =
      "[{columns: [east, north], type: number, encoder: nets/squash.onnx, input: x, output: z}]";

  @TempDir private static Path folder;

  private static Workplace work;
  private static PreparedSales sales;

  @BeforeAll
  static void train() throws Exception {
    work = new Workplace(folder);
    sales = new PreparedSales(work);
    write(
        "squash",
        2,
        (editor, x) -> editor.node("Tanh", editor.node("Add", product(editor, x), "b")));
    sales.train("numbers", "sales.csv", NUMBERS, PreparedSales.LONGER).succeeded();
    sales
        .train(
            "vectors",
            "sales.csv",
            "[{column: place, type: vector, encoder: nets/squash.onnx}]",
            "rows: sales.csv",
            "sql: \"select *, [east, north] as place from 'sales.csv'\"",
            "epochs: 8",
            "epochs: 2")
        .succeeded();
    Files.delete(work.path("nets/squash.onnx"));
  }

  private static String product(GraphEditor editor, String x) {
    editor.initializer("w", TensorValue.ofFloats(WEIGHT, 2, 3));
    editor.initializer("b", TensorValue.ofFloats(BIAS, 3));
    return editor.node("MatMul", x, "w");
  }

  private static void write(
      String name, Object width, BiFunction<GraphEditor, String, String> body) {
    GraphEditor editor = GraphEditor.empty(name, 17);
    editor.input("x", TensorType.of(Dtype.FLOAT, "rows", width));
    editor.nodeInto("z", "Identity", body.apply(editor, "x"));
    editor.output("z", TensorType.of(Dtype.FLOAT, "rows", "dim"));
    work.write("nets/" + name + ".onnx", ModelWriter.write(editor.finish(name)));
  }

  private static float[] vector(double east, double north) {
    float[] vector = new float[3];
    for (int i = 0; i < 3; i++) {
      vector[i] = (float) Math.tanh(east * WEIGHT[i] + north * WEIGHT[3 + i] + BIAS[i]);
    }
    return vector;
  }

  @Test
  void whatTheEncoderMakesIsWhatAdapts() {
    sales.assertGains("numbers", "seen-contexts");
    sales.assertGains("numbers", "unseen-contexts");
    assertThat(Bundle.open(work.path("numbers")).manifest().files())
        .containsKey("encoder-squash.onnx");
  }

  @Test
  void numbersArePredictedAsTheGraphPredictsTheirVectors() {
    work.write("n.csv", "size,age,wall,east,north\n100,10,wood,2000,9000\n100,10,wood,7000.5,0\n");
    float[] expected =
        sales.fused("numbers", "east+north.squash", vector(2000, 9000), vector(7000.5, 0));
    assertThat(sales.predict("numbers", "n.csv")).containsExactly(expected, within(1e-4f));
  }

  @Test
  void vectorsAreEncodedTheSameWay() {
    work.write("v.csv", "size,age,wall,place\n100,10,wood,\"[2000, 9000]\"\n");
    float[] expected = sales.fused("vectors", "place.squash", vector(2000, 9000));
    assertThat(sales.predict("vectors", "v.csv")).containsExactly(expected, within(1e-4f));
    work.write("long.csv", "size,age,wall,place\n100,10,wood,\"[2000, 9000, 1]\"\n");
    Workplace.Run run =
        Refusal.refused(
            work, () -> work.run("predict", work.at("vectors"), "--data", work.at("long.csv")));
    assertThat(run.error()).contains("place").contains("squash");
  }

  @Test
  void gapsAreRefused() {
    work.write("g.csv", "size,age,wall,east,north\n100,10,wood,2000,1\n100,10,wood,2000,\n");
    Workplace.Run run =
        Refusal.refused(
            work, () -> work.run("predict", work.at("numbers"), "--data", work.at("g.csv")));
    assertThat(run.error())
        .isEqualTo(
            "error: Condition column \"north\" is not usable in row 2. Expected a finite number for its encoder, got NaN or a missing value.");
  }

  @Test
  void encodersThatWereTamperedWithAreRefused() {
    byte[] published = work.read("numbers/encoder-squash.onnx");
    byte[] changed = published.clone();
    changed[changed.length / 2] ^= 1;
    work.write("numbers/encoder-squash.onnx", changed);
    Workplace.Run run =
        Refusal.refused(
            work, () -> work.run("predict", work.at("numbers"), "--data", work.at("sales.csv")));
    assertThat(run.error()).contains("is not the one that was published");
    work.write("numbers/encoder-squash.onnx", published);
  }

  static Stream<Arguments> bad() {
    return Stream.of(
        bad(
            "wide",
            3,
            (e, x) -> e.node("Relu", x),
            "Expected float [rows, 2] with a free first axis, got float [rows, 3]."),
        bad(
            "open",
            "w",
            (e, x) ->
                e.node("MatMul", x, e.initializer("w", TensorValue.ofFloats(new float[6], 3, 2))),
            "Encoder \"open\" cannot take the columns."),
        bad("flat", 2, (e, x) -> e.reduceSum(x, 1), "is no vector for each row. Expected float ["),
        bad(
            "logs",
            2,
            (e, x) -> e.node("Log", e.node("Neg", x)),
            "makes a vector that is not finite. Expected numbers, got NaN at element 1 of 2."),
        bad(
            "mixed",
            2,
            (e, x) -> e.node("Softmax", Map.of("axis", Attribute.of(0)), x),
            "Encoder \"mixed\" mixes rows: the same numbers become"),
        bad(
            "foreign",
            2,
            (e, x) -> e.node("com.example", "Foo", Map.of(), List.of(x)),
            "Encoder \"foreign\" cannot be run. Graph \"foreign\""));
  }

  private static Arguments bad(
      String name, Object width, BiFunction<GraphEditor, String, String> body, String error) {
    return Arguments.of(name, width, body, error);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("bad")
  void encodersThatDoNotFitAreRefused(
      String name, Object width, BiFunction<GraphEditor, String, String> body, String error) {
    write(name, width, body);
    Workplace.Run run = sales.train("bad", "sales.csv", NUMBERS.replace("squash", name));
    assertThat(run.exitCode()).as(run.err()).isEqualTo(2);
    assertThat(run.error()).contains(error);
    assertThat(work.path("bad")).doesNotExist();
  }

  @Test
  void encodersOfSeveralInputsOrWrongNamesAreRefused() {
    GraphEditor editor = GraphEditor.empty("two", 17);
    editor.input("x", TensorType.of(Dtype.FLOAT, "rows", 2));
    editor.input("y", TensorType.of(Dtype.FLOAT, "rows", 2));
    editor.nodeInto("z", "Add", "x", "y");
    editor.output("z", TensorType.of(Dtype.FLOAT, "rows", 2));
    work.write("nets/two.onnx", ModelWriter.write(editor.finish("two")));
    assertThat(sales.train("bad", "sales.csv", NUMBERS.replace("squash", "two")).error())
        .isEqualTo(
            "error: Encoder \"two.onnx\" asks for several inputs. Expected one, float [rows, 2], got \"x\", \"y\". Export it with one input, or use the columns without it.");
    write("named", 2, (e, x) -> e.node("Relu", x));
    assertThat(
            sales
                .train(
                    "bad",
                    "sales.csv",
                    NUMBERS.replace("squash", "named").replace("output: z", "output: zz"))
                .error())
        .isEqualTo(
            "error: Encoder \"named.onnx\" has no such output. Expected \"z\", got \"zz\". Maybe you meant \"z\".");
  }
}
