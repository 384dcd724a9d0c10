package io.hyperdelta.fit;

import io.hyperdelta.bundle.InputBinding;
import io.hyperdelta.data.NumericColumn;
import io.hyperdelta.data.Table;
import io.hyperdelta.data.TextColumn;
import io.hyperdelta.data.VectorColumn;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Tells apart the conditions of rows. Stateless. */
final class ConditionGroups {
  private ConditionGroups() {}

  /**
   * Numbers conditions: two rows have the same number exactly if all inputs that hold conditions
   * are filled with the same bits for both. Missing values are equal to each other.
   *
   * @param bindings how inputs are filled; those that hold no conditions are passed over
   * @return for each row a number from 0, in the order of first appearance
   */
  static int[] of(Table table, List<InputBinding> bindings, int[] rows) {
    int[] groups = new int[rows.length];
    for (InputBinding binding : bindings) {
      if (binding.condition()) {
        for (String column : binding.columns()) {
          if (table.column(column) instanceof VectorColumn vectors) {
            for (int element = 0; element < vectors.width(); element++) {
              refine(groups, bits(vectors, element, rows));
            }
          } else {
            refine(groups, binding.text() ? texts(table, column, rows) : bits(table, column, rows));
          }
        }
      }
    }
    return groups;
  }

  /** Parts groups whose rows differ in one more value. */
  private static void refine(int[] groups, int[] values) {
    Map<Long, Integer> numbers = new HashMap<>();
    for (int i = 0; i < groups.length; i++) {
      long key = (long) groups[i] << 32 | (values[i] & 0xffffffffL);
      Integer number = numbers.putIfAbsent(key, numbers.size());
      groups[i] = number == null ? numbers.size() - 1 : number;
    }
  }

  private static int[] bits(VectorColumn vectors, int element, int[] rows) {
    int[] bits = new int[rows.length];
    for (int i = 0; i < rows.length; i++) {
      bits[i] = Float.floatToIntBits(vectors.value(rows[i], element));
    }
    return bits;
  }

  private static int[] bits(Table table, String column, int[] rows) {
    NumericColumn numbers = table.numeric(column);
    int[] bits = new int[rows.length];
    for (int i = 0; i < rows.length; i++) {
      bits[i] = Float.floatToIntBits((float) numbers.value(rows[i]));
    }
    return bits;
  }

  private static int[] texts(Table table, String column, int[] rows) {
    TextColumn texts = table.text(column);
    Map<String, Integer> numbers = new HashMap<>();
    int[] values = new int[rows.length];
    for (int i = 0; i < rows.length; i++) {
      String text = texts.value(rows[i]);
      String given = text == null ? "" : text;
      Integer number = numbers.putIfAbsent(given, numbers.size());
      values[i] = number == null ? numbers.size() - 1 : number;
    }
    return values;
  }
}
