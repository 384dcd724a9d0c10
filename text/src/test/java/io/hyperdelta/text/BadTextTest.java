package io.hyperdelta.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hyperdelta.graph.TensorValue;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tokenizers, encoders and texts that do not go together. */
class BadTextTest {
  private static final PooledEncoder POOLED = TinyEncoder.masked().pooled(VectorNorm.AS_POOLED);

  private static TextEncoder encoder(PooledEncoder pooled, TokenizerFile file, OrtEngine engine) {
    return TextEncoder.of(pooled, file, engine);
  }

  private static void assertRefused(TokenizerFile file, String... parts) {
    try (OrtEngine engine = new OrtEngine(POOLED)) {
      assertThatThrownBy(() -> encoder(POOLED, file, engine))
          .isInstanceOf(TextException.class)
          .hasMessageContainingAll(parts);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "{", "{}", "[]", "null", "{\"model\": {\"type\": \"none\"}}", "\0"})
  void fileThatIsNoTokenizerIsRefused(String json) {
    assertRefused(
        TinyTokenizer.of(json), "Tokenizer \"tiny.json\" cannot be read: ", "Expected a tokenizer");
  }

  @Test
  void deeplyNestedFileIsRefused() {
    assertRefused(TinyTokenizer.of("[".repeat(100_000)), "Tokenizer \"tiny.json\" cannot be read");
  }

  /** The native library would end the process. */
  @Test
  void templateWithATokenThatIsNotDescribedIsRefused() {
    String json = new String(TinyTokenizer.file().bytes(), StandardCharsets.UTF_8);

    assertRefused(
        TinyTokenizer.of(json.replace("\"[SEP]\": {\"id\"", "\"[END]\": {\"id\"")),
        "its template has a special token \"[SEP]\", which it does not describe");
  }

