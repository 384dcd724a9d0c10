package io.hyperdelta.spec;

/**
 * How the finished model is measured.
 *
 * @param bootstrap resamples behind each interval, 100 or more
 * @param seed of the resampling and of the shuffled conditions
 */
public record EvaluationSpec(int bootstrap, long seed) {
  /** The ends of a 95 % interval are then means of about 50 resamples either side. */
  public static final int DEFAULT_BOOTSTRAP = 2_000;

  /** The seed of everything else. */
  public static final long DEFAULT_SEED = SplitSpec.DEFAULT_SEED;

  /** Checks the count. */
  public EvaluationSpec {
    Require.between("evaluate.bootstrap", bootstrap, 100, 1_000_000);
  }

  /** The default evaluation. */
  public static EvaluationSpec defaults() {
    return new EvaluationSpec(DEFAULT_BOOTSTRAP, DEFAULT_SEED);
  }
}
