package io.hyperdelta.fit;

import io.hyperdelta.graph.TensorValue;
import java.util.Map;

/**
 * What fitting found.
 *
 * @param parameters the best by validation loss, by initializer name
 * @param validationLoss theirs
 * @param epochs passes made over the training rows
 * @param bestEpoch the pass after which the parameters were best; 0 for the parameters that fitting
 *     started from
 * @param steps updates made
 * @param batch what an update was computed from, in words: {@code 64 conditions x 4 rows}
 */
record FitResult(
    Map<String, TensorValue> parameters,
    double validationLoss,
    int epochs,
    int bestEpoch,
    long steps,
    String batch) {}
