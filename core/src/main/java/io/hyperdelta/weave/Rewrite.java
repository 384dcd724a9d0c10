package io.hyperdelta.weave;

import io.hyperdelta.delta.Factor;
import io.hyperdelta.delta.Form;
import io.hyperdelta.delta.LowRank;
import io.hyperdelta.delta.Shift;
import io.hyperdelta.delta.SiteDelta;
import io.hyperdelta.graph.Attribute;
import io.hyperdelta.graph.GraphEditor;
import io.hyperdelta.graph.TensorValue;
import io.hyperdelta.target.Use;
import java.util.List;
import java.util.Map;

/** A form's rule: the nodes that make what the delta adds to the output of a layer. */
interface Rewrite {
  /**
   * Adds the nodes.
   *
   * @param strength name of the factor that the delta is multiplied with, float32 []
   * @return name of float32 {@code [K, m, out]} or {@code [K, 1, out]}
   */
  String contribution(
      GraphEditor editor, SiteDelta delta, Use use, FactorSource source, String strength);

  /** The rule of a form. */
  static Rewrite of(Form form) {
    if (form instanceof LowRank) {
      return Rewrite::lowRank;
    }
    if (form instanceof Shift) {
      return Rewrite::shift;
    }
    throw new IllegalStateException("Form " + form.name() + " has no rewrite rule.");
  }

  private static String lowRank(
      GraphEditor editor, SiteDelta delta, Use use, FactorSource source, String strength) {
    List<Factor> factors = delta.form().factors(delta.site());
    String x =
        editor.node(
            "Reshape",
            use.input(),
            shape(editor, source.conditionCount(editor, delta), delta.site().in()));
    String narrow = source.times(editor, delta, factors.get(0), x);
    // Here the value is narrowest, so scaling it costs least.
    return source.times(editor, delta, factors.get(1), editor.node("Mul", narrow, strength));
  }

  private static String shift(
      GraphEditor editor, SiteDelta delta, Use use, FactorSource source, String strength) {
    String terms = source.factor(editor, delta, delta.form().factors(delta.site()).get(0));
    String unscaled =
        editor.node(
            "Reshape", terms, editor.constant(TensorValue.longs(-1, 1, delta.site().out())));
    return editor.node("Mul", unscaled, strength);
  }

  /** The shape {@code [K, -1, width]}, int64 [3]. */
  static String shape(GraphEditor editor, String conditionCount, long width) {
    return editor.node(
        "",
        "Concat",
        Map.of("axis", Attribute.of(0)),
        List.of(conditionCount, editor.constant(TensorValue.longs(-1, width))));
  }
}
