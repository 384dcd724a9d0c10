package io.hyperdelta.benchmarks;

import java.util.Arrays;

/**
 * What both sides of a comparison took when they ran in turn, in one process: each ratio is of two
 * turns that lie side by side in time, so that both meet the same weather on the machine.
 *
 * @param ours seconds per call, by turn
 * @param theirs the same of the other side
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record Turns(double[] ours, double[] theirs) {
  private static final int TURNS = 60;
  private static final int WARM_TURNS = 10;

  /** Both sides work for so long before anything is timed: Java compiles what runs often. */
  private static final double WARM_SECONDS = 2;

  /** A turn lasts at least this long, so that short work is repeated within it. */
  private static final double MIN_SECONDS = 0.03;

  /** Does both sides' work in turn, for some seconds. */
  public static Turns of(Comparison comparison) {
    warm(comparison);
    int calls = 1;
    while (seconds(comparison::ours, calls) * calls < MIN_SECONDS) {
      calls *= 2;
    }
    double[] ours = new double[TURNS];
    double[] theirs = new double[TURNS];
    for (int turn = -WARM_TURNS; turn < TURNS; turn++) {
      double first = seconds(comparison::ours, calls);
      double second = seconds(comparison::theirs, calls);
      if (turn >= 0) {
        ours[turn] = first;
        theirs[turn] = second;
      }
    }
    return new Turns(ours, theirs);
  }

  private static void warm(Comparison comparison) {
    long start = System.nanoTime();
    do {
      comparison.ours();
      comparison.theirs();
    } while ((System.nanoTime() - start) / 1e9 < WARM_SECONDS);
  }

  private static double seconds(Runnable work, int calls) {
    long start = System.nanoTime();
    for (int i = 0; i < calls; i++) {
      work.run();
    }
    return (System.nanoTime() - start) / 1e9 / calls;
  }

  /** Ours over theirs, by turn, in ascending order. */
  public double[] ratios() {
    double[] ratios = new double[ours.length];
    Arrays.setAll(ratios, turn -> ours[turn] / theirs[turn]);
    Arrays.sort(ratios);
    return ratios;
  }

  /** Median of what ours takes longer, seconds. */
  public double added() {
    double[] added = new double[ours.length];
    Arrays.setAll(added, turn -> ours[turn] - theirs[turn]);
    return median(added);
  }

  /** The middle one of some values, which stay in their order. */
  public static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    return sorted[sorted.length / 2];
  }
}
