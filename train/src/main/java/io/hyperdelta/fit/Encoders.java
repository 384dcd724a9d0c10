package io.hyperdelta.fit;

import io.hyperdelta.condition.Categories;
import io.hyperdelta.condition.ColumnEncoder;
import io.hyperdelta.condition.Condition;
import io.hyperdelta.condition.ConditionEncoder;
import io.hyperdelta.data.Column;
import io.hyperdelta.data.DataException;
import io.hyperdelta.data.NumericColumn;
import io.hyperdelta.data.Table;
import io.hyperdelta.data.TextColumn;
import io.hyperdelta.data.VectorColumn;
import io.hyperdelta.spec.ConditionColumn;
import io.hyperdelta.spec.ConditionSpec;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;

/** Column encoders whose numbers come from the training rows. */
final class Encoders {
  /**
   * Beyond this, a text is an identifier rather than a category, and one-hot vectors no way to
   * encode it.
   */
  private static final int MAX_CATEGORIES = 1000;

  /** Beyond this, the learned vectors or entries would not fit into a graph file. */
  private static final int MAX_CONTEXTS = 1_000_000;

  private final Table table;
  private final int[] training;
  private final Set<String> mayMiss;

  /** Encoders of the training rows. */
  Encoders(TrainingRows rows) {
    this.table = rows.table();
    this.training = rows.split().train();
    this.mayMiss = rows.mayMiss();
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

  /** The distinct texts of the training rows, in order. */
  private SortedSet<String> texts(TextColumn column) {
    SortedSet<String> texts = new TreeSet<>();
    for (int row : training) {
      String value = column.value(row);
      if (value != null) {
        texts.add(value);
      }
    }
    return texts;
  }

  private List<String> categories(TextColumn column) {
    Set<String> categories = texts(column);
    if (categories.isEmpty()) {
      throw new DataException(
          "Feature \"%s\" has no values in the training rows. Expected at least one. Leave it out."
              .formatted(column.name()),
          null);
    }
    if (categories.size() > MAX_CATEGORIES) {
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
   * @throws DataException if a column holds values of another kind, has NaN or infinite values, or
   *     is constant in the training rows
   */
  Condition condition(String name, ConditionSpec spec) {
    List<ColumnEncoder> encoders = new ArrayList<>();
    for (ConditionColumn column : spec.columns()) {
      encoders.add(encoder("condition \"" + name + "\"", column));
    }
    return new Condition(name, new ConditionEncoder(encoders, spec.constantNorm()));
  }

  private ColumnEncoder encoder(String user, ConditionColumn spec) {
    String name = spec.column();
    if (spec instanceof ConditionColumn.Category category) {
      Categories categories = contexts(user, name, category.closed());
      int root = (int) Math.ceil(Math.sqrt(categories.count()));
      int width = Math.min(ConditionColumn.Category.MAX_DEFAULT_WIDTH, root);
      return new ColumnEncoder.Category(
          name, categories, category.width() == 0 ? width : category.width());
    }
    if (spec instanceof ConditionColumn.Vector) {
      return vector(user, name);
    }
    NumericColumn column = numbers(user, name);
    if (spec instanceof ConditionColumn.Cyclic cyclic) {
      if (column.missingCount() > 0) {
        throw new DataException(
            "Condition column \"%s\" has missing values in %d of %d rows. Expected a finite number in every row of a cyclic column; leave such rows out, or fill them in with sql."
                .formatted(name, column.missingCount(), column.rowCount()),
            null);
      }
      return new ColumnEncoder.Cyclic(name, cyclic.period());
    }
    Moments moments = Moments.of(column, training);
    return new ColumnEncoder.Standardise(
        name,
        moments.mean(),
        moments.deviation(),
        column.missingCount() > 0 || mayMiss.contains(name));
  }

  /** Elements that are constant become 0; at least one must vary. */
  private ColumnEncoder vector(String user, String name) {
    if (!(table.column(name) instanceof VectorColumn column)) {
      throw new DataException(
          "Condition column \"%s\" of %s holds %s. Expected lists of numbers."
              .formatted(name, user, table.column(name).content()),
          null);
    }
    for (int row = 0; row < column.rowCount(); row++) {
      for (int element = 0; element < column.width(); element++) {
        if (!Float.isFinite(column.value(row, element))) {
          throw new DataException(
              "Condition column \"%s\" is not usable in row %d. Expected finite numbers, got %s at position %d."
                  .formatted(name, row + 1, column.value(row, element), element + 1),
              null);
        }
      }
    }
    List<Double> means = new ArrayList<>();
    List<Double> deviations = new ArrayList<>();
    boolean varies = false;
    for (Moments moments : Moments.of(column, training)) {
      means.add(moments.mean());
      deviations.add(moments.deviation() == 0 ? 1 : moments.deviation());
      varies |= moments.deviation() > 0;
    }
    if (!varies) {
      throw constant(user, name, "the same vector");
    }
    return new ColumnEncoder.Vector(name, means, deviations);
  }

  /** A column of finite numbers that vary. */
  private NumericColumn numbers(String user, String name) {
    if (!(table.column(name) instanceof NumericColumn column)) {
      throw new DataException(
          "Condition column \"%s\" of %s holds texts. Expected numbers. Maybe you meant {column: %s, type: category}."
              .formatted(name, user, name),
          null);
    }
    checkFinite("Condition", column);
    Moments moments = Moments.of(column, training);
    if (moments.deviation() == 0) {
      throw constant(user, name, String.valueOf(moments.mean()));
    }
    return column;
  }

  private static DataException constant(String user, String name, String value) {
    return new DataException(
        "Condition column \"%s\" is constant in the training rows. Expected at least two values, got %s everywhere. Nothing can be learned from it; leave it out of %s."
            .formatted(name, value, user),
        null);
  }

  /**
   * The categories of a column that names contexts.
   *
   * @param user what needs them, for messages
   * @param closed whether others will be refused
   * @throws DataException if the column holds numbers, or fewer than two or too many texts
   */
  Categories contexts(String user, String name, boolean closed) {
    if (!(table.column(name) instanceof TextColumn column)) {
      throw new DataException(
          "Column \"%s\" is read as numbers by a feature, and as categories by %s. Expected one type. Give the feature type category, or copy the column under another name with sql."
              .formatted(name, user),
          null);
    }
    SortedSet<String> texts = texts(column);
    if (texts.size() < 2) {
      throw constant(user, name, texts.isEmpty() ? "a missing value" : '"' + texts.first() + '"');
    }
    if (texts.size() > MAX_CONTEXTS) {
      throw new DataException(
          "Column \"%s\" has %,d categories in the training rows. Expected at most %,d for %s."
              .formatted(name, texts.size(), MAX_CONTEXTS, user),
          null);
    }
    return new Categories(List.copyOf(texts), closed);
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
