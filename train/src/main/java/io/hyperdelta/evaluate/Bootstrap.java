package io.hyperdelta.evaluate;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;

/**
 * Percentile intervals by paired bootstrap: every resample draws the same contexts, with
 * replacement, for all models. Contexts rather than rows are drawn, since rows of one context are
 * not independent; where there are no contexts, rows are drawn.
 *
 * <p>Source: Efron and Tibshirani 1993, chapters 8.3 (resampling by groups) and 13.3 (percentile
 * interval).
 */
final class Bootstrap {
  /** Two-sided 95 %. */
  private static final double TAIL = 0.025;

  private final Metric metric;
  private final int[][] groups;
  private final int resamples;
  private final long seed;

  /**
   * Prepares the resamples.
   *
   * @param contextOf the context of each row
   * @param resamples how many
   * @param seed of the drawing
   */
  Bootstrap(Metric metric, int[] contextOf, int resamples, long seed) {
    this.metric = metric;
    this.groups = groups(contextOf);
    this.resamples = resamples;
    this.seed = seed;
  }

  /** Units that are drawn: contexts, or rows where there is but one context. */
  int unitCount() {
    return groups.length;
  }

  private static int[][] groups(int[] contextOf) {
    Map<Integer, List<Integer>> rows = new LinkedHashMap<>();
    for (int row = 0; row < contextOf.length; row++) {
      rows.computeIfAbsent(contextOf[row], k -> new ArrayList<>()).add(row);
    }
    // One context has nothing to be drawn against; its rows are then the units.
    if (rows.size() < 2) {
      return IntStream.range(0, contextOf.length)
          .mapToObj(row -> new int[] {row})
          .toArray(int[][]::new);
    }
    return rows.values().stream()
        .map(list -> list.stream().mapToInt(Integer::intValue).toArray())
        .toArray(int[][]::new);
  }

  /** A value and its interval. */
  record Interval(double value, double low, double high) {}

  /** The metric over all rows and over each resample. */
  double[] resampled(double[] scores) {
    double[] sums =
        Arrays.stream(groups)
            .mapToDouble(g -> Arrays.stream(g).mapToDouble(r -> scores[r]).sum())
            .toArray();
    double[] metrics = new double[resamples + 1];
    metrics[0] = metric.ofMean(Arrays.stream(sums).sum() / scores.length);
    // The same seed each time: all models are drawn alike, and no draw has to be kept.
    Random random = new Random(seed);
    for (int d = 0; d < resamples; d++) {
      double sum = 0;
      long count = 0;
      for (int i = 0; i < groups.length; i++) {
        int group = random.nextInt(groups.length);
        sum += sums[group];
        count += groups[group].length;
      }
      metrics[d + 1] = metric.ofMean(sum / count);
    }
    return metrics;
  }

  /**
   * The correlation of two columns over all rows and over each resample: NaN where one of them does
   * not vary. Ranks given to it stay those among all rows.
   */
  double[] correlations(double[] x, double[] y) {
    double[][] sums = new double[groups.length][];
    for (int g = 0; g < sums.length; g++) {
      double[] own = new double[6];
      for (int row : groups[g]) {
        add(
            own,
            new double[] {1, x[row], y[row], x[row] * x[row], y[row] * y[row], x[row] * y[row]});
      }
      sums[g] = own;
    }
    double[] correlations = new double[resamples + 1];
    double[] all = new double[6];
    Arrays.stream(sums).forEach(own -> add(all, own));
    correlations[0] = correlation(all);
    Random random = new Random(seed);
    for (int d = 0; d < resamples; d++) {
      double[] drawn = new double[6];
      for (int i = 0; i < groups.length; i++) {
        add(drawn, sums[random.nextInt(groups.length)]);
      }
      correlations[d + 1] = correlation(drawn);
    }
    return correlations;
  }

  private static void add(double[] sums, double[] more) {
    for (int i = 0; i < sums.length; i++) {
      sums[i] += more[i];
    }
  }

  /** From count, sums, sums of squares and of products. */
  private static double correlation(double[] s) {
    double xx = s[3] - s[1] * s[1] / s[0];
    double yy = s[4] - s[2] * s[2] / s[0];
    double xy = s[5] - s[1] * s[2] / s[0];
    return xx <= 0 || yy <= 0 ? Double.NaN : xy / Math.sqrt(xx * yy);
  }

  /** The interval of metrics as {@link #resampled} gives them, or of differences of those. */
  static Interval interval(double[] metrics) {
    double[] sorted = Arrays.copyOfRange(metrics, 1, metrics.length);
    Arrays.sort(sorted);
    return new Interval(metrics[0], quantile(sorted, TAIL), quantile(sorted, 1 - TAIL));
  }

  /** Linear between order statistics. */
  private static double quantile(double[] sorted, double p) {
    double position = p * (sorted.length - 1);
    int below = (int) Math.floor(position);
    int above = Math.min(below + 1, sorted.length - 1);
    return sorted[below] + (position - below) * (sorted[above] - sorted[below]);
  }
}
