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

  /** The raw column in a graph. */
  ColumnInput input();

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
    public ColumnInput input() {
      return ColumnInput.number(column);
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
    public ColumnInput input() {
      return ColumnInput.text(column, null);
    }
  }

  /**
   * A learned vector for each category, and one for all that are unknown.
   *
   * @param column the column's name
   * @param categories the known ones
   * @param width numbers in a vector, 1 or more
   */
  record Category(String column, Categories categories, int width) implements ColumnEncoder {
    public Category {
      if (width < 1) {
        throw new IllegalArgumentException(
            "Column \"%s\" has no usable embedding. Expected a width of 1 or more, got %d."
                .formatted(column, width));
      }
    }

    @Override
    public ColumnInput input() {
      return ColumnInput.text(column, categories);
    }
  }

  /**
   * (cos, sin) of 2 pi x / period, so that the end of a period is next to its beginning: hours,
   * weekdays, angles.
   *
   * @param column the column's name
   * @param period in the column's unit, above 0
   */
  record Cyclic(String column, double period) implements ColumnEncoder {
    public Cyclic {
      if (!(period > 0) || !Float.isFinite((float) period) || (float) period == 0) {
        throw new IllegalArgumentException(
            "Column \"%s\" has no usable period. Expected a finite number above 0, got %s."
                .formatted(column, period));
      }
    }

    @Override
    public int width() {
      return 2;
    }

    @Override
    public ColumnInput input() {
      return ColumnInput.number(column);
    }
  }

  /**
   * A vector of numbers for each row, such as an embedding, each element standardised.
   *
   * @param column the column's name
   * @param means of the training rows, one for each element
   * @param deviations standard deviations of the training rows, above 0, one for each element
   */
  record Vector(String column, List<Double> means, List<Double> deviations)
      implements ColumnEncoder {
    public Vector {
      means = List.copyOf(means);
      deviations = List.copyOf(deviations);
      boolean finite =
          means.stream().allMatch(mean -> Float.isFinite(mean.floatValue()))
              && deviations.stream()
                  .map(Double::floatValue)
                  .allMatch(deviation -> Float.isFinite(deviation) && deviation > 0);
      if (means.isEmpty() || means.size() != deviations.size() || !finite) {
        throw new IllegalArgumentException(
            "Vectors of column \"%s\" cannot be standardised. Expected a finite mean and a deviation above 0 for each element, got %s and %s."
                .formatted(column, means, deviations));
      }
    }

    @Override
    public int width() {
      return means.size();
    }

    @Override
    public ColumnInput input() {
      return ColumnInput.vector(column, width());
    }
  }

  /** The encoder of a column, if there is one among several. */
  static Optional<ColumnEncoder> of(List<ColumnEncoder> encoders, String column) {
    return encoders.stream().filter(encoder -> encoder.column().equals(column)).findFirst();
  }
}
