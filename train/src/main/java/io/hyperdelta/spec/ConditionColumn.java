package io.hyperdelta.spec;

/** A column of a condition, and how its values are understood. */
public sealed interface ConditionColumn {
  /** The column's name. */
  String column();

  /**
   * Numbers, standardised; a missing one becomes the mean, and an indicator says so.
   *
   * @param column the column's name
   */
  record Numeric(String column) implements ConditionColumn {
    /** Checks the name. */
    public Numeric {
      Require.text("column", column);
    }
  }

  /**
   * Texts, each of which gets a learned vector.
   *
   * @param column the column's name
   * @param width numbers in a vector, or 0 to take the root of the number of categories, at most
   *     {@link #MAX_DEFAULT_WIDTH}
   * @param closed whether predictions refuse a category that was not in training; otherwise it gets
   *     a vector that is learned for unknown ones
   */
  record Category(String column, int width, boolean closed) implements ConditionColumn {
    /** Wider vectors have to be asked for: most have no use for more. */
    public static final int MAX_DEFAULT_WIDTH = 16;

    /** Checks name and width. */
    public Category {
      Require.text("column", column);
      Require.between("width", width, 0, 65_536);
    }
  }

  /**
   * Numbers on a circle, such as hours of a day: (cos, sin).
   *
   * @param column the column's name
   * @param period after which values repeat, above 0
   */
  record Cyclic(String column, double period) implements ConditionColumn {
    /** Checks name and period. */
    public Cyclic {
      Require.text("column", column);
      Require.positive("period", period);
    }
  }

  /**
   * Vectors of numbers, such as embeddings; each element is standardised.
   *
   * @param column the column's name; lists, or texts such as {@code [0.5, 1]}
   */
  record Vector(String column) implements ConditionColumn {
    /** Checks the name. */
    public Vector {
      Require.text("column", column);
    }
  }

  /** A column of vectors. */
  static ConditionColumn vector(String column) {
    return new Vector(column);
  }

  /** A column of numbers. */
  static ConditionColumn number(String column) {
    return new Numeric(column);
  }

  /** A column of texts with vectors of the default width, open to unknown ones. */
  static ConditionColumn category(String column) {
    return new Category(column, 0, false);
  }

  /** A column of numbers on a circle. */
  static ConditionColumn cyclic(String column, double period) {
    return new Cyclic(column, period);
  }
}
