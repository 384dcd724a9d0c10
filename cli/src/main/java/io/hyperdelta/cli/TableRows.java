package io.hyperdelta.cli;

import io.hyperdelta.data.Column;
import io.hyperdelta.data.NumericColumn;
import io.hyperdelta.data.Table;
import io.hyperdelta.data.TextColumn;
import io.hyperdelta.data.VectorColumn;
import io.hyperdelta.runtime.Rows;
import org.jspecify.annotations.Nullable;

/** Tables as rows for the runtime, which reads no files and so knows no tables. Stateless. */
final class TableRows {
  private TableRows() {}

  static Rows of(Table table) {
    Rows.Builder rows = Rows.builder(table.rowCount());
    for (Column column : table.columns()) {
      if (column instanceof NumericColumn numbers) {
        rows.numbers(column.name(), numbers.values());
      } else if (column instanceof VectorColumn vectors) {
        rows.vectors(column.name(), vectors.vectors());
      } else {
        TextColumn texts = (TextColumn) column;
        @Nullable String[] values = new @Nullable String[table.rowCount()];
        for (int row = 0; row < values.length; row++) {
          values[row] = texts.value(row);
        }
        rows.texts(column.name(), values);
      }
    }
    return rows.build();
  }
}
