package io.hyperdelta.spec;

import java.util.List;

/**
 * What a hypernetwork sees of a row.
 *
 * @param columns names of numeric columns, in order; at least one
 */
public record ConditionSpec(List<String> columns) {
  /** Checks and copies the names. */
  public ConditionSpec {
    columns = Require.columns("condition", columns);
  }

  /** A condition of numeric columns. */
  public static ConditionSpec of(String... columns) {
    return new ConditionSpec(List.of(columns));
  }
}
