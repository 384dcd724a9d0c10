package io.hyperdelta.bundle;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Vectors that a frozen graph makes of numbers.
 *
 * @param column the column of vectors
 * @param from the columns of numbers, in the order of the graph's input, or one column of vectors
 * @param vectors whether it is a column of vectors
 * @param encoder the encoder's name in the bundle
 * @param input name of the graph's input, float32 {@code [rows, width]}
 * @param output name of the graph's output, float32 {@code [rows, dim]}
 */
public record EncodedNumbers(
    String column, List<String> from, boolean vectors, String encoder, String input, String output)
    implements Preparation {
  /** Checks the encoder's name and copies the list. */
  public EncodedNumbers {
    FileName.checked("An encoder", encoder);
    from = List.copyOf(from);
    if (from.isEmpty() || (vectors && from.size() > 1)) {
      throw new IllegalArgumentException(
          "Encoder \"%s\" has unusable columns. Expected columns of numbers, or one of vectors, got %s."
              .formatted(encoder, from));
    }
  }

  /** File of the encoder in the bundle, as its makers wrote it. */
  public String encoderFile() {
    return "encoder-" + encoder + ".onnx";
  }

  @Override
  public Map<String, RawKind> reads() {
    Map<String, RawKind> reads = new LinkedHashMap<>();
    from.forEach(name -> reads.put(name, vectors ? RawKind.VECTOR : RawKind.NUMBER));
    return reads;
  }

  @Override
  public List<String> makes() {
    return List.of(column);
  }

  @Override
  public String title() {
    return "vectors that the frozen encoder `%s` makes of %s"
        .formatted(encoder, String.join(", ", from));
  }
}
