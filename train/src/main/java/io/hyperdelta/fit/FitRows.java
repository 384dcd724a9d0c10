package io.hyperdelta.fit;

import io.hyperdelta.bundle.InputBinding;
import io.hyperdelta.data.Column;
import io.hyperdelta.data.NumericColumn;
import io.hyperdelta.data.Table;
import io.hyperdelta.data.TextColumn;
import io.hyperdelta.spec.FitSpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
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

  /**
   * The rows of a run, each by itself, and some of them once more.
   *
   * @param open columns whose unknown categories are to be learned
   */
  static FitRows perRow(TrainingRows rows, List<String> open, FitSpec fit) {
    Copies copies = Copies.of(rows, rows.split().train(), open, fit.seed());
    return new FitRows(
        copies.table(),
        copies.labels(),
        Batching.perRow(copies.training(), rows.split().validation(), fit.batch()));
  }

  /**
   * The rows of a run for a woven graph: in blocks where conditions repeat, and some of them once
   * more with unknown categories, so that these are learned, too.
   *
   * @param training rows to learn from, some of them perhaps several times
   */
  static FitRows of(TrainingRows rows, int[] training, List<InputBinding> bindings, FitSpec fit) {
    Copies copies = Copies.of(rows, training, open(rows, bindings), fit.seed());
    return new FitRows(
        copies.table(),
        copies.labels(),
        Batching.of(
            copies.table(), bindings, copies.training(), rows.split().validation(), fit.batch()));
  }

  /**
   * The columns that only conditions see, and whose unknown categories are allowed or which may be
   * missing.
   */
  static List<String> open(TrainingRows rows, List<InputBinding> bindings) {
    return bindings.stream()
        .filter(b -> !b.target() && !b.closed())
        .filter(b -> !b.categories().isEmpty() || rows.mayMiss().containsAll(b.columns()))
        .flatMap(b -> b.columns().stream())
        .toList();
  }

  /**
   * Rows with copies behind them.
   *
   * @param training rows to learn from, copies among them
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Copies(Table table, double[] labels, int[] training) {
    static Copies of(TrainingRows rows, int[] training, List<String> open, long seed) {
      if (open.isEmpty()) {
        return new Copies(rows.table(), rows.labels().values(), training);
      }
      int[] copied = some(training, seed);
      int count = rows.table().rowCount();
      double[] labels = Arrays.copyOf(rows.labels().values(), count + copied.length);
      int[] learned = Arrays.copyOf(training, training.length + copied.length);
      for (int i = 0; i < copied.length; i++) {
        labels[count + i] = labels[copied[i]];
        learned[training.length + i] = count + i;
      }
      return new Copies(withUnknown(rows.table(), copied, open), labels, learned);
    }
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
   * A table and copies of some of its rows in which the values of some columns are missing:
   * category dropout, drawn once, so that frozen layers are still evaluated only once for each row.
   */
  private static Table withUnknown(Table table, int[] copied, List<String> columns) {
    int rows = table.rowCount();
    int[] index = IntStream.concat(IntStream.range(0, rows), Arrays.stream(copied)).toArray();
    List<Column> parts = new ArrayList<>();
    for (Column column : table.rows(index).columns()) {
      parts.add(columns.contains(column.name()) ? without(column, rows) : column);
    }
    return new Table(parts);
  }

  /** A column whose values are missing from a row on; vectors cannot be. */
  private static Column without(Column column, int from) {
    if (column instanceof NumericColumn numbers) {
      BitSet missing = new BitSet();
      missing.set(from, numbers.rowCount());
      double[] values = numbers.values();
      for (int row = 0; row < from; row++) {
        missing.set(row, numbers.missing(row));
      }
      return new NumericColumn(column.name(), values, missing);
    }
    if (!(column instanceof TextColumn known)) {
      return column;
    }
    @Nullable String[] texts = new @Nullable String[column.rowCount()];
    for (int row = 0; row < from; row++) {
      texts[row] = known.value(row);
    }
    return new TextColumn(column.name(), texts);
  }
}
