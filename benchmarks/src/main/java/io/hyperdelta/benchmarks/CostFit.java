package io.hyperdelta.benchmarks;

import java.util.Arrays;

/**
 * Least squares of relative errors with coefficients of 0 or more, by coordinate descent. Samples
 * that took far longer than predicted count little: what disturbs a measurement only ever makes it
 * longer. Stateless.
 */
final class CostFit {
  private static final int REWEIGHTINGS = 30;
  private static final int SWEEPS = 3000;

  /** Errors below this, in logarithms, count alike. */
  private static final double SMALL_ERROR = 0.15;

  /** Samples that took e^0.7 = 2 times as long as predicted, or more, are taken for disturbed. */
  private static final double DISTURBED = 0.7;

  private static final double DISTURBED_WEIGHT = 0.2;

  private CostFit() {}

  /**
   * Fits.
   *
   * @param amounts for each sample how much of each ingredient it has
   * @param times what each sample took, above 0
   * @return what each ingredient costs
   */
  static double[] fit(double[][] amounts, double[] times) {
    double[] weights = new double[times.length];
    Arrays.fill(weights, 1);
    double[] costs = new double[amounts[0].length];
    for (int round = 0; round < REWEIGHTINGS; round++) {
      costs = solve(amounts, times, weights);
      for (int i = 0; i < times.length; i++) {
        double error = Math.log(times[i] / Math.max(1e-9, predicted(amounts[i], costs)));
        weights[i] = 1 / Math.sqrt(Math.max(SMALL_ERROR, Math.abs(error)));
        weights[i] *= error > DISTURBED ? DISTURBED_WEIGHT : 1;
      }
    }
    return costs;
  }

  static double predicted(double[] amounts, double[] costs) {
    double sum = 0;
    for (int j = 0; j < costs.length; j++) {
      sum += amounts[j] * costs[j];
    }
    return sum;
  }

  private static double[] solve(double[][] amounts, double[] times, double[] weights) {
    int columns = amounts[0].length;
    double[][] rows = new double[times.length][columns];
    double[] scale = new double[columns];
    for (int i = 0; i < times.length; i++) {
      for (int j = 0; j < columns; j++) {
        rows[i][j] = amounts[i][j] * weights[i] / times[i];
        scale[j] += rows[i][j] * rows[i][j];
      }
    }
    double[] costs = new double[columns];
    double[] residuals = weights.clone();
    for (int sweep = 0; sweep < SWEEPS; sweep++) {
      for (int j = 0; j < columns; j++) {
        if (scale[j] > 0) {
          double slope = 0;
          for (int i = 0; i < rows.length; i++) {
            slope += rows[i][j] * residuals[i];
          }
          double next = Math.max(0, costs[j] + slope / scale[j]);
          double change = next - costs[j];
          for (int i = 0; change != 0 && i < rows.length; i++) {
            residuals[i] -= change * rows[i][j];
          }
          costs[j] = next;
        }
      }
    }
    return costs;
  }
}
