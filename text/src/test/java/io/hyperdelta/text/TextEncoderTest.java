package io.hyperdelta.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.hyperdelta.graph.TensorValue;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** From texts to vectors with a tiny encoder in ONNX Runtime, against loops in Java. */
class TextEncoderTest {
  private final TinyEncoder tiny = TinyEncoder.masked();
  private final PooledEncoder pooled = tiny.pooled(VectorNorm.AS_POOLED);
  private final OrtEngine engine = new OrtEngine(pooled);

  @AfterEach
  void close() {
    engine.close();
  }

  private TextEncoder encoder() {
    return TextEncoder.of(pooled, TinyTokenizer.file(), engine);
  }

  private void assertVector(TensorValue vectors, int row, String... words) {
    double[] expected = tiny.vector(TinyTokenizer.ids(words), VectorNorm.AS_POOLED);
    for (int j = 0; j < TinyEncoder.DIM; j++) {
      assertThat((double) vectors.floats()[row * TinyEncoder.DIM + j])
          .isCloseTo(expected[j], within(1e-6 * (1 + Math.abs(expected[j]))));
    }
  }

  @Test
  void vectorsEqualPlainJavaInTheOrderOfTheTexts() {
    try (TextEncoder encoder = encoder()) {
      TensorValue vectors =
          encoder.encode(List.of("The house, undo", "a", "THE HOUSE", "a", "garden the garden"));

      assertThat(vectors.dims()).containsExactly(5, encoder.dim());
      assertThat(encoder.dim()).isEqualTo(TinyEncoder.DIM);
      assertVector(vectors, 0, "the", "house", "[UNK]", "un", "##do");
      assertVector(vectors, 1, "a");
      assertVector(vectors, 2, "the", "house");
      assertVector(vectors, 3, "a");
      assertVector(vectors, 4, "garden", "the", "garden");
    }
  }

  @Test
  void missingTextIsTheEmptyText() {
    try (TextEncoder encoder = encoder()) {
      TensorValue vectors = encoder.encode(Arrays.asList(null, "", "a"));

      assertVector(vectors, 0);
      assertVector(vectors, 1);
      assertVector(vectors, 2, "a");
    }
  }

  @Test
  void noTextsGiveNoVectors() {
    try (TextEncoder encoder = encoder()) {
      assertThat(encoder.encode(List.of()).dims()).containsExactly(0, TinyEncoder.DIM);
    }
  }

  @Test
  void characterThatIsNoneIsEncodedAllTheSame() {
    try (TextEncoder encoder = encoder()) {
      TensorValue vectors = encoder.encode(List.of("the \ud800", "\0", "x".repeat(5000), "👍"));

      assertVector(vectors, 0, "the");
      assertVector(vectors, 2, "[UNK]");
      assertVector(vectors, 3, "[UNK]");
    }
  }

  @Test
  void eachDistinctTextIsEncodedOnceInBatchesOfLikeLength() {
    try (TextEncoder encoder =
        TextEncoder.builder(pooled, TinyTokenizer.file(), engine).batchSize(2).build()) {
      engine.runs().clear();
      List<String> texts =
          List.of("the house the house", "a", "the", "a", "the garden the house", "the", "house a");

      encoder.encode(texts);

      // [CLS] and [SEP] come with every text.
      assertThat(engine.shapes()).containsExactly("2x3", "2x6", "1x6");
    }
  }

  @Test
  void secondCallRunsNothing() {
    try (TextEncoder encoder = encoder()) {
      TensorValue first = encoder.encode(List.of("the house", "a"));
      engine.runs().clear();

      TensorValue second = encoder.encode(List.of("a", "the house", "a"));

      assertThat(engine.runs()).isEmpty();
      assertThat(Arrays.copyOf(second.floats(), 4))
          .containsExactly(
              first.floats()[2], first.floats()[3], first.floats()[0], first.floats()[1]);
    }
  }

  @Test
  void cacheOfNoBytesRemembersNothing() {
    try (TextEncoder encoder =
        TextEncoder.builder(pooled, TinyTokenizer.file(), engine).cacheBytes(0).build()) {
      TensorValue first = encoder.encode(List.of("the house"));
      engine.runs().clear();

      assertThat(encoder.encode(List.of("the house"))).isEqualTo(first);
      assertThat(engine.textCount()).isEqualTo(1);
    }
  }

  @Test
  void paddingIsTheTokenizersOwnAndMasked() {
    try (TextEncoder encoder = encoder()) {
      engine.runs().clear();

      encoder.encode(List.of("the house a", "a"));

      assertThat(engine.runs()).hasSize(1);
      assertThat(engine.given(0, "input_ids").longs())
          .containsExactly(1, 8, 2, 3, 3, 1, 4, 5, 8, 2);
      assertThat(engine.given(0, "attention_mask").longs())
          .containsExactly(1, 1, 1, 0, 0, 1, 1, 1, 1, 1);
    }
  }

