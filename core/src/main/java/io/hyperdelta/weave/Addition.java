package io.hyperdelta.weave;

import io.hyperdelta.delta.SiteDelta;
import io.hyperdelta.graph.GraphEditor;
import io.hyperdelta.target.Axes;
import io.hyperdelta.target.Use;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;

/**
 * Adds contributions to the values of the layers they belong to.
 *
 * @param editor takes the nodes
 * @param source gives the factors of each delta
 * @param strengths by source, the name of what its deltas are multiplied with, float32 []
 * @param norms knows how large deltas are
 */
record Addition(
    GraphEditor editor,
    Function<SiteDelta, FactorSource> source,
    Map<String, String> strengths,
    DeltaNorms norms) {
  /** What one delta adds at one node. */
  record Contribution(SiteDelta delta, Use use) {}

  /**
   * Adds to what a node makes, or before the node where the units live inside it.
   *
   * @param output the node's
   * @param contributions at least one, all at this node
   */
  void to(String output, List<Contribution> contributions) {
    if (contributions.get(0).use().axes() == Axes.STEPS_FIRST) {
      editor.prefix(prefix(output));
      Recurrence.to(this, output, contributions);
      editor.prefix("");
      return;
    }
    String frozen = editor.divert(output, output + "/frozen");
    editor.prefix(prefix(output));
    String value = sum(output, frozen, contributions);
    String shape = editor.node("Shape", frozen);
    editor.prefix("");
    editor.nodeInto(output, "Reshape", value, shape);
  }

  /**
   * Name of a value with contributions added, float32 with the value's elements in their order.
   *
   * @param output what names of nodes begin with
   * @param frozen the value, with the axes that the contributions' uses say
   */
  String sum(String output, String frozen, List<Contribution> contributions) {
    Axes axes = contributions.get(0).use().axes();
    long out = contributions.get(0).delta().site().out();
    String last = Blocks.rowsFirst(editor, frozen, out, axes);
    String value = last;
    for (Contribution contribution : contributions) {
      SiteDelta delta = contribution.delta();
      editor.prefix("hyperdelta/" + delta.name() + "/");
      Layer layer =
          new Layer(editor, delta, contribution.use(), source.apply(delta), strength(delta), last);
      value = layer.plus(value, Rewrite.of(delta.form()).contribution(layer));
    }
    editor.prefix(prefix(output));
    return axes == Axes.UNITS_LAST
        ? value
        : Blocks.turned(editor, axes, editor.node("Reshape", value, editor.node("Shape", last)));
  }

  private static String prefix(String output) {
    return "hyperdelta/" + output + "/";
  }

  /** What a delta is multiplied with, [] or [K, 1, 1]: what keeps it within its cap comes first. */
  private String strength(SiteDelta delta) {
    String strength = Objects.requireNonNull(strengths.get(delta.owner()));
    return delta.isCapped() ? editor.node("Mul", norms.cap(delta), strength) : strength;
  }
}
