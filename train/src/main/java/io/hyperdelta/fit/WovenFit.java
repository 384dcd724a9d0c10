package io.hyperdelta.fit;

import io.hyperdelta.hypernetwork.DropoutMask;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What fitting the sources of a woven graph has beside the settings of any fit.
 *
 * @param learningRates highest learning rates by the names of sources; the others have that of the
 *     fit
 * @param masks inputs of the graph that each step fills anew, and nothing else does
 * @param penalty what the size of the deltas is multiplied with before it is added to the loss; if
 *     it is not 0, the graph's last output is that size
 */
record WovenFit(Map<String, Double> learningRates, List<DropoutMask> masks, double penalty) {
  /** Nothing. */
  static final WovenFit NONE = new WovenFit(Map.of(), List.of(), 0);

  WovenFit {
    learningRates = Map.copyOf(learningRates);
    masks = List.copyOf(masks);
  }

  /** Names of the inputs that each step fills anew. */
  Set<String> maskInputs() {
    return masks.stream().map(DropoutMask::input).collect(Collectors.toSet());
  }
}
