package io.hyperdelta.weave;

import io.hyperdelta.delta.SiteDelta;
import io.hyperdelta.graph.GraphEditor;
import io.hyperdelta.graph.Node;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * Adds deltas to the weights themselves, in the graph: W' = W + strength * dW once, then the
 * target's own node with W' in place of W. Every use of a site's weight is adapted, so every node
 * that reads W reads W' instead.
 *
 * @param editor takes the nodes
 * @param source gives the factors of each delta
 * @param strengths by source, the name of what its deltas are multiplied with, float32 []
 */
record Merging(
    GraphEditor editor, Function<SiteDelta, FactorSource> source, Map<String, String> strengths) {
  /** Where a weight is: in which initializer, and where it begins there. */
  private record Weight(String initializer, long offset) {}

  /**
   * The deltas to merge: those of one condition at a time for which that is cheaper. A delta that
   * is multiplied with what a node makes of the frozen weight must not see others in it: with such
   * a one all that can be merged at that weight are or none, and none if it cannot be itself.
   *
   * @param legal whether a delta is the same for all rows whenever the graph runs, and weights may
   *     be merged
   */
  static Set<SiteDelta> chosen(
      List<SiteDelta> deltas, Workload workload, Predicate<SiteDelta> legal) {
    Set<SiteDelta> chosen = new LinkedHashSet<>();
    Map<Weight, List<SiteDelta>> byWeight = new LinkedHashMap<>();
    for (SiteDelta delta : deltas) {
      Weight weight = new Weight(delta.site().initializer(), delta.site().offset());
      byWeight.computeIfAbsent(weight, k -> new ArrayList<>()).add(delta);
    }
    byWeight.values().forEach(some -> choose(some, workload, legal, chosen));
    return chosen;
  }

  private static void choose(
      List<SiteDelta> deltas,
      Workload workload,
      Predicate<SiteDelta> legal,
      Set<SiteDelta> chosen) {
    boolean blocked = false;
    boolean together = false;
    double apart = 0;
    double merged = 0;
    List<SiteDelta> all = new ArrayList<>();
    List<SiteDelta> cheaper = new ArrayList<>();
    for (SiteDelta delta : deltas) {
      boolean seesFrozen = MergedForm.seesFrozen(delta.form());
      Optional<MergedForm> form = MergedForm.of(delta);
      if (form.isEmpty() || !legal.test(delta)) {
        blocked |= seesFrozen;
        continue;
      }
      together |= seesFrozen;
      MergedCost cost = MergedCost.of(delta.site(), form.get(), workload.at(delta.site()));
      apart += cost.apart();
      merged += cost.merged();
      all.add(delta);
      if (cost.merged() <= cost.apart()) {
        cheaper.add(delta);
      }
    }
    if (blocked) {
      return;
    }
    if (!together) {
      chosen.addAll(cheaper);
    } else if (merged <= apart) {
      chosen.addAll(all);
    }
  }

  /**
   * Lets all nodes that read a site's weight read it with deltas added. Comes after contributions,
   * whose nodes read it, too: they take off a merged bias as it is added.
   *
   * @param deltas all that are merged
   */
  void add(Set<SiteDelta> deltas) {
    Map<String, List<SiteDelta>> byInitializer = new LinkedHashMap<>();
    for (SiteDelta delta : deltas) {
      byInitializer.computeIfAbsent(delta.site().initializer(), k -> new ArrayList<>()).add(delta);
    }
    byInitializer.forEach(this::add);
  }

  private void add(String initializer, List<SiteDelta> deltas) {
    List<Node> readers = editor.readers(initializer);
    String sum = initializer;
    for (SiteDelta delta : deltas) {
      editor.prefix("hyperdelta/" + delta.name() + "/");
      String strength = Objects.requireNonNull(strengths.get(delta.owner()));
      MergedWeight weight =
          new MergedWeight(
              editor, delta, source.apply(delta), strength, MergedWeight.Shape.INITIALIZER);
      sum = editor.node("Add", sum, MergedForm.of(delta).orElseThrow().rule().delta(weight));
    }
    editor.prefix("");
    for (Node reader : readers) {
      List<String> inputs = new ArrayList<>(reader.inputs());
      Collections.replaceAll(inputs, initializer, sum);
      String output =
          reader.outputs().stream().filter(name -> !name.isEmpty()).findFirst().orElseThrow();
      editor.rewire(output, inputs);
    }
  }
}
