package io.hyperdelta.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.hyperdelta.graph.Attribute;
import io.hyperdelta.graph.Dtype;
import io.hyperdelta.graph.GraphEditor;
import io.hyperdelta.graph.Model;
import io.hyperdelta.graph.ModelException;
import io.hyperdelta.graph.ModelWriter;
import io.hyperdelta.graph.TensorType;
import io.hyperdelta.graph.TensorValue;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The pooling as graph nodes, run by ONNX Runtime, against loops in Java. */
class PooledEncoderTest {
  private static final TensorType TOKENS = TensorType.of(Dtype.INT64, "texts", "tokens");
  private static final TensorType HIDDEN = TensorType.of(Dtype.FLOAT, "texts", "tokens", 2);

  static Stream<Arguments> versionsAndNorms() {
    return Stream.of(7, 8, 9, 11, 13, 17, 18, 21)
        .flatMap(opset -> Stream.of(VectorNorm.values()).map(norm -> Arguments.of(opset, norm)));
  }

  @ParameterizedTest
  @MethodSource("versionsAndNorms")
  void vectorsAreMeansOverTokensWithoutPadding(int opset, VectorNorm norm) {
    TinyEncoder tiny = TinyEncoder.masked();
    PooledEncoder pooled = PooledEncoder.of(tiny.model(opset), "tiny.onnx", norm);

    float[] vectors =
        run(pooled, new long[] {1, 4, 5, 2, 1, 6, 3, 3}, new long[] {1, 1, 1, 1, 1, 1, 0, 0}, 4);

    double[] first = tiny.vector(List.of(1, 4, 5, 2), norm);
    double[] second = tiny.vector(List.of(1, 6), norm);
    double[] expected = {first[0], first[1], second[0], second[1]};
    for (int i = 0; i < expected.length; i++) {
      assertThat((double) vectors[i]).isCloseTo(expected[i], within(1e-6));
    }
  }

  @ParameterizedTest
  @ValueSource(floats = {1e30f, 1e-30f, 1})
  void normIsOneHoweverLargeOrSmallTheNumbersAre(float scale) {
    float[] vectors =
        run(
            PooledEncoder.of(scaled(scale), "scaled.onnx", VectorNorm.UNIT),
            new long[] {0, 1},
            new long[] {1, 1},
            2);

    // The mean of rows [3, 0] and [3, 8].
    assertThat(vectors[0]).isCloseTo(0.6f, within(1e-6f));
    assertThat(vectors[1]).isCloseTo(0.8f, within(1e-6f));
  }

  @ParameterizedTest
  @MethodSource("norms")
  void textWithoutAnyTokenGetsZeros(VectorNorm norm) {
    float[] vectors =
        run(
            PooledEncoder.of(scaled(1), "scaled.onnx", norm),
            new long[] {1, 1, 0, 0},
            new long[] {1, 1, 0, 0},
            2);

    assertThat(vectors).hasSize(4).endsWith(0, 0);
    assertThat(vectors[1]).isPositive();
  }

  static Stream<VectorNorm> norms() {
    return Stream.of(VectorNorm.values());
  }

  /** Two tokens, [3, 0] and [3, 8] times a factor. */
  private static Model scaled(float scale) {
    return edited(
        editor -> {
          editor.input(PooledEncoder.IDS, TOKENS);
          editor.input(PooledEncoder.MASK, TOKENS);
          float[] table = {3 * scale, 0, 3 * scale, 8 * scale};
          String rows =
              editor.node(
                  "Gather", editor.constant(TensorValue.ofFloats(table, 2, 2)), PooledEncoder.IDS);
          editor.output(rows, HIDDEN);
        });
  }

