package io.hyperdelta.condition;

import java.util.List;

/**
 * What a hypernetwork sees.
 *
 * @param name the condition's name
 * @param encoder its columns and how they become a vector
 */
public record Condition(String name, ConditionEncoder encoder) {
  /** Names of the columns, in order. */
  public List<String> columns() {
    return encoder.columns().stream().map(ColumnEncoder::column).toList();
  }
}
