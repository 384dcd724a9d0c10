package io.hyperdelta.fit;

import io.hyperdelta.data.Column;
import io.hyperdelta.data.Table;
import io.hyperdelta.data.TextColumn;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * Rows as fitting sees them.
 *
 * @param table the columns
 * @param labels one for each row
 * @param training rows to learn from
 * @param validation rows that tell when to stop
 */
record FitRows(Table table, double[] labels, int[] training, int[] validation) {
  /**
   * Share of the training rows that are seen once more without their categories: enough to learn
   * from, few enough to cost little.
   */
  private static final double UNKNOWN = 0.1;

  /** The rows of a run. */
  static FitRows of(TrainingRows rows) {
    return new FitRows(
        rows.table(), rows.labels().values(), rows.split().train(), rows.split().validation());
  }

  /**
   * These rows and copies of some, in which the texts of some columns are missing: category
   * dropout, drawn once, so that frozen layers are still evaluated only once for each row.
   *
   * @param columns names of text columns; if there are none, nothing is added
   */
  FitRows withUnknown(List<String> columns, long seed) {
    if (columns.isEmpty()) {
      return this;
    }
    int count = Math.max(1, (int) Math.round(UNKNOWN * training.length));
    int[] order = training.clone();
    Random random = new Random(seed);
    for (int i = 0; i < count; i++) {
      int j = i + random.nextInt(order.length - i);
      int row = order[i];
      order[i] = order[j];
      order[j] = row;
    }
    int rows = table.rowCount();
    int[] index =
        IntStream.concat(IntStream.range(0, rows), Arrays.stream(order, 0, count)).toArray();
    double[] all = Arrays.copyOf(labels, index.length);
    int[] learned = Arrays.copyOf(training, training.length + count);
    for (int i = 0; i < count; i++) {
      all[rows + i] = labels[order[i]];
      learned[training.length + i] = rows + i;
    }
    List<Column> parts = new ArrayList<>();
    for (Column column : table.rows(index).columns()) {
      boolean dropped = columns.contains(column.name()) && column instanceof TextColumn;
      parts.add(dropped ? without((TextColumn) column, rows) : column);
    }
    return new FitRows(new Table(parts), all, learned, validation);
  }

  /** A column whose texts are missing from a row on. */
  private static TextColumn without(TextColumn column, int from) {
    @Nullable String[] texts = new @Nullable String[column.rowCount()];
    for (int row = 0; row < from; row++) {
      texts[row] = column.value(row);
    }
    return new TextColumn(column.name(), texts);
  }
}
