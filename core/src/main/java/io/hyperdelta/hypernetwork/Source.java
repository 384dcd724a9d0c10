package io.hyperdelta.hypernetwork;

import io.hyperdelta.condition.ColumnInput;
import io.hyperdelta.delta.Adaptation;
import io.hyperdelta.delta.SiteDelta;
import io.hyperdelta.graph.TensorValue;
import io.hyperdelta.target.Target;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Where the factors of some deltas come from. Values; safe to share. */
public sealed interface Source permits Hypernetwork, ContextTable, SharedSource {
  /** Unique around one target; what the names of its deltas begin with. */
  String name();

  /** The raw columns that it sees of a context; none if it gives the same to all. */
  List<ColumnInput> columns();

  /** What it adapts. */
  List<Adaptation> adaptations();

  /**
   * Parameters with which an adaptive model equals its target, by initializer name, in a fixed
   * order. The factor that starts at zero has a zero head.
   *
   * @param deltas its deltas on a target
   * @param seed of the random ones
   * @throws IllegalArgumentException if a delta would never learn or not start at the target
   */
  Map<String, TensorValue> freshParameters(List<SiteDelta> deltas, long seed);

  /**
   * The same source under another name and with other adaptations.
   *
   * @throws IllegalArgumentException if there are none
   */
  Source with(String newName, List<Adaptation> newAdaptations);

  /**
   * The deltas on a target.
   *
   * @throws IllegalArgumentException if a part matches nothing, a site cannot take a form, or two
   *     adaptations put the same form on one site
   */
  default List<SiteDelta> deltas(Target target) {
    List<SiteDelta> deltas = new ArrayList<>();
    for (Adaptation adaptation : adaptations()) {
      for (SiteDelta delta : adaptation.resolve(target.sites(), name())) {
        if (deltas.stream().anyMatch(other -> other.name().equals(delta.name()))) {
          throw new IllegalArgumentException(
              "Source \"%s\" puts a %s delta on site \"%s\" twice. Expected each form at most once per site; one of the parts is too wide."
                  .formatted(name(), delta.form().name(), delta.site().name()));
        }
        deltas.add(delta);
      }
    }
    return deltas;
  }
}
