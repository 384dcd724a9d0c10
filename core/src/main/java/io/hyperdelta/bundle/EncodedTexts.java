package io.hyperdelta.bundle;

import java.util.List;
import java.util.Map;

/**
 * Vectors that a frozen text encoder makes of a column of texts. Tokenizers are no operators of
 * ONNX, so this happens before the graphs, whose input is the vector. A missing text is the empty
 * text.
 *
 * @param column the column of vectors
 * @param from the column of texts
 * @param encoder the encoder's name in the bundle
 * @param maxTokens tokens of a text that are read at most, special ones included
 * @param unitNorm whether vectors are divided by their Euclidean norm
 */
public record EncodedTexts(
    String column, String from, String encoder, int maxTokens, boolean unitNorm)
    implements Preparation {
  private static final int MOST_TOKENS = 65_536;

  /** Checks the encoder's name and the length. */
  public EncodedTexts {
    FileName.checked("A text encoder", encoder);
    if (maxTokens < 1 || maxTokens > MOST_TOKENS) {
      throw new IllegalArgumentException(
          "Texts of column \"%s\" are read up to an impossible length. Expected 1 to %d tokens, got %d."
              .formatted(from, MOST_TOKENS, maxTokens));
    }
  }

  /** File of the encoder in the bundle, as its makers wrote it. */
  public String encoderFile() {
    return "encoder-" + encoder + ".onnx";
  }

  /** File of its tokenizer in the bundle. */
  public String tokenizerFile() {
    return "tokenizer-" + encoder + ".json";
  }

  @Override
  public Map<String, RawKind> reads() {
    return Map.of(from, RawKind.TEXT);
  }

  @Override
  public List<String> makes() {
    return List.of(column);
  }

  @Override
  public String title() {
    return "vectors that the frozen encoder `%s` makes of the texts of `%s`, at most %d tokens of each"
        .formatted(encoder, from, maxTokens);
  }
}
