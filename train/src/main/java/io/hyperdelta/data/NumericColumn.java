package io.hyperdelta.data;

import java.util.BitSet;
import java.util.Objects;

/** A column of numbers. Immutable, and so safe to share between threads. */
public final class NumericColumn implements Column {
  private final String name;
  private final double[] values;
  private final BitSet missing;

  /**
   * Creates a column.
   *
   * @param name the column's name
   * @param values one number per row; copied; those of missing rows do not matter
   * @param missing rows without a value; copied
   */
  public NumericColumn(String name, double[] values, BitSet missing) {
    this(values.clone(), (BitSet) missing.clone(), name);
  }

  /** Takes over the arrays. */
  private NumericColumn(double[] values, BitSet missing, String name) {
    this.name = name;
    this.values = values;
    this.missing = missing;
    if (missing.length() > values.length) {
      throw new IllegalArgumentException(
          "Column \""
              + name
              + "\" misses a row that is not there. Expected rows below "
              + values.length
              + ", got "
              + (missing.length() - 1)
              + ".");
    }
    missing.stream().forEach(row -> values[row] = Double.NaN);
  }

  @Override
  public String name() {
    return name;
  }

  @Override
  public String content() {
    return "numbers";
  }

  @Override
  public int rowCount() {
    return values.length;
  }

  @Override
  public boolean missing(int row) {
    return missing.get(Objects.checkIndex(row, values.length));
  }

  @Override
  public int missingCount() {
    return missing.cardinality();
  }

  /**
   * The number of a row; NaN when it is missing.
   *
   * @param row in [0, rowCount)
   */
  public double value(int row) {
    return values[row];
  }

  /** A copy of all numbers; NaN where one is missing. */
  public double[] values() {
    return values.clone();
  }

  @Override
  public NumericColumn rows(int[] index) {
    double[] chosen = new double[index.length];
    BitSet without = new BitSet(index.length);
    for (int i = 0; i < index.length; i++) {
      chosen[i] = values[index[i]];
      without.set(i, missing.get(index[i]));
    }
    return new NumericColumn(chosen, without, name);
  }
}
