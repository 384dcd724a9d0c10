package io.hyperdelta.benchmarks;

import ai.djl.huggingface.tokenizers.Encoding;
import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * The sentence encoder all-MiniLM-L6-v2 (Wang et al. 2020): six transformer layers of width 384,
 * exported by PyTorch for operator set 11, with its own tokenizer. Apache License 2.0.
 */
public final class MiniLm {
  private static final NetworkFile MODEL =
      new NetworkFile(
          "/all-minilm-l6-v2.onnx",
          "759c3cd2b7fe7e93933ad23c4c9181b7396442a2ed746ec7c1d46192c469c46e");
  private static final NetworkFile TOKENIZER =
      new NetworkFile(
          "/all-minilm-l6-v2-tokenizer.json",
          "da0e79933b9ed51798a3ae27893d3c5fa4a201126cef75586296df9b4d2c62a0");

  private MiniLm() {}

  /** The bytes of the ONNX file. */
  public static byte[] model() {
    return MODEL.bytes();
  }

  /**
   * Sentences as the network takes them, row-major, shorter ones padded at their end.
   *
   * @param ids int64 [batch, length]
   * @param mask int64 [batch, length]: 1 for a token, 0 for padding
   * @param types int64 [batch, length]: 0
   * @param length tokens of the longest sentence
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  public record Tokens(long[] ids, long[] mask, long[] types, int length) {
    /** Number of sentences. */
    public int batch() {
      return ids.length / length;
    }
  }

  /** Tokenizes sentences. */
  public static Tokens tokens(List<String> sentences) {
    Encoding[] encodings;
    Map<String, String> options = Map.of("padding", "false", "truncation", "true");
    try (HuggingFaceTokenizer tokenizer =
        HuggingFaceTokenizer.newInstance(new ByteArrayInputStream(TOKENIZER.bytes()), options)) {
      encodings = tokenizer.batchEncode(sentences);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    int length = Arrays.stream(encodings).mapToInt(e -> e.getIds().length).max().orElse(1);
    Tokens tokens =
        new Tokens(
            new long[encodings.length * length],
            new long[encodings.length * length],
            new long[encodings.length * length],
            length);
    for (int row = 0; row < encodings.length; row++) {
      long[] ids = encodings[row].getIds();
      System.arraycopy(ids, 0, tokens.ids(), row * length, ids.length);
      Arrays.fill(tokens.mask(), row * length, row * length + ids.length, 1);
    }
    return tokens;
  }
}
