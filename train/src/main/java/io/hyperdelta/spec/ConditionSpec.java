package io.hyperdelta.spec;

import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a hypernetwork sees of a row.
 *
 * @param columns in order; at least one, each once
 * @param constantNorm whether the encoded condition is scaled to a constant norm
 * @param join the context table that all columns come from; null where the rows have them
 */
public record ConditionSpec(
    List<ConditionColumn> columns, boolean constantNorm, @Nullable JoinSpec join) {
  /** Checks and copies the columns. */
  public ConditionSpec {
    Require.columns("condition", columns.stream().map(ConditionColumn::column).toList());
    columns = List.copyOf(columns);
    if (join != null && join.open()) {
      columns.forEach(ConditionSpec::checkMayMiss);
    }
    if (join != null) {
      for (ConditionColumn column : columns) {
        if (column.columns().contains(join.rowsKey())) {
          throw new IllegalArgumentException(
              "The key \"%s\" is also a column that the table gives. Expected other columns. To see the key itself, put it in a condition of its own."
                  .formatted(join.rowsKey()));
        }
      }
    }
  }

  /** Columns of the rows themselves. */
  public ConditionSpec(List<ConditionColumn> columns, boolean constantNorm) {
    this(columns, constantNorm, null);
  }

  private static void checkMayMiss(ConditionColumn column) {
    if (!(column instanceof ConditionColumn.Numeric)
        && !(column instanceof ConditionColumn.Category)) {
      throw new IllegalArgumentException(
          "Column \"%s\" cannot be missing, and unknown: allow makes it so for keys that the table lacks. Expected only columns of type number, without an encoder, and category. Leave unknown at refuse, or take the column from another table."
              .formatted(column.column()));
    }
  }

  /** A condition of numeric columns. */
  public static ConditionSpec of(String... columns) {
    return of(Arrays.stream(columns).map(ConditionColumn::number).toArray(ConditionColumn[]::new));
  }

  /** A condition of columns of any kind. */
  public static ConditionSpec of(ConditionColumn... columns) {
    return new ConditionSpec(List.of(columns), false);
  }
}
