package io.hyperdelta.data;

import io.hyperdelta.spec.FeatureSpec;

/**
 * One column to read.
 *
 * @param name the column's name in the table that is read
 * @param expression SQL expression over the columns of the source
 * @param kind how its values are understood
 */
public record Selection(String name, String expression, Kind kind) {
  /** How values are understood. */
  public enum Kind {
    /** Numbers and truth values become numbers, texts stay texts. */
    AUTO,
    /** Every value must be a number, also where the source holds texts. */
    NUMBER,
    /** Values become texts; those of a text file are taken exactly as written. */
    CATEGORY,
    /**
     * Every value is a list of numbers, all of one length; texts such as {@code [1, 2]} are read.
     */
    VECTOR
  }

  /** Checks that name and expression say something. */
  public Selection {
    if (name.isEmpty() || expression.isBlank()) {
      throw new IllegalArgumentException(
          "A selection is empty. Expected a name and an SQL expression, got \""
              + name
              + "\" and \""
              + expression
              + "\".");
    }
  }

  /** A column of the source whose values say whether they are numbers or texts. */
  public static Selection column(String name) {
    return column(name, Kind.AUTO);
  }

  /**
   * A column of the source.
   *
   * @param name its name, with whatever characters
   * @param kind how its values are understood
   */
  public static Selection column(String name, Kind kind) {
    return new Selection(name, quoted(name), kind);
  }

  /** An expression, named by itself, whose values say whether they are numbers or texts. */
  public static Selection expression(String expression) {
    return new Selection(expression, expression, Kind.AUTO);
  }

  /** The column that a spec names as a feature. */
  public static Selection of(FeatureSpec feature) {
    return column(
        feature.column(),
        switch (feature.type()) {
          case AUTO -> Kind.AUTO;
          case NUMBER -> Kind.NUMBER;
          case CATEGORY -> Kind.CATEGORY;
        });
  }

  /** A name as an SQL identifier. */
  static String quoted(String name) {
    return '"' + name.replace("\"", "\"\"") + '"';
  }
}
