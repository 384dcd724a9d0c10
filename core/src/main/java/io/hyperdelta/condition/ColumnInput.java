package io.hyperdelta.condition;

import io.hyperdelta.graph.Dtype;
import io.hyperdelta.graph.TensorType;
import org.jspecify.annotations.Nullable;

/**
 * A raw column as an input of a graph.
 *
 * @param column the column's name
 * @param text whether it holds texts rather than numbers
 * @param vector whether it holds vectors rather than single values
 * @param width values per row, 1 but for vectors
 * @param categories the texts known from training; null where they do not matter
 */
public record ColumnInput(
    String column, boolean text, boolean vector, int width, @Nullable Categories categories) {
  /** A number for each row. */
  public static ColumnInput number(String column) {
    return new ColumnInput(column, false, false, 1, null);
  }

  /** A text for each row. */
  public static ColumnInput text(String column, @Nullable Categories categories) {
    return new ColumnInput(column, true, false, 1, categories);
  }

  /** A vector for each row. */
  public static ColumnInput vector(String column, int width) {
    return new ColumnInput(column, false, true, width, null);
  }

  /** Its type in a graph, {@code [rowsSymbol, width]}. */
  public TensorType type(String rowsSymbol) {
    return TensorType.of(text ? Dtype.STRING : Dtype.FLOAT, rowsSymbol, width);
  }
}
