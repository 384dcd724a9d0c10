package io.hyperdelta.fit;

import io.hyperdelta.bundle.InputBinding;
import io.hyperdelta.target.Target;
import java.util.List;

/**
 * The frozen target and how its inputs are filled.
 *
 * @param target the target
 * @param bindings of its required inputs
 * @param output the output that is the prediction
 */
record TrainedTarget(Target target, List<InputBinding> bindings, String output) {
  TrainedTarget {
    bindings = List.copyOf(bindings);
  }
}
