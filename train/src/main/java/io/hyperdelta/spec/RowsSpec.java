package io.hyperdelta.spec;

import java.nio.file.Path;

/** Where the rows come from. */
public sealed interface RowsSpec {
  /**
   * Rows of a file.
   *
   * @param path the file; a relative path is resolved against the working directory
   */
  record File(Path path) implements RowsSpec {
    /** Makes the path absolute. */
    public File {
      path = Require.absolute(path);
    }
  }

  /**
   * Rows that a query gives.
   *
   * @param sql one SELECT statement of DuckDB
   * @param folder where relative file names in the query are looked up
   */
  record Query(String sql, Path folder) implements RowsSpec {
    /** Checks the query and makes the folder absolute. */
    public Query {
      Require.text("sql", sql);
      folder = Require.absolute(folder);
    }
  }
}
