package io.hyperdelta.spec;

import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How one source is fitted where it differs from the others.
 *
 * @param seed of its initial weights; null for the seed of the fit plus the source's position
 * @param learningRate its highest learning rate, above 0; null for that of the fit. Warm-up and
 *     decay are the fit's
 */
public record SourceFit(@Nullable Long seed, @Nullable Double learningRate) {
  private static final SourceFit DEFAULTS = new SourceFit(null, null);

  /**
   * Checks the rate. A rate of 0 is refused: the delta would stay at the zero that it starts from.
   */
  public SourceFit {
    if (learningRate != null) {
      Require.positive("learningRate", learningRate);
    }
  }

  /** As the fit says. */
  public static SourceFit defaults() {
    return DEFAULTS;
  }

  /** The same with a seed of its own: what the source starts from no longer depends on others. */
  public SourceFit withSeed(long own) {
    return new SourceFit(own, learningRate);
  }

  /** The same with a learning rate of its own. */
  public SourceFit withLearningRate(double own) {
    return new SourceFit(seed, own);
  }

  /** The seeds that sources have of their own, by the sources' names. */
  public static Map<String, Long> seeds(Spec spec) {
    Map<String, Long> seeds = new LinkedHashMap<>();
    spec.sourceFits()
        .forEach(
            (name, fit) -> {
              if (fit.seed() != null) {
                seeds.put(name, fit.seed());
              }
            });
    return seeds;
  }

  /** The learning rates that sources have of their own, by the sources' names. */
  public static Map<String, Double> learningRates(Spec spec) {
    Map<String, Double> rates = new LinkedHashMap<>();
    spec.sourceFits()
        .forEach(
            (name, fit) -> {
              if (fit.learningRate() != null) {
                rates.put(name, fit.learningRate());
              }
            });
    return rates;
  }
}
