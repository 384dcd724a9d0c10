package io.hyperdelta.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.hyperdelta.graph.ModelWriter;
import io.hyperdelta.graph.TensorValue;
import io.hyperdelta.target.Target;
import io.hyperdelta.text.PooledEncoder;
import io.hyperdelta.text.TextEncoder;
import io.hyperdelta.text.TokenizerFile;
import io.hyperdelta.text.VectorNorm;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** A sentence encoder that others trained, all-MiniLM-L6-v2, in ONNX Runtime. */
class MiniLmTextTest {
  private static final String MODEL_SHA256 =
      "759c3cd2b7fe7e93933ad23c4c9181b7396442a2ed746ec7c1d46192c469c46e";
  private static final String TOKENIZER_SHA256 =
      "da0e79933b9ed51798a3ae27893d3c5fa4a201126cef75586296df9b4d2c62a0";

  private static final AtomicInteger RUNS = new AtomicInteger();
  private static final List<String> SENTENCES = sentences();

  private static byte[] model;
  private static PooledEncoder pooled;
  private static TokenizerFile tokenizer;
  private static OrtGraph graph;

  @BeforeAll
  static void load() throws IOException {
    model = resource("/all-minilm-l6-v2.onnx", MODEL_SHA256);
    tokenizer =
        TokenizerFile.of(
            resource("/all-minilm-l6-v2-tokenizer.json", TOKENIZER_SHA256), "tokenizer.json");
    pooled = PooledEncoder.of(model, "MiniLM", VectorNorm.UNIT);
    graph = OrtGraph.load(ModelWriter.write(pooled.model()), "MiniLM, pooled");
  }

  @AfterAll
  static void close() {
    graph.close();
  }

  private static byte[] resource(String path, String sha256) throws IOException {
    try (InputStream stream = MiniLmTextTest.class.getResourceAsStream(path)) {
      byte[] bytes = Objects.requireNonNull(stream, path).readAllBytes();
      assertThat(Target.sha256(bytes)).as(path).isEqualTo(sha256);
      return bytes;
    }
  }

  private static TextEncoder encoder() {
    return TextEncoder.of(pooled, tokenizer, MiniLmTextTest::run);
  }

  private static Map<String, TensorValue> run(Map<String, TensorValue> inputs) {
    RUNS.incrementAndGet();
    return graph.run(inputs);
  }

  /** Forty sentences of 1 to 40 words. */
  private static List<String> sentences() {
    List<String> words =
        List.of("rain", "falls", "on", "the", "old", "harbour", "while", "boats", "return", "home");
    List<String> sentences = new ArrayList<>();
    for (int length = 1; length <= 40; length++) {
      StringBuilder sentence = new StringBuilder();
      for (int i = 0; i < length; i++) {
        sentence.append(words.get((length * 7 + i * 3) % words.size())).append(' ');
      }
      sentences.add(sentence.toString());
    }
    Collections.rotate(sentences, 17);
    return sentences;
  }

  private static double cosine(float[] rows, int dim, int a, int b) {
    double dot = 0;
    double normA = 0;
    double normB = 0;
    for (int i = 0; i < dim; i++) {
      double x = rows[a * dim + i];
      double y = rows[b * dim + i];
      dot += x * y;
      normA += x * x;
      normB += y * y;
    }
    return dot / Math.sqrt(normA * normB);
  }

  @Test
  void sentencesOfLikeMeaningAreCloserThanOthers() {
    try (TextEncoder encoder = encoder()) {
      List<String> texts =
          List.of(
              "A cat sleeps on the sofa.",
              "The kitten is napping on the couch.",
              "The central bank raised interest rates again.",
              "Borrowing costs went up after the monetary policy decision.");
      float[] rows = encoder.encode(texts).floats();
      int dim = encoder.dim();

      assertThat(dim).isEqualTo(384);
      double like = Math.min(cosine(rows, dim, 0, 1), cosine(rows, dim, 2, 3));
      double unlike =
          Math.max(
              Math.max(cosine(rows, dim, 0, 2), cosine(rows, dim, 0, 3)),
              Math.max(cosine(rows, dim, 1, 2), cosine(rows, dim, 1, 3)));
      assertThat(like).isGreaterThan(unlike + 0.2);
    }
  }

  @Test
  void fortyTextsTogetherEqualEachAloneAndLoopsOverTheEncodersOwnOutput() {
    assertThat(pooled.vocabularySize()).hasValue(30522);
    Map<String, TensorValue> given = new LinkedHashMap<>();
    try (TextEncoder encoder = encoder();
        TextEncoder alone =
            TextEncoder.of(
                pooled,
                tokenizer,
                inputs -> {
                  given.putAll(inputs);
                  return run(inputs);
                });
        OrtGraph unpooled = OrtGraph.load(model, "MiniLM")) {
      float[] together = encoder.encode(SENTENCES).floats();
      for (int row = 0; row < SENTENCES.size(); row++) {
        float[] single = alone.encode(List.of(SENTENCES.get(row))).floats();
        double[] expected = meanOfOutput(unpooled, given);
        for (int i = 0; i < single.length; i++) {
          assertThat(together[row * single.length + i]).isCloseTo(single[i], within(1e-4f));
          assertThat((double) single[i]).isCloseTo(expected[i], within(1e-5));
        }
      }
    }
  }

  /** The encoder as its makers wrote it, for one text, pooled and divided by the norm in loops. */
  private static double[] meanOfOutput(OrtGraph unpooled, Map<String, TensorValue> inputs) {
    TensorValue hidden = Objects.requireNonNull(unpooled.run(inputs).get("last_hidden_state"));
    int tokens = (int) hidden.dim(1);
    double[] vector = new double[(int) hidden.dim(2)];
    float[] values = hidden.floats();
    for (int i = 0; i < values.length; i++) {
      vector[i % vector.length] += values[i] / (double) tokens;
    }
    double norm = 0;
    for (double x : vector) {
      norm += x * x;
    }
    for (int i = 0; i < vector.length; i++) {
      vector[i] /= Math.sqrt(norm);
    }
    return vector;
  }

  @Test
  void secondCallFindsTheVectorsOfTheFirst() {
    try (TextEncoder encoder = encoder()) {
      RUNS.set(0);
      TensorValue first = encoder.encode(SENTENCES);
      assertThat(RUNS).hasValue(2); // 32 texts, then 8

      TensorValue second = encoder.encode(SENTENCES);

      assertThat(RUNS).hasValue(2);
      assertThat(second).isEqualTo(first);
    }
  }
}
