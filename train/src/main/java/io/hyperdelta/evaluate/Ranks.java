package io.hyperdelta.evaluate;

import java.util.Arrays;
import java.util.Comparator;

/** Ranks of numbers. Stateless. */
final class Ranks {
  private Ranks() {}

  /** From 1 on; equal numbers share the mean of their ranks. */
  static double[] of(double[] values) {
    Integer[] order = new Integer[values.length];
    Arrays.setAll(order, i -> i);
    Arrays.sort(order, Comparator.comparingDouble(i -> values[i]));
    double[] ranks = new double[values.length];
    int from = 0;
    while (from < order.length) {
      int to = from + 1;
      while (to < order.length && values[order[to]] == values[order[from]]) {
        to++;
      }
      for (int i = from; i < to; i++) {
        ranks[order[i]] = (from + 1 + to) / 2.0;
      }
      from = to;
    }
    return ranks;
  }
}
