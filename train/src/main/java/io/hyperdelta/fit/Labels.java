package io.hyperdelta.fit;

import io.hyperdelta.data.Column;
import io.hyperdelta.data.DataException;
import io.hyperdelta.data.NumericColumn;
import io.hyperdelta.data.TextColumn;
import io.hyperdelta.spec.Objective;
import java.math.BigDecimal;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * What is predicted, one number per row.
 *
 * @param name the label's expression
 * @param values numbers, or indices into the classes
 * @param classes the classes in their order, empty for numbers
 * @param mean of the training rows; 0 for classes
 * @param deviation standard deviation of the training rows; 1 for classes
 */
record Labels(String name, double[] values, List<String> classes, double mean, double deviation) {
  /**
   * Labels of a column.
   *
   * @param training rows whose mean and deviation are taken
   * @throws DataException if a row has no usable label, or all training rows have the same
   */
  static Labels of(Column column, Objective objective, int[] training) {
    if (column.missingCount() > 0) {
      int row = 0;
      while (!column.missing(row)) {
        row++;
      }
      throw new DataException(
          "Label \"%s\" has missing values: %d of %d rows, the first of them row %d. Expected a label in every row. Leave such rows out, for example with sql: \"select ... where ... is not null\"."
              .formatted(column.name(), column.missingCount(), column.rowCount(), row + 1),
          null);
    }
    return switch (objective) {
      case MSE, HUBER -> numbers(numeric(column), training);
      case BCE -> binary(numeric(column));
      case CROSS_ENTROPY -> classes(column);
    };
  }

  private static NumericColumn numeric(Column column) {
    if (!(column instanceof NumericColumn numbers)) {
      throw new DataException(
          "Label \"%s\" is text. Expected numbers for this objective. Maybe you meant objective: cross-entropy."
              .formatted(column.name()),
          null);
    }
    for (int row = 0; row < numbers.rowCount(); row++) {
      if (!Float.isFinite((float) numbers.value(row))) {
        throw new DataException(
            "Label \"%s\" is not usable in row %d. Expected a finite number, got %s. Maybe the expression divides by zero or takes a logarithm of zero there."
                .formatted(column.name(), row + 1, numbers.value(row)),
            null);
      }
    }
    return numbers;
  }

  private static Labels numbers(NumericColumn column, int[] training) {
    double[] values = column.values();
    Moments moments = Moments.of(column, training);
    if (moments.deviation() == 0) {
      throw new DataException(
          "Label \"%s\" is constant in the training rows. Expected at least two values, got %s everywhere."
              .formatted(column.name(), moments.mean()),
          null);
    }
    return new Labels(column.name(), values, List.of(), moments.mean(), moments.deviation());
  }

  private static Labels binary(NumericColumn column) {
    double[] values = column.values();
    for (int row = 0; row < values.length; row++) {
      if (values[row] != 0 && values[row] != 1) {
        throw new DataException(
            "Label \"%s\" is not binary in row %d. Expected 0 or 1, got %s. Maybe you meant objective: cross-entropy."
                .formatted(column.name(), row + 1, values[row]),
            null);
      }
    }
    return new Labels(column.name(), values, List.of(), 0, 1);
  }

  private static Labels classes(Column column) {
    Set<String> distinct = new HashSet<>();
    for (int row = 0; row < column.rowCount(); row++) {
      distinct.add(text(column, row));
    }
    List<String> classes = sorted(distinct);
    if (classes.size() < 2 || classes.size() > 10_000) {
      throw new DataException(
          "Label \"%s\" has %d classes. Expected 2 to 10,000. Maybe you meant objective: mse."
              .formatted(column.name(), classes.size()),
          null);
    }
    if (column instanceof NumericColumn && classes.size() > column.rowCount() / 2) {
      throw new DataException(
          "Label \"%s\" has %d classes in %d rows. Expected classes with several rows each. Maybe you meant objective: mse."
              .formatted(column.name(), classes.size(), column.rowCount()),
          null);
    }
    Map<String, Integer> indices = new HashMap<>();
    classes.forEach(label -> indices.put(label, indices.size()));
    double[] values = new double[column.rowCount()];
    for (int row = 0; row < values.length; row++) {
      values[row] = Objects.requireNonNull(indices.get(text(column, row)));
    }
    return new Labels(column.name(), values, classes, 0, 1);
  }

  /** By size if all are numbers, else by letters: a mixture has no order that is both. */
  private static List<String> sorted(Set<String> classes) {
    boolean numbers = classes.stream().allMatch(c -> c.matches("-?[0-9]+(\\.[0-9]+)?"));
    Comparator<String> order =
        numbers ? Comparator.comparing((String c) -> new BigDecimal(c)) : Comparator.naturalOrder();
    return classes.stream().sorted(order.thenComparing(Comparator.naturalOrder())).toList();
  }

  private static String text(Column column, int row) {
    if (column instanceof TextColumn texts) {
      return Objects.requireNonNull(texts.value(row));
    }
    double value = ((NumericColumn) column).value(row);
    return value == Math.rint(value) ? Long.toString((long) value) : Double.toString(value);
  }

  /** Outputs that a network needs for these labels. */
  int outputCount() {
    return classes.isEmpty() ? 1 : classes.size();
  }

  /** The labels of some rows. */
  double[] of(int[] rows) {
    double[] some = new double[rows.length];
    for (int i = 0; i < rows.length; i++) {
      some[i] = values[rows[i]];
    }
    return some;
  }
}
