package io.hyperdelta.runtime;

import io.hyperdelta.bundle.InputBinding;
import io.hyperdelta.problem.Spelling;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The categories of a bundle's conditions, laid out once for looking up: a bundle may know a
 * million. Immutable, so safe to share between threads.
 */
final class KnownCategories {
  private final Map<String, Set<String>> byColumn;
  private final Set<String> closed;

  private KnownCategories(Map<String, Set<String>> byColumn, Set<String> closed) {
    this.byColumn = byColumn;
    this.closed = closed;
  }

  /** Those of some inputs. */
  static KnownCategories of(List<InputBinding> bindings) {
    Map<String, Set<String>> sets = new LinkedHashMap<>();
    Set<String> closed = new HashSet<>();
    for (InputBinding binding : bindings) {
      if (!binding.categories().isEmpty()) {
        sets.put(binding.columns().get(0), new HashSet<>(binding.categories()));
        if (binding.closed()) {
          closed.add(binding.columns().get(0));
        }
      }
    }
    return new KnownCategories(sets, closed);
  }

  /** What is unknown, and not refused, in the columns that the rows have. */
  List<UnknownCategories> unknown(Rows rows) {
    List<UnknownCategories> unknown = new ArrayList<>();
    byColumn.forEach(
        (column, known) -> {
          List<@Nullable String> texts = rows.texts(column);
          UnknownCategories found =
              texts == null || closed.contains(column) ? null : unknown(column, known, texts);
          if (found != null) {
            unknown.add(found);
          }
        });
    return unknown;
  }

  private static @Nullable UnknownCategories unknown(
      String column, Set<String> known, List<@Nullable String> values) {
    int count = 0;
    int first = -1;
    for (int row = 0; row < values.size(); row++) {
      String value = values.get(row);
      if (value == null || !known.contains(value)) {
        first = count++ == 0 ? row : first;
      }
    }
    return count == 0 ? null : new UnknownCategories(column, count, first, values.get(first));
  }

  /**
   * Refuses unknown categories of an input that is closed to them.
   *
   * @throws RowsException at the first one
   */
  void refuse(InputBinding binding, List<@Nullable String> values) {
    Set<String> known = byColumn.get(binding.columns().get(0));
    UnknownCategories unknown =
        known == null ? null : unknown(binding.columns().get(0), known, values);
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
