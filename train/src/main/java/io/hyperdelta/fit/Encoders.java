package io.hyperdelta.fit;

import io.hyperdelta.condition.ColumnEncoder;
import io.hyperdelta.condition.Condition;
import io.hyperdelta.condition.ConditionEncoder;
import io.hyperdelta.data.Column;
import io.hyperdelta.data.DataException;
import io.hyperdelta.data.NumericColumn;
import io.hyperdelta.data.Table;
import io.hyperdelta.data.TextColumn;
import io.hyperdelta.spec.ConditionSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;

/** Column encoders whose numbers come from the training rows. */
final class Encoders {
  /**
   * Beyond this, a text is an identifier rather than a category, and one-hot vectors no way to
   * encode it.
   */
  private static final int MAX_CATEGORIES = 1000;

  private final Table table;
  private final int[] training;

  Encoders(Table table, int[] training) {
    this.table = table;
    this.training = training;
  }

  /**
   * Encoders of features. A constant number becomes 0; a missing number becomes the mean, and is
   * said to be missing.
   *
   * @throws DataException if a number is NaN or infinite, or a text has too many categories
   */
  List<ColumnEncoder> features(List<String> columns) {
    List<ColumnEncoder> encoders = new ArrayList<>();
    for (String name : columns) {
      Column column = table.column(name);
      if (column instanceof NumericColumn numbers) {
        checkFinite("Feature", numbers);
        Moments moments = Moments.of(numbers, training);
        double deviation = moments.deviation() == 0 ? 1 : moments.deviation();
        encoders.add(
            new ColumnEncoder.Standardise(
                name, moments.mean(), deviation, numbers.missingCount() > 0));
      } else {
        encoders.add(new ColumnEncoder.OneHot(name, categories((TextColumn) column)));
      }
    }
    return encoders;
  }

  private List<String> categories(TextColumn column) {
    TreeSet<String> categories = new TreeSet<>();
    for (int row : training) {
      String value = column.value(row);
      if (value != null) {
        categories.add(value);
      }
    }
    if (categories.isEmpty() || categories.size() > MAX_CATEGORIES) {
      throw new DataException(
          "Feature \"%s\" has %d categories in the training rows. Expected 1 to %d. Maybe it is an identifier; leave it out."
              .formatted(column.name(), categories.size(), MAX_CATEGORIES),
          null);
    }
    return List.copyOf(categories);
  }

  /**
   * A condition.
   *
   * @throws DataException if a column has missing, NaN or infinite values, or is constant in the
   *     training rows
   */
  Condition condition(String name, ConditionSpec spec) {
    List<ColumnEncoder> encoders = new ArrayList<>();
    for (String columnName : spec.columns()) {
      if (!(table.column(columnName) instanceof NumericColumn column)) {
        throw new DataException(
            "Condition column \"%s\" of condition \"%s\" holds texts. Expected numbers; make some of them with sql, or leave it out."
                .formatted(columnName, name),
            null);
      }
      if (column.missingCount() > 0) {
        throw new DataException(
            "Condition column \"%s\" has missing values in %d of %d rows. Expected a finite number in every row; leave such rows out, or fill them in with sql."
                .formatted(columnName, column.missingCount(), column.rowCount()),
            null);
      }
      checkFinite("Condition", column);
      Moments moments = Moments.of(column, training);
      if (moments.deviation() == 0) {
        throw new DataException(
            "Condition column \"%s\" is constant in the training rows. Expected at least two values, got %s everywhere. A hypernetwork cannot learn from it; leave it out of condition \"%s\"."
                .formatted(columnName, moments.mean(), name),
            null);
      }
      encoders.add(
          new ColumnEncoder.Standardise(columnName, moments.mean(), moments.deviation(), false));
    }
    return new Condition(name, new ConditionEncoder(encoders));
  }

  private static void checkFinite(String role, NumericColumn column) {
    for (int row = 0; row < column.rowCount(); row++) {
      if (!column.missing(row) && !Float.isFinite((float) column.value(row))) {
        throw new DataException(
            "%s column \"%s\" is not usable in row %d. Expected a finite number, got %s."
                .formatted(role, column.name(), row + 1, column.value(row)),
            null);
      }
    }
  }
}
