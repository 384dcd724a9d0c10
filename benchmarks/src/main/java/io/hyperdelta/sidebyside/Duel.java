package io.hyperdelta.sidebyside;

import java.util.Arrays;
import java.util.List;

/**
 * What came of both sides' doing the same steps in turn.
 *
 * @param ours seconds per step, by turn
 * @param theirs the same of the other side
 * @param difference largest difference of both sides' losses at the same steps, relative to the
 *     loss
 * @param compared steps whose losses were compared
 * @param ourPeak most memory that our process held, bytes
 * @param theirPeak the same of the other side
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record Duel(
    double[] ours, double[] theirs, double difference, int compared, long ourPeak, long theirPeak) {
  private static final int TURNS = 15;
  private static final int COMPARED = 20;
  private static final double TURN_SECONDS = 0.4;

  /** Until then Java's compilers still take a processor from whoever runs. */
  private static final double WARM_SECONDS = 4;

  /** Losses that differ more are not the same work; rounding grows from step to step. */
  private static final double TOLERANCE = 2e-3;

  /**
   * Lets both sides work in turn.
   *
   * @param same whether both compute the same function, so that losses must agree
   * @throws IllegalStateException if they do not
   */
  static Duel of(List<String> ourCommand, List<String> theirCommand, boolean same) {
    try (Side ours = new Side(ourCommand);
        Side theirs = new Side(theirCommand)) {
      double difference = same ? difference(ours, theirs) : Double.NaN;
      return between(ours, theirs, difference);
    }
  }

  /** Lets sides that were at work before go on in turn. */
  static Duel between(Side ours, Side theirs, double difference) {
    int ourSteps = warm(ours);
    int theirSteps = warm(theirs);
    double[] ourSeconds = new double[TURNS];
    double[] theirSeconds = new double[TURNS];
    for (int turn = 0; turn < TURNS; turn++) {
      ourSeconds[turn] = ours.steps(ourSteps).seconds() / ourSteps;
      theirSeconds[turn] = theirs.steps(theirSteps).seconds() / theirSteps;
    }
    return new Duel(
        ourSeconds, theirSeconds, difference, COMPARED, ours.peakBytes(), theirs.peakBytes());
  }

  private static double difference(Side ours, Side theirs) {
    double[] a = ours.steps(COMPARED).losses();
    double[] b = theirs.steps(COMPARED).losses();
    double largest = 0;
    for (int i = 0; i < COMPARED; i++) {
      largest = Math.max(largest, Math.abs(a[i] - b[i]) / Math.abs(b[i]));
    }
    if (!(largest <= TOLERANCE)) {
      throw new IllegalStateException(
          "Both sides do not do the same work: their losses differ by %.1e of the loss at most, expected %.1e. Ours are %s, theirs %s."
              .formatted(largest, TOLERANCE, Arrays.toString(a), Arrays.toString(b)));
    }
    return largest;
  }

  /** Warms a side up, and finds how many steps fill a turn. */
  private static int warm(Side side) {
    int steps = 1;
    double spent = 0;
    double last = 0;
    while (last < TURN_SECONDS || spent < WARM_SECONDS) {
      steps = last < TURN_SECONDS ? 2 * steps : steps;
      last = side.steps(steps).seconds();
      spent += last;
    }
    return Math.max(1, (int) Math.round(steps * TURN_SECONDS / side.steps(steps).seconds()));
  }

  /** How many times as fast we are, by turn, ascending. */
  double[] speedups() {
    double[] speedups = new double[ours.length];
    Arrays.setAll(speedups, turn -> theirs[turn] / ours[turn]);
    Arrays.sort(speedups);
    return speedups;
  }
}
