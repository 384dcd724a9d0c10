package io.hyperdelta.fit;

import io.hyperdelta.bundle.EncodedNumbers;
import io.hyperdelta.bundle.EncodedTexts;
import io.hyperdelta.condition.FrozenEncoder;
import io.hyperdelta.data.Column;
import io.hyperdelta.data.DataException;
import io.hyperdelta.data.NumericColumn;
import io.hyperdelta.data.Table;
import io.hyperdelta.data.TextColumn;
import io.hyperdelta.data.VectorColumn;
import io.hyperdelta.graph.ModelException;
import io.hyperdelta.graph.TensorValue;
import io.hyperdelta.spec.SpecException;
import io.hyperdelta.text.PooledEncoder;
import io.hyperdelta.text.TextEncoder;
import io.hyperdelta.text.TextException;
import io.hyperdelta.text.TokenizerFile;
import io.hyperdelta.text.VectorNorm;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/** Columns that a frozen encoder makes, run once for each distinct value. Stateless. */
final class EncodedColumns {
  /** Values at once; a text encoder sorts about as many by length. */
  private static final int CHUNK = 1024;

  /** Values that are encoded together and alone, to see that rows do not mix. */
  private static final int COMPARED = 4;

  private EncodedColumns() {}

  /**
   * Vectors of texts.
   *
   * @throws DataException if a text cannot be encoded
   */
  static VectorColumn texts(
      EncodedTexts step, byte[] onnx, TokenizerFile tokenizer, Table table, Progress progress) {
    TextColumn column = table.text(step.from());
    VectorNorm norm = step.unitNorm() ? VectorNorm.UNIT : VectorNorm.AS_POOLED;
    PooledEncoder pooled = PooledEncoder.of(onnx, step.encoder(), norm);
    Distinct<String> distinct = new Distinct<>();
    for (int row = 0; row < column.rowCount(); row++) {
      String text = column.value(row);
      distinct.add(text == null ? "" : text, row);
    }
    // Every text is encoded once here, so there is nothing to remember.
    try (EncoderProgram program = new EncoderProgram(pooled.model(), step.encoder());
        TextEncoder encoder =
            TextEncoder.builder(pooled, tokenizer, program::run)
                .maxTokens(step.maxTokens())
                .cacheBytes(0)
                .build()) {
      return distinct.column(
          step.column(),
          "encode " + step.from(),
          progress,
          texts -> {
            try {
              return rows(encoder.encode(new ArrayList<>(texts)));
            } catch (TextException e) {
              throw precise(e, encoder, step, texts, distinct);
            }
          });
    }
  }

  /** The encoder counts the texts that it is given, and users their rows. */
  private static DataException precise(
      TextException problem,
      TextEncoder encoder,
      EncodedTexts step,
      List<String> texts,
      Distinct<String> distinct) {
    for (String text : texts) {
      try {
        encoder.encode(List.of(text));
      } catch (TextException e) {
        return new DataException(
            "Condition column \"%s\" cannot be encoded in row %d. %s"
                .formatted(step.from(), distinct.firstRow(text) + 1, e.getMessage()),
            e);
      }
    }
    return new DataException(
        "Condition column \"%s\" cannot be encoded. %s"
            .formatted(step.from(), problem.getMessage()),
        problem);
  }

  /**
   * Vectors of numbers.
   *
   * @throws DataException if a number is missing or not finite
   * @throws ModelException if the encoder does not take the columns, or makes no finite vectors
   * @throws SpecException if it mixes rows
   */
  static VectorColumn numbers(EncodedNumbers step, byte[] onnx, Table table, Progress progress) {
    Distinct<ByteBuffer> distinct = new Distinct<>();
    int width = width(step, table);
    for (int row = 0; row < table.rowCount(); row++) {
      distinct.add(values(step, table, row, width), row);
    }
    FrozenEncoder encoder =
        FrozenEncoder.of(onnx, step.encoder(), step.input(), step.output(), width);
    try (EncoderProgram program = new EncoderProgram(encoder.model(), step.encoder())) {
      Function<List<ByteBuffer>, List<float[]>> encode =
          values -> {
            TensorValue input = stacked(values, width);
            return encoder.vectors(
                program.run(Map.of(encoder.input(), input)).get(encoder.output()), values.size());
          };
      checkRowsStayApart(distinct.values(), encode, step);
      return distinct.column(
          step.column(), "encode " + String.join(", ", step.from()), progress, encode);
    }
  }

  private static int width(EncodedNumbers step, Table table) {
    if (!step.vectors()) {
      return step.from().size();
    }
    Column column = table.column(step.from().get(0));
    return column instanceof VectorColumn vectors ? vectors.width() : 1;
  }

