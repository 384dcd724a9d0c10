package io.hyperdelta.data;

import io.hyperdelta.problem.Spelling;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Named columns of equal length. Immutable, and so safe to share between threads. */
public final class Table {
  private final int rowCount;
  private final Map<String, Column> columns;

  /**
   * Creates a table.
   *
   * @param columns at least one, with different names and equally many rows
   * @throws IllegalArgumentException if that is not so
   */
  public Table(List<? extends Column> columns) {
    if (columns.isEmpty()) {
      throw new IllegalArgumentException(
          "A table has no columns. Expected at least one, got none.");
    }
    this.rowCount = columns.get(0).rowCount();
    this.columns = new LinkedHashMap<>();
    for (Column column : columns) {
      if (column.rowCount() != rowCount || this.columns.put(column.name(), column) != null) {
        throw new IllegalArgumentException(
            "Column \""
                + column.name()
                + "\" does not fit its table. Expected a new name and "
                + rowCount
                + " rows, got "
                + column.rowCount()
                + " rows.");
      }
    }
  }

  /** The number of rows. */
  public int rowCount() {
    return rowCount;
  }

  /** The columns in order. */
  public List<Column> columns() {
    return List.copyOf(columns.values());
  }

  /** The names of the columns in order. */
  public List<String> names() {
    return List.copyOf(columns.keySet());
  }

  /** Whether there is a column of a name. */
  public boolean has(String name) {
    return columns.containsKey(name);
  }

  /**
   * The column of a name.
   *
   * @throws DataException if there is none
   */
  public Column column(String name) {
    Column column = columns.get(name);
    if (column == null) {
      throw new DataException(
          "Column \""
              + name
              + "\" is not in the table. Expected one of "
              + String.join(", ", columns.keySet())
              + ", got \""
              + name
              + "\"."
              + Spelling.advice(name, columns.keySet()),
          null);
    }
    return column;
  }

  /**
   * The column of a name, as numbers.
   *
   * @throws DataException if there is none or it holds something else
   */
  public NumericColumn numeric(String name) {
    if (column(name) instanceof NumericColumn numbers) {
      return numbers;
    }
    throw unusable(name, "numbers");
  }

  /**
   * The column of a name, as texts.
   *
   * @throws DataException if there is none or it holds something else
   */
  public TextColumn text(String name) {
    if (column(name) instanceof TextColumn texts) {
      return texts;
    }
    throw unusable(name, "texts");
  }

  private DataException unusable(String name, String expected) {
    return new DataException(
        "Column \"%s\" cannot be used here. Expected %s, got %s."
            .formatted(name, expected, column(name).content()),
        null);
  }

  /**
   * A table of some rows of this one.
   *
   * @param index rows of this table, in the order wanted; a row may be taken twice
   */
  public Table rows(int[] index) {
    return new Table(columns.values().stream().map(column -> column.rows(index)).toList());
  }

  /** The number of missing values of each column that has any, in the order of the columns. */
  public Map<String, Integer> missing() {
    Map<String, Integer> counts = new LinkedHashMap<>();
    for (Column column : columns.values()) {
      if (column.missingCount() > 0) {
        counts.put(column.name(), column.missingCount());
      }
    }
    return Collections.unmodifiableMap(counts);
  }
}