  @Test
  void longTextsAreCutAtTheSmallerOfTheTwoLimits() {
    try (TextEncoder own = TextEncoder.of(pooled, TinyTokenizer.limitedTo(5), engine);
        TextEncoder asked =
            TextEncoder.builder(pooled, TinyTokenizer.limitedTo(5), engine).maxTokens(4).build();
        TextEncoder standard = encoder()) {
      String text = "the house undo a";

      assertThat(own.maxTokens()).isEqualTo(5);
      assertVector(own.encode(List.of(text)), 0, "the", "house", "un");
      assertThat(asked.maxTokens()).isEqualTo(4);
      assertVector(asked.encode(List.of(text)), 0, "the", "house");
      assertThat(standard.maxTokens()).isEqualTo(TextEncoder.DEFAULT_MAX_TOKENS);
      String[] words = new String[TextEncoder.DEFAULT_MAX_TOKENS - 2];
      Arrays.fill(words, "a");
      assertVector(standard.encode(List.of("a ".repeat(999) + "house")), 0, words);
    }
  }

  @ParameterizedTest
  @ValueSource(longs = {Integer.MAX_VALUE, 1L << 31, (1L << 32) - 1, Long.MAX_VALUE})
  void limitBeyondAnyTextIsNone(long limit) {
    try (TextEncoder encoder = TextEncoder.of(pooled, TinyTokenizer.limitedTo(limit), engine)) {
      assertThat(encoder.maxTokens()).isEqualTo(TextEncoder.DEFAULT_MAX_TOKENS);
      assertVector(encoder.encode(List.of("the house")), 0, "the", "house");
    }
  }

  @Test
  void encoderWithoutMaskNeverSeesPadding() {
    TinyEncoder plain = TinyEncoder.of(TinyTokenizer.VOCABULARY, false);
    PooledEncoder pooledPlain = plain.pooled(VectorNorm.UNIT);
    try (OrtEngine runs = new OrtEngine(pooledPlain);
        TextEncoder encoder = TextEncoder.of(pooledPlain, TinyTokenizer.file(), runs)) {
      runs.runs().clear();

      float[] vectors = encoder.encode(List.of("the house a", "a", "the", "undo")).floats();

      assertThat(runs.shapes()).containsExactly("2x3", "1x4", "1x5");
      double[] longest = plain.vector(TinyTokenizer.ids("the", "house", "a"), VectorNorm.UNIT);
      double[] shortest = plain.vector(TinyTokenizer.ids("a"), VectorNorm.UNIT);
      assertThat((double) vectors[0]).isCloseTo(longest[0], within(1e-6));
      assertThat((double) vectors[2]).isCloseTo(shortest[0], within(1e-6));
    }
  }

  @Test
  void textWithoutAnyTokenGetsZeros() {
    PooledEncoder pooledPlain =
        TinyEncoder.of(TinyTokenizer.VOCABULARY, false).pooled(VectorNorm.UNIT);
    try (OrtEngine runs = new OrtEngine(pooledPlain);
        TextEncoder encoder =
            TextEncoder.of(pooledPlain, TinyTokenizer.withoutSpecialTokens(), runs)) {
      assertThat(encoder.encode(List.of("", "  ")).floats()).containsExactly(0, 0, 0, 0);
    }
  }

  @Test
  void threadsThatWantTheSameTextsShareTheWork() throws Exception {
    List<String> texts = new ArrayList<>();
    for (int i = 0; i < 300; i++) {
      texts.add("the house ".repeat(i % 20) + "x".repeat(i / 20));
    }
    ExecutorService threads = Executors.newFixedThreadPool(8);
    try (TextEncoder encoder =
        TextEncoder.builder(pooled, TinyTokenizer.file(), engine).batchSize(4).build()) {
      engine.runs().clear();
      List<Future<TensorValue>> results = new ArrayList<>();
      for (int t = 0; t < 8; t++) {
        List<String> order = new ArrayList<>(texts);
        Collections.rotate(order, t * 40);
        results.add(threads.submit(() -> encoder.encode(order)));
      }

      float[] first = results.get(0).get().floats();
      for (int t = 0; t < 8; t++) {
        float[] rotated = results.get(t).get().floats();
        for (int i = 0; i < texts.size(); i++) {
          int row = (i + t * 40) % texts.size();
          assertThat(rotated[row * TinyEncoder.DIM]).isEqualTo(first[i * TinyEncoder.DIM]);
        }
      }
      // All but those that are the empty text's, which is there from the start.
      assertThat(engine.textCount()).isBetween(texts.stream().distinct().count() - 1, 300L);
    } finally {
      threads.shutdownNow();
    }
  }

  @Test
  void closedEncoderIsRefusedEvenForTextsThatItRemembers() {
    TextEncoder encoder = encoder();
    encoder.encode(List.of("a"));
    encoder.close();
    encoder.close();

    assertThatThrownBy(() -> encoder.encode(List.of("a")))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("is closed");
  }
}
