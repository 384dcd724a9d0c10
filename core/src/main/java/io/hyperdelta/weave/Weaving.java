package io.hyperdelta.weave;

import io.hyperdelta.condition.ColumnInput;
import io.hyperdelta.delta.SiteDelta;
import io.hyperdelta.graph.Model;
import io.hyperdelta.graph.TensorValue;
import io.hyperdelta.hypernetwork.Source;
import io.hyperdelta.target.Target;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** What makes the graphs of an adaptive model out of a target and the sources around it. */
public sealed interface Weaving permits Weaver, Ensemble {
  /** The target. */
  Target target();

  /** Where the deltas come from, in order. */
  List<Source> sources();

  /** All deltas: one per adaptation and site. */
  List<SiteDelta> deltas();

  /** The deltas that training changes. */
  default List<SiteDelta> trainedDeltas() {
    Set<String> trained =
        sources().stream().filter(Source::isTrained).map(Source::name).collect(Collectors.toSet());
    return deltas().stream().filter(delta -> trained.contains(delta.owner())).toList();
  }

  /**
   * Parameters of fresh sources, with which the adaptive model equals its target with the deltas of
   * fixed sources, but for deltas that do not start there.
   *
   * @see SiteDelta#startsAtTarget
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
   * @param workload the sizes to be fast for, and what the graph is for
   * @throws IllegalArgumentException if a parameter is missing or has another shape, or the target
   *     has a value with the name of an input that is added
   */
  Model fused(Map<String, TensorValue> parameters, Workload workload);

  /**
   * The sources alone: the conditions' columns in, every factor {@code [conditions, ...]} out;
   * those that are learned once or given as {@code [1, ...]}.
   */
  Model generator(Map<String, TensorValue> parameters);

  /**
   * The target with factors as optional inputs, learned ones for one condition. The defaults have
   * width zero, are zero, or the weight that they replace, and give the target itself.
   */
  Model targetWithDeltas();
}
