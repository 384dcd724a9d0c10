package io.hyperdelta.fit;

import io.hyperdelta.hypernetwork.DropoutMask;
import java.util.List;
import java.util.Map;

/**
 * What fitting the sources of a woven graph has beside the settings of any fit.
 *
 * @param learningRates highest learning rates by the names of sources; the others have that of the
 *     fit
 * @param masks inputs of the graph that each step fills anew, and nothing else does
 */
record WovenFit(Map<String, Double> learningRates, List<DropoutMask> masks) {
  /** Nothing. */
  static final WovenFit NONE = new WovenFit(Map.of(), List.of());

  WovenFit {
    learningRates = Map.copyOf(learningRates);
    masks = List.copyOf(masks);
  }
}
