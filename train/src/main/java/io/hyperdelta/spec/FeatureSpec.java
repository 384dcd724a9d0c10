package io.hyperdelta.spec;

/**
 * A column that the target network sees.
 *
 * @param column the column's name
 * @param type how its values are understood
 */
public record FeatureSpec(String column, Type type) {
  /** How the values of a feature are understood. */
  public enum Type {
    /** Numbers stay numbers, texts become categories. */
    AUTO,
    /** Every value must be a number. */
    NUMBER,
    /** Values are texts exactly as written. */
    CATEGORY
  }

  /** Checks the name. */
  public FeatureSpec {
    Require.text("column", column);
  }

  /** A feature whose type the data decides. */
  public static FeatureSpec of(String column) {
    return new FeatureSpec(column, Type.AUTO);
  }

  /** A numeric feature. */
  public static FeatureSpec number(String column) {
    return new FeatureSpec(column, Type.NUMBER);
  }

  /** A categorical feature. */
  public static FeatureSpec category(String column) {
    return new FeatureSpec(column, Type.CATEGORY);
  }
}
