package io.hyperdelta.data;

/** One column of a table. Immutable, and so safe to share between threads. */
public sealed interface Column permits NumericColumn, TextColumn, VectorColumn {
  /** The column's name. */
  String name();

  /** What its values are, in a word: numbers, texts or vectors. */
  String content();

  /** The number of rows. */
  int rowCount();

  /**
   * Whether a row has no value here. A value that is NaN or infinite is not missing.
   *
   * @param row in [0, rowCount)
   */
  boolean missing(int row);

  /** The number of rows without a value. */
  int missingCount();

  /**
   * A column of some rows of this one.
   *
   * @param index rows of this column, in the order wanted; a row may be taken twice
   */
  Column rows(int[] index);
}
