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
public sealed interface Source permits Hypernetwork, ContextTable, SharedSource, FixedSource {
  /** Unique around one target; what the names of its deltas begin with. */
  String name();

  /** The raw columns that it sees of a context; none if it gives the same to all. */
  List<ColumnInput> columns();

  /** What it adapts; none where its deltas are given. */
  List<Adaptation> adaptations();

  /** Whether training changes its parameters. */
  default boolean isTrained() {
    return true;
  }

  /**
   * Fresh parameters by initializer name, in a fixed order. The factor that starts at zero has a
   * zero head, and so has one that starts at the frozen weight, which is not known here. Those of a
   * source that is not trained are what they are.
   *
   * @param deltas its deltas on a target
   * @param seed of the random ones
   * @throws IllegalArgumentException if a delta would never learn or not start at the target
   * @see Heads#startFrozen
   */
  Map<String, TensorValue> freshParameters(List<SiteDelta> deltas, long seed);

  /** Rows of each head besides the one for all: the latent's width, or the number of contexts. */
  int width();

  /**
   * The same source under another name, its deltas a share of what they are.
   *
   * @param share what scales and caps are multiplied with, finite and above 0
   */
  Source renamed(String newName, double share);

  /**
   * The deltas on a target.
   *
   * @throws IllegalArgumentException if a part matches nothing, a site cannot take a form, two
   *     adaptations put the same form on one unit, or a head would be too large for a graph's file
   */
  default List<SiteDelta> deltas(Target target) {
    List<SiteDelta> deltas = new ArrayList<>();
    for (Adaptation adaptation : adaptations()) {
      for (SiteDelta delta : adaptation.resolve(target.sites(), name())) {
        if (deltas.stream().anyMatch(delta::repeats)) {
          throw new IllegalArgumentException(
              "Source \"%s\" puts a %s delta on site \"%s\" twice. Expected each form at most once per unit; one of the parts is too wide."
                  .formatted(name(), delta.form().name(), delta.site().name()));
        }
        Heads.checkSize(this, delta);
        deltas.add(delta);
      }
    }
    return deltas;
  }
}
