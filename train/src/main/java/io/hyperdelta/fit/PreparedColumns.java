package io.hyperdelta.fit;

import io.hyperdelta.bundle.ContextKey;
import io.hyperdelta.bundle.EncodedNumbers;
import io.hyperdelta.bundle.EncodedTexts;
import io.hyperdelta.bundle.JoinedColumns;
import io.hyperdelta.bundle.JoinedTable;
import io.hyperdelta.bundle.JoinedTableFile;
import io.hyperdelta.bundle.Preparation;
import io.hyperdelta.data.Column;
import io.hyperdelta.data.JoinedTableReader;
import io.hyperdelta.data.NumericColumn;
import io.hyperdelta.data.Table;
import io.hyperdelta.data.TextColumn;
import io.hyperdelta.data.VectorColumn;
import io.hyperdelta.text.TokenizerFile;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The rows of a run with the columns that were prepared.
 *
 * @param table the columns that were read, then those that were made
 * @param files what the bundle needs to do the same, by name
 */
record PreparedColumns(Table table, Map<String, byte[]> files) {
  /**
   * Does what a plan says.
   *
   * @param missing texts of a CSV file that mean a missing value
   */
  static PreparedColumns of(
      PlannedColumns plan, Table rows, List<String> missing, Progress progress) {
    Map<String, byte[]> files = new LinkedHashMap<>(plan.files());
    Table table = rows;
    for (Preparation step : plan.steps()) {
      List<Column> columns = new ArrayList<>(table.columns());
      if (step instanceof JoinedColumns join) {
        JoinedTable joined = JoinedTableReader.read(plan.table(join), join, missing);
        columns.addAll(joined(join, joined, table));
        files.put(join.file(), JoinedTableFile.write(joined));
      } else if (step instanceof EncodedTexts texts) {
        TokenizerFile tokenizer =
            TokenizerFile.of(file(files, texts.tokenizerFile()), texts.encoder());
        columns.add(
            EncodedColumns.texts(
                texts, file(files, texts.encoderFile()), tokenizer, table, progress));
      } else {
        EncodedNumbers numbers = (EncodedNumbers) step;
        columns.add(
            EncodedColumns.numbers(numbers, file(files, numbers.encoderFile()), table, progress));
      }
      table = new Table(columns);
    }
    return new PreparedColumns(table, files);
  }

  private static byte[] file(Map<String, byte[]> files, String name) {
    return Objects.requireNonNull(files.get(name), name);
  }

  private static List<Column> joined(JoinedColumns step, JoinedTable joined, Table rows) {
    int[] found = joined.find(keys(rows.column(step.key())), step);
    List<Column> columns = new ArrayList<>();
    for (String name : step.columns().keySet()) {
      double[] numbers = joined.numbers(name);
      List<@Nullable String> texts = joined.texts(name);
      if (numbers != null) {
        columns.add(numbers(name, numbers, found));
      } else if (texts != null) {
        @Nullable String[] values = new @Nullable String[found.length];
        for (int row = 0; row < found.length; row++) {
          values[row] = found[row] < 0 ? null : texts.get(found[row]);
        }
        columns.add(new TextColumn(name, values));
      } else {
        columns.add(vectors(name, Objects.requireNonNull(joined.vectors(name), name), found));
      }
    }
    return columns;
  }

  private static List<@Nullable String> keys(Column column) {
    List<@Nullable String> keys = new ArrayList<>(column.rowCount());
    for (int row = 0; row < column.rowCount(); row++) {
      if (column.missing(row)) {
        keys.add(null);
      } else if (column instanceof NumericColumn numbers) {
        keys.add(ContextKey.of(numbers.value(row), column.name()));
      } else {
        keys.add(((TextColumn) column).value(row));
      }
    }
    return keys;
  }

  private static NumericColumn numbers(String name, double[] numbers, int[] found) {
    double[] values = new double[found.length];
    BitSet missing = new BitSet();
    for (int row = 0; row < found.length; row++) {
      values[row] = found[row] < 0 ? Double.NaN : numbers[found[row]];
      missing.set(row, Double.isNaN(values[row]));
    }
    return new NumericColumn(name, values, missing);
  }

  /** Unknown keys are never allowed where there are vectors. */
  private static VectorColumn vectors(String name, float[][] vectors, int[] found) {
    int width = vectors[0].length;
    float[] values = new float[Math.multiplyExact(found.length, width)];
    for (int row = 0; row < found.length; row++) {
      System.arraycopy(vectors[found[row]], 0, values, row * width, width);
    }
    return new VectorColumn(name, values, width);
  }
}
