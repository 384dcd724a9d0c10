package io.hyperdelta.fit;

import java.util.Map;

/**
 * What fitting the sources of a woven graph has beside the settings of any fit.
 *
 * @param learningRates highest learning rates by the names of sources; the others have that of the
 *     fit
 */
record WovenFit(Map<String, Double> learningRates) {
  /** Nothing. */
  static final WovenFit NONE = new WovenFit(Map.of());

  WovenFit {
    learningRates = Map.copyOf(learningRates);
  }
}
