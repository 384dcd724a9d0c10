package io.hyperdelta.cli;

import io.hyperdelta.runtime.UnknownCategories;
import java.util.List;

/** Says which categories were not in training: what comes of them is a guess. Stateless. */
final class UnknownNote {
  private UnknownNote() {}

  /** Prints a line for each column that has some. */
  static void print(List<UnknownCategories> columns, Terminal terminal) {
    columns.forEach(unknown -> print(unknown, terminal));
  }

  private static void print(UnknownCategories unknown, Terminal terminal) {
    String value = unknown.value() == null ? "missing" : '"' + unknown.value() + '"';
    terminal
        .err()
        .printf(
            "note: %,d row%s with a \"%s\" that was not in training (row %d: %s): predicted with what is learned for unknown ones.%n",
            unknown.count(),
            unknown.count() == 1 ? "" : "s",
            unknown.column(),
            unknown.firstRow() + 1,
            value);
  }
}
