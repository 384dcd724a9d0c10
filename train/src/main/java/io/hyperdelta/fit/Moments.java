package io.hyperdelta.fit;

import io.hyperdelta.data.NumericColumn;
import io.hyperdelta.data.VectorColumn;
import java.util.BitSet;
import java.util.stream.IntStream;

/**
 * Mean and standard deviation of a column's present values.
 *
 * @param mean 0 if there are none
 * @param deviation of the population, 0 if all are equal
 */
record Moments(double mean, double deviation) {
  /** Those of each element of the vectors of some rows. */
  static Moments[] of(VectorColumn column, int[] rows) {
    Moments[] moments = new Moments[column.width()];
    int[] all = IntStream.range(0, rows.length).toArray();
    for (int element = 0; element < moments.length; element++) {
      double[] values = new double[rows.length];
      for (int i = 0; i < rows.length; i++) {
        values[i] = column.value(rows[i], element);
      }
      moments[element] = of(new NumericColumn(column.name(), values, new BitSet()), all);
    }
    return moments;
  }

  static Moments of(NumericColumn column, int[] rows) {
    double sum = 0;
    long count = 0;
    double low = Double.POSITIVE_INFINITY;
    double high = Double.NEGATIVE_INFINITY;
    for (int row : rows) {
      if (!column.missing(row)) {
        sum += column.value(row);
        low = Math.min(low, column.value(row));
        high = Math.max(high, column.value(row));
        count++;
      }
    }
    if (count == 0 || low == high) {
      return new Moments(count == 0 ? 0 : low, 0);
    }
    double mean = sum / count;
    double squares = 0;
    for (int row : rows) {
      if (!column.missing(row)) {
        double error = column.value(row) - mean;
        squares += error * error;
      }
    }
    return new Moments(mean, Math.sqrt(squares / count));
  }
}