  private static ByteBuffer values(EncodedNumbers step, Table table, int row, int width) {
    ByteBuffer values = ByteBuffer.allocate(width * Float.BYTES);
    for (String name : step.from()) {
      Column column = table.column(name);
      if (step.vectors() && column instanceof VectorColumn vectors) {
        for (int i = 0; i < width; i++) {
          values.putFloat(finite(vectors.value(row, i), name, row));
        }
      } else {
        NumericColumn numbers = table.numeric(name);
        values.putFloat(finite(numbers.value(row), name, row));
      }
    }
    return values.flip();
  }

  private static float finite(double value, String column, int row) {
    float narrow = (float) value;
    if (!Float.isFinite(narrow)) {
      throw new DataException(
          "Condition column \"%s\" is not usable in row %d. Expected a finite number for its encoder, got %s. Leave the row out, or fill it in with sql."
              .formatted(column, row + 1, Double.isNaN(value) ? "NaN or a missing value" : value),
          null);
    }
    // Zero has one sign, so that equal numbers are one value.
    return narrow == 0 ? 0 : narrow;
  }

  private static TensorValue stacked(List<ByteBuffer> rows, int width) {
    float[] values = new float[Math.multiplyExact(rows.size(), width)];
    for (int row = 0; row < rows.size(); row++) {
      rows.get(row).asFloatBuffer().get(values, row * width, width);
    }
    return TensorValue.ofFloats(values, rows.size(), width);
  }

  /** A graph that mixes rows would give a condition another vector with every batch. */
  private static void checkRowsStayApart(
      List<ByteBuffer> values,
      Function<List<ByteBuffer>, List<float[]>> encode,
      EncodedNumbers step) {
    List<ByteBuffer> some = values.subList(0, Math.min(COMPARED, values.size()));
    List<float[]> together = encode.apply(some);
    for (int i = 0; i < some.size(); i++) {
      float[] alone = encode.apply(List.of(some.get(i))).get(0);
      for (int element = 0; element < alone.length; element++) {
        float expected = together.get(i)[element];
        if (Math.abs(alone[element] - expected) > 1e-3 * Math.max(1, Math.abs(expected))) {
          throw new SpecException(
              "Encoder \"%s\" mixes rows: the same numbers become %s or %s at element %d, depending on the rows beside them. Expected a graph that keeps rows on the first axis apart."
                  .formatted(step.encoder(), expected, alone[element], element + 1),
              null);
        }
      }
    }
  }

  private static List<float[]> rows(TensorValue vectors) {
    float[] values = vectors.floats();
    int dim = Math.toIntExact(vectors.dim(1));
    List<float[]> rows = new ArrayList<>();
    for (int start = 0; start < values.length; start += dim) {
      rows.add(Arrays.copyOfRange(values, start, start + dim));
    }
    return rows;
  }

  /** Distinct values in the order of their first rows. */
  private static final class Distinct<T> {
    private final Map<T, Integer> numbers = new LinkedHashMap<>();
    private final Map<T, Integer> firstRows = new LinkedHashMap<>();
    private final List<Integer> ofRow = new ArrayList<>();

    void add(T value, int row) {
      Integer known = numbers.putIfAbsent(value, numbers.size());
      firstRows.putIfAbsent(value, row);
      ofRow.add(known == null ? numbers.size() - 1 : known);
    }

    int firstRow(T value) {
      return firstRows.getOrDefault(value, 0);
    }

    List<T> values() {
      return List.copyOf(numbers.keySet());
    }

    VectorColumn column(
        String name, String title, Progress progress, Function<List<T>, List<float[]>> encode) {
      List<T> values = values();
      List<float[]> vectors = new ArrayList<>(values.size());
      try (Progress.Step step = progress.begin(title, values.size(), "values")) {
        for (int from = 0; from < values.size(); from += CHUNK) {
          List<T> chunk = values.subList(from, Math.min(from + CHUNK, values.size()));
          vectors.addAll(encode.apply(chunk));
          step.advance(chunk.size());
        }
      }
      int width = vectors.get(0).length;
      long size = (long) ofRow.size() * width;
      if (size > Integer.MAX_VALUE - 8) {
        throw new DataException(
            "The vectors of condition column \"%s\" do not fit in memory: %,d rows of %,d numbers. Expected at most %,d numbers. Use fewer rows."
                .formatted(name, ofRow.size(), width, Integer.MAX_VALUE - 8),
            null);
      }
      float[] all = new float[(int) size];
      for (int row = 0; row < ofRow.size(); row++) {
        System.arraycopy(vectors.get(ofRow.get(row)), 0, all, row * width, width);
      }
      return new VectorColumn(name, all, width);
    }
  }
}
