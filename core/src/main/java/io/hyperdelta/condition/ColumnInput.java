package io.hyperdelta.condition;

import io.hyperdelta.graph.Dtype;
import io.hyperdelta.graph.TensorType;
import org.jspecify.annotations.Nullable;

/**
 * A raw column as an input of a graph.
 *
 * @param column the column's name
 * @param text whether it holds texts rather than numbers
 * @param width values per row, 1 but for vectors
 * @param categories the texts known from training; null where they do not matter
 */
public record ColumnInput(String column, boolean text, int width, @Nullable Categories categories) {
  /** A number for each row. */
  public static ColumnInput number(String column) {
    return new ColumnInput(column, false, 1, null);
  }

  /** A text for each row. */
  public static ColumnInput text(String column, @Nullable Categories categories) {
    return new ColumnInput(column, true, 1, categories);
  }

  /** Its type in a graph, {@code [rowsSymbol, width]}. */
  public TensorType type(String rowsSymbol) {
    return TensorType.of(text ? Dtype.STRING : Dtype.FLOAT, rowsSymbol, width);
  }
}
