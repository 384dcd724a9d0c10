package io.hyperdelta.bundle;

import java.util.List;

/**
 * How an input of the graphs is filled from raw columns.
 *
 * @param input name of the graph input
 * @param columns the columns that make it, side by side: {@code [rows, columns]}
 * @param text whether the columns are text rather than numbers
 * @param missing whether missing values are allowed; numbers then travel as NaN, texts as the empty
 *     string
 * @param target whether the target sees it
 * @param condition whether a hypernetwork sees it
 */
public record InputBinding(
    String input,
    List<String> columns,
    boolean text,
    boolean missing,
    boolean target,
    boolean condition) {
  public InputBinding {
    columns = List.copyOf(columns);
  }
}
