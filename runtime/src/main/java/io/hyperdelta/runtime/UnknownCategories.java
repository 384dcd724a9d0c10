package io.hyperdelta.runtime;

import io.hyperdelta.bundle.InputBinding;
import io.hyperdelta.problem.Spelling;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The rows of a prediction whose category was not in training: an embedding gives them the vector
 * for unknown ones, a table what all contexts share.
 *
 * @param column the category's column
 * @param count rows with an unknown one
 * @param firstRow the first of them, from 0
 * @param value its text; null if it is missing
 */
public record UnknownCategories(String column, int count, int firstRow, @Nullable String value) {
  /** What is unknown in a column; null if nothing is. */
  static @Nullable UnknownCategories of(InputBinding binding, List<@Nullable String> values) {
    Set<String> known = new HashSet<>(binding.categories());
    int count = 0;
    int first = -1;
    for (int row = 0; row < values.size(); row++) {
      String value = values.get(row);
      if (value == null || !known.contains(value)) {
        first = count++ == 0 ? row : first;
      }
    }
    return count == 0
        ? null
        : new UnknownCategories(binding.columns().get(0), count, first, values.get(first));
  }

  /**
   * Refuses unknown categories.
   *
   * @throws RowsException at the first one
   */
  static void refuse(InputBinding binding, List<@Nullable String> values) {
    UnknownCategories unknown = of(binding, values);
    if (unknown != null) {
      String value = unknown.value() == null ? "" : unknown.value();
      throw new RowsException(
          "Condition column \"%s\" has a category in row %d that was not in training. Expected one of %s, got %s.%s The model was trained to refuse unknown ones."
              .formatted(
                  unknown.column(),
                  unknown.firstRow() + 1,
                  examples(binding.categories()),
                  unknown.value() == null ? "a missing value" : '"' + value + '"',
                  Spelling.advice(value, binding.categories())));
    }
  }

  private static String examples(List<String> categories) {
    int shown = Math.min(5, categories.size());
    String some = String.join(", ", categories.subList(0, shown));
    return shown == categories.size()
        ? some
        : some + " and %,d more".formatted(categories.size() - shown);
  }
}