  @Test
  void firstOutputOfRealNumbersWithThreeAxesIsPooledAndTheOthersAreLeftOut() {
    TinyEncoder tiny = TinyEncoder.masked();
    Model model =
        edited(
            editor -> {
              editor.input(PooledEncoder.IDS, TOKENS);
              editor.input(PooledEncoder.MASK, TOKENS);
              String hidden = tiny.hidden(editor);
              String expanded = editor.unsqueeze(PooledEncoder.IDS, 2);
              String half = cast(editor, hidden, Dtype.FLOAT16);
              editor.output(expanded, TensorType.of(Dtype.INT64, "texts", "tokens", 1));
              editor.output(editor.reduceSum(hidden, 1), TensorType.of(Dtype.FLOAT, "texts", 2));
              editor.output(half, TensorType.of(Dtype.FLOAT16, "texts", "tokens", 2));
              editor.output(editor.node("Neg", hidden), HIDDEN);
            });
    PooledEncoder pooled = PooledEncoder.of(model, "many.onnx", VectorNorm.AS_POOLED);

    float[] vectors = run(pooled, new long[] {1, 5, 2}, new long[] {1, 1, 1}, 3);

    assertThat(pooled.model().graph().outputs()).hasSize(1);
    assertThat(pooled.model().graph().nodes()).noneMatch(node -> node.op().equals("Neg"));
    double[] expected = tiny.vector(List.of(1, 5, 2), VectorNorm.AS_POOLED);
    assertThat((double) vectors[0]).isCloseTo(expected[0], within(1e-2));
    assertThat((double) vectors[1]).isCloseTo(expected[1], within(1e-2));
  }

  @Test
  void encoderWithoutMaskGetsOneForThePoolingAlone() {
    PooledEncoder pooled =
        TinyEncoder.of(TinyTokenizer.VOCABULARY, false).pooled(VectorNorm.AS_POOLED);

    assertThat(pooled.inputs()).containsExactly("input_ids", "attention_mask");
    assertThat(pooled.ignoresPadding()).isFalse();
    assertThat(TinyEncoder.masked().pooled(VectorNorm.UNIT).ignoresPadding()).isTrue();
  }

  @Test
  void poolingLeavesTheEncodersWeightsAlone() {
    TinyEncoder tiny = TinyEncoder.masked();
    Map<String, TensorValue> before = tiny.model(13).graph().initializers();
    Map<String, TensorValue> after =
        PooledEncoder.of(ModelWriter.write(tiny.model(13)), "tiny.onnx", VectorNorm.UNIT)
            .model()
            .graph()
            .initializers();

    assertThat(before).hasSizeGreaterThanOrEqualTo(3);
    assertThat(after).containsAllEntriesOf(before);
  }

  @Test
  void vocabularyIsThatOfTheTensorThatTokensPointInto() {
    Model behindCasts =
        edited(
            editor -> {
              editor.input(PooledEncoder.IDS, TOKENS);
              String ids = editor.node("Identity", cast(editor, PooledEncoder.IDS, Dtype.INT32));
              TensorValue table = TensorValue.ofFloats(new float[14], 7, 2);
              String constant = editor.node("Constant", Map.of("value", Attribute.of(table)));
              editor.output(editor.node("Gather", constant, ids), HIDDEN);
            });
    Model computed =
        edited(
            editor -> {
              editor.input(PooledEncoder.IDS, TOKENS);
              TensorValue table = TensorValue.ofFloats(new float[14], 7, 2);
              String made = editor.node("Neg", editor.constant(table));
              editor.output(editor.node("Gather", made, PooledEncoder.IDS), HIDDEN);
            });

    assertThat(pooled(behindCasts).vocabularySize()).hasValue(7);
    assertThat(pooled(computed).vocabularySize()).isEmpty();
  }

  @Test
  void modelThatAsksForSomethingElseIsRefused() {
    Model model =
        edited(
            editor -> {
              editor.input("pixel_values", TensorType.of(Dtype.FLOAT, "images", 3));
              editor.input(PooledEncoder.IDS, TOKENS);
              editor.output(TinyEncoder.of(10, false).hidden(editor), HIDDEN);
            });

    assertThatThrownBy(() -> pooled(model))
        .isInstanceOf(ModelException.class)
        .hasMessage(
            "Text encoder \"net.onnx\" asks for an input that texts do not have: \"pixel_values\", float [images, 3]. Expected inputs among \"input_ids\", \"attention_mask\", \"token_type_ids\". Export the encoder without it.");
  }