  /** The native library would end the process. */
  @ParameterizedTest
  @ValueSource(strings = {"", "AAAA", "!", "/////w==", "BAAAAAAAAAD/"})
  void damagedCharacterMapIsRefused(String map) {
    String json = new String(TinyTokenizer.file().bytes(), StandardCharsets.UTF_8);
    String normalizer =
        "\"normalizer\": {\"type\": \"Precompiled\", \"precompiled_charsmap\": \"%s\"}, \"old\":"
            .formatted(map);

    assertRefused(
        TinyTokenizer.of(json.replace("\"normalizer\":", normalizer)),
        "the character map of a Precompiled normalizer is damaged");
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2})
  void limitThatLeavesNoRoomForTextIsRefused(int limit) {
    assertRefused(
        TinyTokenizer.limitedTo(limit),
        "has no room for a text: 2 of at most %d tokens are special ones.".formatted(limit));
  }

  @Test
  void maximumOfTokensThatLeavesNoRoomForTextIsRefused() {
    try (OrtEngine engine = new OrtEngine(POOLED)) {
      TextEncoder.Builder builder =
          TextEncoder.builder(POOLED, TinyTokenizer.file(), engine).maxTokens(2);

      assertThatThrownBy(builder::build)
          .isInstanceOf(TextException.class)
          .hasMessageContaining("has no room for a text: 2 of at most 2 tokens");
    }
  }

  @Test
  void numbersOutOfRangeAreRefused() {
    try (OrtEngine engine = new OrtEngine(POOLED)) {
      TextEncoder.Builder builder = TextEncoder.builder(POOLED, TinyTokenizer.file(), engine);

      assertThatThrownBy(() -> builder.maxTokens(0))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessage("Maximum of tokens is out of range. Expected 1 to 65536, got 0.");
      assertThatThrownBy(() -> builder.batchSize(1 << 13))
          .isInstanceOf(IllegalArgumentException.class);
      assertThatThrownBy(() -> builder.cacheBytes(-1)).isInstanceOf(IllegalArgumentException.class);
    }
  }

  @Test
  void tokenizerThatFailsAtATextIsNamed() {
    try (OrtEngine engine = new OrtEngine(POOLED);
        TextEncoder encoder = encoder(POOLED, TinyTokenizer.withoutUnknown(), engine)) {
      assertThatThrownBy(() -> encoder.encode(List.of("the", "zebra")))
          .isInstanceOf(TextException.class)
          .hasMessageStartingWith(
              "Tokenizer \"tiny.json\" cannot tokenize a text of 5 characters: ");
      assertThat(encoder.encode(List.of("the")).dim(0)).isEqualTo(1);
    }
  }

  @Test
  void tokenizerOfAnotherEncoderIsFound() {
    PooledEncoder small = TinyEncoder.of(8, true).pooled(VectorNorm.AS_POOLED);
    try (OrtEngine engine = new OrtEngine(small);
        TextEncoder encoder = encoder(small, TinyTokenizer.file(), engine)) {
      engine.runs().clear();

      assertThatThrownBy(() -> encoder.encode(List.of("the", "undo", "a house")))
          .isInstanceOf(TextException.class)
          .hasMessage(
              "Text 3 has a token that encoder \"tiny.onnx\" does not know. Expected ids below 8, the rows of its embedding, got 8. Maybe the tokenizer belongs to another encoder.");
      assertThat(engine.runs()).isEmpty();
    }
  }

  @Test
  void tokenizerWhoseSpecialTokensAreUnknownIsFoundAtOnce() {
    PooledEncoder small = TinyEncoder.of(2, true).pooled(VectorNorm.AS_POOLED);
    try (OrtEngine engine = new OrtEngine(small)) {
      assertThatThrownBy(() -> encoder(small, TinyTokenizer.file(), engine))
          .isInstanceOf(TextException.class)
          .hasMessageStartingWith("The empty text has a token that encoder \"tiny.onnx\"");
    }
  }

  @Test
  void vectorThatIsNotFiniteIsRefusedAndNotRemembered() {
    TinyEncoder damaged = TinyEncoder.masked();
    damaged.embedding()[8][1] = Float.NaN;
    PooledEncoder pooled = damaged.pooled(VectorNorm.UNIT);
    try (OrtEngine engine = new OrtEngine(pooled);
        TextEncoder encoder = encoder(pooled, TinyTokenizer.file(), engine)) {
      for (int attempt = 0; attempt < 2; attempt++) {
        assertThatThrownBy(() -> encoder.encode(List.of("the", "the a")))
            .isInstanceOf(TextException.class)
            .hasMessageStartingWith(
                "Text 2 gets a vector that is not finite from encoder \"tiny.onnx\". Expected numbers, got NaN at element 1 of 2.");
      }
      assertThat(encoder.encode(List.of("the", "house")).dim(0)).isEqualTo(2);
    }
  }

  @Test
  void engineOfAnotherGraphIsFound() {
    Engine other = inputs -> Map.of("y", TensorValue.scalar(1));

    assertThatThrownBy(() -> TextEncoder.of(POOLED, TinyTokenizer.file(), other))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("runs another graph")
        .hasMessageEndingWith("got none.");
  }

  @Test
  void textOfAMillionWordsIsRefused() {
    try (OrtEngine engine = new OrtEngine(POOLED);
        TextEncoder encoder = encoder(POOLED, TinyTokenizer.file(), engine)) {
      String text = "a".repeat(TextEncoder.MAX_CHARACTERS + 1);

      assertThatThrownBy(() -> encoder.encode(List.of("a", text)))
          .isInstanceOf(TextException.class)
          .hasMessageStartingWith("Text 2 is too long to be tokenized. Expected at most 1048576");
    }
  }

  @Test
  void fileIsReadAndNamed(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("tokenizer.json");
    Files.write(file, TinyTokenizer.file().bytes());

    TokenizerFile read = TokenizerFile.read(file);

    assertThat(read.source()).isEqualTo("tokenizer.json");
    assertThat(read.bytes()).isEqualTo(TinyTokenizer.file().bytes());
  }

  @Test
  void missingFileAndFolderAreRefused(@TempDir Path folder) {
    Path missing = folder.resolve("none.json");

    assertThatThrownBy(() -> TokenizerFile.read(missing))
        .isInstanceOf(TextException.class)
        .hasMessage(
            "Tokenizer file \"%s\" cannot be read: there is no such file or folder. Expected a readable tokenizer.json."
                .formatted(missing));
    assertThatThrownBy(() -> TokenizerFile.read(folder))
        .isInstanceOf(TextException.class)
        .hasMessageContaining("is a folder");
  }

  @Test
  void fileTooLargeForATokenizerIsRefusedUnread(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("large.json");
    try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw")) {
      sparse.setLength(1L << 40);
    }

    assertThatThrownBy(() -> TokenizerFile.read(file))
        .isInstanceOf(TextException.class)
        .hasMessageContaining("Expected at most 134217728 bytes, got 1099511627776.");
  }
}
