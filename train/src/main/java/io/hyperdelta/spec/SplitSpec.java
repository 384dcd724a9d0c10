package io.hyperdelta.spec;

/**
 * How rows are divided.
 *
 * @param unseenContexts fraction of the contexts that is held out whole, in [0, 1)
 * @param test fraction of the remaining rows kept for the test, in [0, 1)
 * @param validation fraction of the remaining rows that decides when fitting stops, in (0, 1)
 * @param seed of the shuffling
 */
public record SplitSpec(double unseenContexts, double test, double validation, long seed) {
  /** A quarter: enough contexts for an interval, most of them left to learn from. */
  public static final double DEFAULT_UNSEEN_CONTEXTS = 0.25;

  /** Enough rows of seen contexts for a narrow interval. */
  public static final double DEFAULT_TEST = 0.15;

  /** Enough rows for a steady validation loss. */
  public static final double DEFAULT_VALIDATION = 0.10;

  /** Any fixed number will do; the same one everywhere is the easiest to remember. */
  public static final long DEFAULT_SEED = 7;

  /** Checks the fractions. */
  public SplitSpec {
    Require.fraction("data.split.unseenContexts", unseenContexts);
    Require.fraction("data.split.test", test);
    Require.fraction("data.split.validation", validation);
    Require.positive("data.split.validation", validation);
    if (test + validation >= 1) {
      throw new IllegalArgumentException(
          "data.split leaves no rows to train on. Expected test and validation to add up to less"
              + " than 1, got "
              + test
              + " + "
              + validation
              + ".");
    }
  }

  /** The default split. */
  public static SplitSpec defaults() {
    return new SplitSpec(DEFAULT_UNSEEN_CONTEXTS, DEFAULT_TEST, DEFAULT_VALIDATION, DEFAULT_SEED);
  }
}
