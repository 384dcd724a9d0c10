package io.hyperdelta.weave;

import io.hyperdelta.condition.ColumnInput;
import io.hyperdelta.delta.SiteDelta;
import io.hyperdelta.graph.Model;
import io.hyperdelta.graph.TensorValue;
import io.hyperdelta.hypernetwork.Source;
import io.hyperdelta.target.Target;
import java.util.List;
import java.util.Map;

/** What makes the graphs of an adaptive model out of a target and the sources around it. */
public sealed interface Weaving permits Weaver, Ensemble {
  /** The target. */
  Target target();

  /** Where the deltas come from, in order. */
  List<Source> sources();

  /** All deltas: one per adaptation and site. */
  List<SiteDelta> deltas();

  /**
   * Parameters of fresh sources, with which the adaptive model equals its target.
   *
   * @param seed of the random ones
   * @return by initializer name, in a fixed order
   */
  Map<String, TensorValue> freshParameters(long seed);

  /**
   * Input of the woven graphs by condition column. A column that is also an input of the target by
   * the same name and type is one input; a name that means something else in the target gets the
   * prefix {@code "condition."}.
   */
  Map<ColumnInput, String> conditionInputs();

  /**
   * The adaptive model in one graph: the target's inputs and the conditions' columns in, the
   * target's outputs out.
   *
   * @param parameters of the sources, named as by {@link #freshParameters}
   * @param workload the sizes to be fast for
   */
  Model fused(Map<String, TensorValue> parameters, Workload workload);

  /**
   * The sources alone: the conditions' columns in, every factor {@code [conditions, ...]} out;
   * those that are learned once as {@code [1, ...]}.
   */
  Model generator(Map<String, TensorValue> parameters);

  /**
   * The target with factors as optional inputs, learned ones for one condition. The defaults have
   * width zero, or are zero, and give the target itself.
   */
  Model targetWithDeltas();
}
