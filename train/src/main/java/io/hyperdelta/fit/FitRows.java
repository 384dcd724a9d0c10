package io.hyperdelta.fit;

import io.hyperdelta.bundle.InputBinding;
import io.hyperdelta.data.Column;
import io.hyperdelta.data.Table;
import io.hyperdelta.data.TextColumn;
import io.hyperdelta.spec.FitSpec;
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
 * @param batching which rows are learned from, which tell when to stop, and how they are put
 *     together
 */
record FitRows(Table table, double[] labels, Batching batching) {
  /**
   * Share of the training rows that are seen once more without their categories: enough to learn
   * from, few enough to cost little.
   */
  private static final double UNKNOWN = 0.1;

  /** The rows of a run, each by itself. */
  static FitRows perRow(TrainingRows rows, int batch) {
    return new FitRows(
        rows.table(),
        rows.labels().values(),
        Batching.perRow(rows.split().train(), rows.split().validation(), batch));
  }

  /**
   * The rows of a run for a woven graph: in blocks where conditions repeat, and some of them once
   * more with unknown categories, so that these are learned, too.
   */
  static FitRows of(TrainingRows rows, List<InputBinding> bindings, FitSpec fit) {
    List<String> open =
        bindings.stream()
            .filter(b -> !b.target() && !b.closed() && !b.categories().isEmpty())
            .flatMap(b -> b.columns().stream())
            .toList();
    int[] training = rows.split().train();
    int[] validation = rows.split().validation();
    int[] copied = open.isEmpty() ? new int[0] : some(training, fit.seed());
    Table table = open.isEmpty() ? rows.table() : withUnknown(rows.table(), copied, open);
    int count = rows.table().rowCount();
    double[] labels = Arrays.copyOf(rows.labels().values(), count + copied.length);
    int[] learned = Arrays.copyOf(training, training.length + copied.length);
    for (int i = 0; i < copied.length; i++) {
      labels[count + i] = labels[copied[i]];
      learned[training.length + i] = count + i;
    }
    return new FitRows(
        table, labels, Batching.of(table, bindings, learned, validation, fit.batch()));
  }

  /** Rows to be copied, without repetition. */
  private static int[] some(int[] training, long seed) {
    int[] order = training.clone();
    int count = Math.max(1, (int) Math.round(UNKNOWN * order.length));
    Random random = new Random(seed);
    for (int i = 0; i < count; i++) {
      int j = i + random.nextInt(order.length - i);
      int row = order[i];
      order[i] = order[j];
      order[j] = row;
    }
    return Arrays.copyOf(order, count);
  }

  /**
   * A table and copies of some of its rows in which the texts of some columns are missing: category
   * dropout, drawn once, so that frozen layers are still evaluated only once for each row.
   */
  private static Table withUnknown(Table table, int[] copied, List<String> columns) {
    int rows = table.rowCount();
    int[] index = IntStream.concat(IntStream.range(0, rows), Arrays.stream(copied)).toArray();
    List<Column> parts = new ArrayList<>();
    for (Column column : table.rows(index).columns()) {
      boolean dropped = columns.contains(column.name()) && column instanceof TextColumn;
      parts.add(dropped ? without((TextColumn) column, rows) : column);
    }
    return new Table(parts);
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
