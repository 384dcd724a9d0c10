package io.hyperdelta.spec;

import java.nio.file.Path;

/**
 * A context table that a condition's columns come from, joined to the rows by a key.
 *
 * @param table a file of rows; a relative path is resolved against the working directory
 * @param rowsKey the rows' column that holds the key
 * @param tableKey the table's column that holds it
 * @param open whether rows whose key the table lacks are allowed: their values are then missing
 */
public record JoinSpec(Path table, String rowsKey, String tableKey, boolean open) {
  /** Checks names and makes the path absolute. */
  public JoinSpec {
    table = Require.absolute(table);
    Require.text("key", rowsKey);
    Require.text("key", tableKey);
  }

  /**
   * A join on a column of the same name on both sides, which refuses unknown keys.
   *
   * @param table a file of rows
   * @param key the column
   */
  public static JoinSpec of(Path table, String key) {
    return new JoinSpec(table, key, key, false);
  }
}
