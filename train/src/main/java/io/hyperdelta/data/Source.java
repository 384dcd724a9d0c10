package io.hyperdelta.data;

import io.hyperdelta.spec.RowsSpec;
import java.nio.file.Path;
import java.util.List;

/** Where rows are read from. */
public sealed interface Source {
  /**
   * A file of rows; its kind follows from its extension: csv, tsv, parquet, json, ndjson or jsonl,
   * all but parquet also with {@code .gz} after it. CSV and TSV files have a header line.
   *
   * @param path the file
   * @param missing texts of a CSV or TSV file that mean a missing value, besides the empty field
   */
  record File(Path path, List<String> missing) implements Source {
    /** Copies the texts. */
    public File {
      missing = List.copyOf(missing);
    }
  }

  /**
   * The rows that a query gives.
   *
   * @param sql one SELECT statement of DuckDB; it can read whatever files the process can
   * @param folder where relative file names in the query are looked up
   */
  record Query(String sql, Path folder) implements Source {}

  /** A file without texts that mean a missing value. */
  static Source file(Path path) {
    return new File(path, List.of());
  }

  /**
   * The source that a spec names.
   *
   * @param rows the spec's rows
   * @param missing texts that mean a missing value
   * @throws DataException if such texts are given with a query
   */
  static Source of(RowsSpec rows, List<String> missing) {
    if (rows instanceof RowsSpec.File file) {
      return new File(file.path(), missing);
    }
    if (!missing.isEmpty()) {
      throw new DataException(
          "data.missing cannot be used with a query. Expected it only with CSV or TSV files, got "
              + String.join(", ", missing)
              + ". Use nullif(column, 'NA') in the query.",
          null);
    }
    RowsSpec.Query query = (RowsSpec.Query) rows;
    return new Query(query.sql(), query.folder());
  }
}