  @Test
  void modelWithoutIdsIsRefused() {
    Model model =
        edited(
            editor -> {
              editor.input(PooledEncoder.MASK, TOKENS);
              String x = editor.unsqueeze(cast(editor, PooledEncoder.MASK, Dtype.FLOAT), 2);
              editor.output(x, HIDDEN);
            });

    assertThatThrownBy(() -> pooled(model))
        .isInstanceOf(ModelException.class)
        .hasMessageStartingWith(
            "Text encoder \"net.onnx\" does not ask for tokens. Expected an input \"input_ids\", got \"attention_mask\".");
  }

  static Stream<TensorType> wrongTypes() {
    return Stream.of(
        TensorType.of(Dtype.INT32, "texts", "tokens"),
        TensorType.of(Dtype.INT64, 1, "tokens"),
        TensorType.of(Dtype.INT64, "texts", 128),
        TensorType.of(Dtype.INT64, "tokens"));
  }

  @ParameterizedTest
  @MethodSource("wrongTypes")
  void idsOfAnotherTypeOrWithFixedAxesAreRefused(TensorType type) {
    Model model =
        edited(
            editor -> {
              editor.input(PooledEncoder.IDS, type);
              editor.output(TinyEncoder.of(10, false).hidden(editor), HIDDEN);
            });

    assertThatThrownBy(() -> pooled(model))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining(
            "Expected int64 [texts, tokens], both axes open, got %s.".formatted(type));
  }

  @Test
  void modelWithoutVectorsForTokensIsRefused() {
    Model model =
        edited(
            editor -> {
              editor.input(PooledEncoder.IDS, TOKENS);
              String hidden = TinyEncoder.of(10, false).hidden(editor);
              editor.output(editor.reduceSum(hidden, 1), TensorType.of(Dtype.FLOAT, "texts", 2));
            });

    assertThatThrownBy(() -> pooled(model))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("has no output with a vector for each token")
        .hasMessageContaining("float [texts, 2]");
  }

  @Test
  void valueWithTheMasksNameThatIsNoInputIsRefused() {
    Model model =
        edited(
            editor -> {
              editor.input(PooledEncoder.IDS, TOKENS);
              editor.nodeInto(PooledEncoder.MASK, "Neg", TinyEncoder.of(10, false).hidden(editor));
              editor.output(PooledEncoder.MASK, HIDDEN);
            });

    assertThatThrownBy(() -> pooled(model))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("makes a value \"attention_mask\" of its own");
  }

  @ParameterizedTest
  @ValueSource(ints = {6, 22})
  void otherOperatorSetVersionsAreRefused(int opset) {
    Model model = TinyEncoder.masked().model(13);
    Model other = new Model(8, Map.of("", (long) opset), "test", Map.of(), model.graph());

    assertThatThrownBy(() -> pooled(other))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("version %d. Expected 7 to 21.".formatted(opset));
  }

  @Test
  void bytesThatAreNoModelAreRefused() {
    assertThatThrownBy(() -> PooledEncoder.of(new byte[] {1, 2}, "net.onnx", VectorNorm.UNIT))
        .isInstanceOf(ModelException.class)
        .hasMessageContaining("net.onnx");
  }

  private static PooledEncoder pooled(Model model) {
    return PooledEncoder.of(model, "net.onnx", VectorNorm.AS_POOLED);
  }

  private static Model edited(Consumer<GraphEditor> changes) {
    GraphEditor editor = GraphEditor.empty("net", 13);
    changes.accept(editor);
    return editor.finish("net");
  }

  private static String cast(GraphEditor editor, String x, Dtype dtype) {
    return editor.node("Cast", Map.of("to", Attribute.of(dtype.code())), x);
  }

  private static float[] run(PooledEncoder pooled, long[] ids, long[] mask, int tokens) {
    try (OrtEngine engine = new OrtEngine(pooled)) {
      long[] dims = {ids.length / tokens, tokens};
      Map<String, TensorValue> outputs =
          engine.run(
              Map.of(
                  "input_ids", TensorValue.ofLongs(ids, dims),
                  "attention_mask", TensorValue.ofLongs(mask, dims)));
      return Objects.requireNonNull(outputs.get(pooled.output())).floats();
    }
  }
}
