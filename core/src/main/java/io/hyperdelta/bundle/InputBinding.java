package io.hyperdelta.bundle;

import java.util.List;
import java.util.Objects;

/**
 * How an input of the graphs is filled from raw columns.
 *
 * @param input name of the graph input
 * @param columns the columns that make it, side by side: {@code [rows, columns]}
 * @param text whether the columns are text rather than numbers
 * @param missing whether missing values are allowed; numbers then travel as NaN, texts as the empty
 *     string
 * @param target whether the target sees it
 * @param condition whether a source of deltas sees it
 * @param categories the texts that are known from training; empty where that does not matter
 * @param closed whether other texts are refused
 * @param vector numbers in each of the vectors that the only column holds; 0 where columns hold
 *     single values
 */
public record InputBinding(
    String input,
    List<String> columns,
    boolean text,
    boolean missing,
    boolean target,
    boolean condition,
    List<String> categories,
    boolean closed,
    int vector) {
  public InputBinding {
    columns = List.copyOf(columns);
    // A manifest may lack them.
    categories = List.copyOf(Objects.requireNonNullElse(categories, List.of()));
  }

  /** A binding of columns whose texts, if they are texts, need not be known. */
  public InputBinding(
      String input,
      List<String> columns,
      boolean text,
      boolean missing,
      boolean target,
      boolean condition) {
    this(input, columns, text, missing, target, condition, List.of(), false, 0);
  }
}
