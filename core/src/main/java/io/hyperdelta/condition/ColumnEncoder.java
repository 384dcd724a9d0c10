package io.hyperdelta.condition;

import java.util.List;
import java.util.Optional;

/**
 * How one raw column becomes numbers that a network can take. The values in it are fixed when the
 * rows are known.
 */
public sealed interface ColumnEncoder {
  /** The column's name. */
  String column();

  /** Numbers that the column becomes. */
  int width();

  /** Whether the raw column is text rather than numbers. */
  boolean isText();

  /**
   * (x - mean) / deviation.
   *
   * @param column the column's name
   * @param mean of the training rows
   * @param deviation standard deviation of the training rows, above 0
   * @param missing whether a missing value, NaN in the graph, stands for the mean, and an indicator
   *     column says so
   */
  record Standardise(String column, double mean, double deviation, boolean missing)
      implements ColumnEncoder {
    public Standardise {
      // As the graph holds them: a deviation that rounds to 0 would make every value infinite.
      if (!Float.isFinite((float) mean)
          || !Float.isFinite((float) deviation)
          || (float) deviation <= 0) {
        throw new IllegalArgumentException(
            "Column \"%s\" cannot be standardised. Expected a finite mean and a deviation above 0, got %s and %s. Maybe the column is constant."
                .formatted(column, mean, deviation));
      }
    }

    @Override
    public int width() {
      return missing ? 2 : 1;
    }

    @Override
    public boolean isText() {
      return false;
    }
  }

  /**
   * One number per category, 1 for the row's own and 0 for the others; all 0 for a category not in
   * the list.
   *
   * @param column the column's name
   * @param categories at least one, unique
   */
  record OneHot(String column, List<String> categories) implements ColumnEncoder {
    public OneHot {
      categories = List.copyOf(categories);
      if (categories.isEmpty() || categories.stream().distinct().count() != categories.size()) {
        throw new IllegalArgumentException(
            "Column \"%s\" has unusable categories. Expected one or more, each once, got %s."
                .formatted(column, categories));
      }
    }

    @Override
    public int width() {
      return categories.size();
    }

    @Override
    public boolean isText() {
      return true;
    }
  }

  /** The encoder of a column, if there is one among several. */
  static Optional<ColumnEncoder> of(List<ColumnEncoder> encoders, String column) {
    return encoders.stream().filter(encoder -> encoder.column().equals(column)).findFirst();
  }
}
