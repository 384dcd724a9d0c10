package io.hyperdelta.spec;

import java.util.Arrays;
import java.util.List;

/**
 * What a hypernetwork sees of a row.
 *
 * @param columns in order; at least one, each once
 * @param constantNorm whether the encoded condition is scaled to a constant norm
 */
public record ConditionSpec(List<ConditionColumn> columns, boolean constantNorm) {
  /** Checks and copies the columns. */
  public ConditionSpec {
    Require.columns("condition", columns.stream().map(ConditionColumn::column).toList());
    columns = List.copyOf(columns);
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
