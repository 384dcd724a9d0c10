package io.hyperdelta.data;

import io.hyperdelta.spec.SplitSpec;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import java.util.Random;

/**
 * How the rows of a table are divided. Rows are counted from 0 and ascend in each part; every row
 * is in exactly one part. Immutable, and so safe to share between threads: arrays are copies.
 */
public final class Split {
  private final int[] train;
  private final int[] validation;
  private final int[] seenTest;
  private final int[] unseenTest;
  private final int[] contextOfRow;
  private final int contextCount;

  private Split(
      int[] train,
      int[] validation,
      int[] seenTest,
      int[] unseenTest,
      int[] contextOfRow,
      int contextCount) {
    this.train = train;
    this.validation = validation;
    this.seenTest = seenTest;
    this.unseenTest = unseenTest;
    this.contextOfRow = contextOfRow;
    this.contextCount = contextCount;
  }

  /**
   * Divides the rows of a table. The same table, columns and spec give the same split on every
   * machine and JDK.
   *
   * @param table the rows
   * @param contextColumns columns that tell contexts apart; when there are none, all rows are one
   *     context and none is held out
   * @param spec the fractions: of the contexts for the unseen ones, of the remaining rows for test
   *     and validation; counts are rounded to the nearest whole number
   * @throws DataException if a context column is missing a value, or if a part that should have
   *     rows would have none
   */
  public static Split of(Table table, List<String> contextColumns, SplitSpec spec) {
    int[] contextOfRow = new int[table.rowCount()];
    int contextCount = number(table, contextColumns, contextOfRow);
    // java.util.Random: its numbers are laid down for all JDKs.
    Random random = new Random(spec.seed());
    boolean[] unseen = new boolean[contextCount];
    if (!contextColumns.isEmpty()) {
      int[] shuffled = shuffled(range(contextCount), random);
      for (int i = 0; i < unseenCount(contextCount, spec); i++) {
        unseen[shuffled[i]] = true;
      }
    }
    int[] unseenTest = where(contextOfRow, unseen, true);
    int[] rest = shuffled(where(contextOfRow, unseen, false), random);
    int test = Math.toIntExact(Math.round(spec.test() * rest.length));
    int validation = Math.toIntExact(Math.round(spec.validation() * rest.length));
    filled("test", spec.test(), test, rest.length);
    filled("validation", spec.validation(), validation, rest.length);
    filled("training", 1, rest.length - test - validation, rest.length);
    return new Split(
        sorted(rest, test + validation, rest.length),
        sorted(rest, test, test + validation),
        sorted(rest, 0, test),
        unseenTest,
        contextOfRow,
        contextCount);
  }

  /** Rows to learn from. */
  public int[] train() {
    return train.clone();
  }

  /** Rows that decide when fitting stops. */
  public int[] validation() {
    return validation.clone();
  }

  /** Test rows of contexts that are not held out. */
  public int[] seenTest() {
    return seenTest.clone();
  }

  /** Test rows of contexts that are held out whole; none without contexts. */
  public int[] unseenTest() {
    return unseenTest.clone();
  }

  /** The context of each row, in [0, contextCount), in the order of the contexts' values. */
  public int[] contextOfRow() {
    return contextOfRow.clone();
  }

  /** The number of contexts; 1 when no columns tell them apart. */
  public int contextCount() {
    return contextCount;
  }

  /** Numbers the contexts by their sorted values and returns how many there are. */
  private static int number(Table table, List<String> names, int[] contextOfRow) {
    List<Column> columns = names.stream().map(table::column).toList();
    for (Column column : columns) {
      if (column instanceof VectorColumn) {
        throw new DataException(
            "Context \"%s\" holds vectors. Expected texts or numbers that tell contexts apart."
                .formatted(column.name()),
            null);
      }
      for (int row = 0; row < table.rowCount(); row++) {
        if (column.missing(row)
            || (column instanceof NumericColumn numbers && !Double.isFinite(numbers.value(row)))) {
          throw new DataException(
              "Context \""
                  + column.name()
                  + "\" has no value in row "
                  + (row + 1)
                  + ". Expected a text or a finite number in every row, got "
                  + (column.missing(row) ? "a missing value" : ((NumericColumn) column).value(row))
                  + ". Drop such rows, or give them a value with coalesce(...).",
              null);
        }
      }
    }
    Comparator<Integer> byKey =
        columns.stream()
            .map(Split::order)
            .reduce(Comparator::thenComparing)
            .orElse(Comparator.comparing(row -> 0));
    Integer[] rows = Arrays.stream(range(table.rowCount())).boxed().toArray(Integer[]::new);
    Arrays.sort(rows, byKey);
    int context = 0;
    for (int i = 0; i < rows.length; i++) {
      context += i > 0 && byKey.compare(rows[i - 1], rows[i]) != 0 ? 1 : 0;
      contextOfRow[rows[i]] = context;
    }
    return context + 1;
  }

  private static Comparator<Integer> order(Column column) {
    if (column instanceof NumericColumn numbers) {
      // Adding 0 makes -0 and 0 the same context.
      return (a, b) -> Double.compare(numbers.value(a) + 0.0, numbers.value(b) + 0.0);
    }
    TextColumn texts = (TextColumn) column;
    return Comparator.comparing(row -> Objects.requireNonNull(texts.value(row)));
  }

  private static int unseenCount(int contextCount, SplitSpec spec) {
    int count = Math.toIntExact(Math.round(spec.unseenContexts() * contextCount));
    if (spec.unseenContexts() > 0 && (count == 0 || count == contextCount)) {
      throw new DataException(
          "The split would hold out "
              + count
              + " of "
              + contextCount
              + " contexts. Expected at least one to hold out and one to learn from, got"
              + " split.unseenContexts "
              + spec.unseenContexts()
              + ". Use finer contexts or another fraction.",
          null);
    }
    return count;
  }

  private static void filled(String part, double fraction, int count, int rows) {
    if (fraction > 0 && count <= 0) {
      throw new DataException(
          "The split would leave no "
              + part
              + " rows. Expected at least one, got none of "
              + rows
              + " rows of seen contexts. Use more rows or other fractions in data.split.",
          null);
    }
  }

  private static int[] where(int[] contextOfRow, boolean[] unseen, boolean wanted) {
    return Arrays.stream(range(contextOfRow.length))
        .filter(row -> unseen[contextOfRow[row]] == wanted)
        .toArray();
  }

  /** Fisher and Yates's shuffle, in place. */
  private static int[] shuffled(int[] values, Random random) {
    for (int i = values.length - 1; i > 0; i--) {
      int j = random.nextInt(i + 1);
      int value = values[i];
      values[i] = values[j];
      values[j] = value;
    }
    return values;
  }

  private static int[] sorted(int[] values, int from, int to) {
    int[] part = Arrays.copyOfRange(values, from, to);
    Arrays.sort(part);
    return part;
  }

  private static int[] range(int count) {
    int[] values = new int[count];
    Arrays.setAll(values, i -> i);
    return values;
  }
}
