package io.hyperdelta.spec;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The rows, what is predicted from which columns, and how the rows are split.
 *
 * @param rows where the rows come from
 * @param label SQL expression over the columns: what is predicted
 * @param features columns that the target network sees; empty only where the target's inputs name
 *     them
 * @param contexts SQL expressions; rows that agree in all of them are one context
 * @param split how rows are divided
 * @param missing texts of a CSV file that mean a missing value, besides the empty field
 */
public record DataSpec(
    RowsSpec rows,
    String label,
    List<FeatureSpec> features,
    List<String> contexts,
    SplitSpec split,
    List<String> missing) {
  /** Checks names and copies the lists. */
  public DataSpec {
    Require.text("data.label", label);
    Require.distinct("data.features", features.stream().map(FeatureSpec::column).toList());
    features = List.copyOf(features);
    contexts = Require.distinct("data.contexts", contexts);
    missing = List.copyOf(missing);
  }

  /**
   * Rows of a file.
   *
   * @param file CSV, TSV, Parquet, JSON or NDJSON; a relative path is resolved against the working
   *     directory
   */
  public static Builder rows(Path file) {
    return new Builder(new RowsSpec.File(file));
  }

  /**
   * Rows that a query gives; file names in it are relative to the working directory.
   *
   * @param query one SELECT statement of DuckDB
   */
  public static Builder sql(String query) {
    return new Builder(new RowsSpec.Query(query, Path.of("")));
  }

  /** Collects the parts of a {@link DataSpec}. Not thread-safe. */
  public static final class Builder {
    private final RowsSpec rows;
    private @Nullable String label;
    private final List<FeatureSpec> features = new ArrayList<>();
    private List<String> contexts = List.of();
    private SplitSpec split = SplitSpec.defaults();
    private List<String> missing = List.of();

    Builder(RowsSpec rows) {
      this.rows = rows;
    }

    /** Sets the SQL expression that is predicted; needed. */
    public Builder label(String expression) {
      label = expression;
      return this;
    }

    /** Adds features whose types the data decides. */
    public Builder features(String... columns) {
      for (String column : columns) {
        features.add(FeatureSpec.of(column));
      }
      return this;
    }

    /** Adds features. */
    public Builder features(FeatureSpec... specs) {
      features.addAll(List.of(specs));
      return this;
    }

    /** Sets the SQL expressions that tell contexts apart; none by default. */
    public Builder contexts(String... expressions) {
      contexts = List.of(expressions);
      return this;
    }

    /** Sets the split; {@link SplitSpec#defaults()} by default. */
    public Builder split(SplitSpec spec) {
      split = spec;
      return this;
    }

    /** Sets texts that mean a missing value; none by default. */
    public Builder missing(String... texts) {
      missing = List.of(texts);
      return this;
    }

    /**
     * The finished spec.
     *
     * @throws IllegalArgumentException if a part is missing or out of range
     */
    public DataSpec build() {
      if (label == null) {
        throw new IllegalArgumentException(
            "data.label is missing. Expected an SQL expression, got nothing.");
      }
      return new DataSpec(rows, label, features, contexts, split, missing);
    }
  }
}
