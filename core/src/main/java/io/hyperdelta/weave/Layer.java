package io.hyperdelta.weave;

import io.hyperdelta.delta.Factor;
import io.hyperdelta.delta.SiteDelta;
import io.hyperdelta.graph.GraphEditor;
import io.hyperdelta.graph.TensorValue;
import io.hyperdelta.target.Site;
import io.hyperdelta.target.Use;
import java.util.function.UnaryOperator;

/**
 * A node of the target that one delta adapts, as rewrite rules see it. Rows come in K blocks of m,
 * one for each condition; {@code width} counts the units that are adapted. Not thread-safe.
 */
final class Layer {
  private final GraphEditor editor;
  private final SiteDelta delta;
  private final Use use;
  private final FactorSource source;
  private final String strength;
  private final String frozen;
  private final Blocks blocks;

  /**
   * A layer.
   *
   * @param strength name of what the delta is multiplied with, float32 [] or {@code [K, 1, 1]}
   * @param frozen name of what the node makes of the frozen weight, float32, units on the last axis
   */
  Layer(
      GraphEditor editor,
      SiteDelta delta,
      Use use,
      FactorSource source,
      String strength,
      String frozen) {
    this.editor = editor;
    this.delta = delta;
    this.use = use;
    this.source = source;
    this.strength = strength;
    this.frozen = frozen;
    this.blocks = new Blocks(editor, source.conditionCount(editor, delta));
  }

  /** The factor at a position of the form's list. */
  private Factor factor(int position) {
    return delta.form().factors(delta.site()).get(position);
  }

  private Site site() {
    return delta.site();
  }

  /** The layer's input. */
  Operand input() {
    return Operands.of(editor, site(), use, blocks);
  }

  /**
   * Name of what the node makes of the frozen weight alone, without what it adds, float32 {@code
   * [K, m, width]}.
   */
  String product() {
    String value = frozen;
    if (!use.addend().isEmpty()) {
      String addend =
          use.addendGain() == 1
              ? use.addend()
              : editor.node(
                  "Mul", use.addend(), editor.constant(TensorValue.scalar(use.addendGain())));
      value = editor.node("Sub", value, addend);
    }
    return Places.pick(editor, site(), blocks.of(value, site().out()));
  }

  /** Name of x times a factor with two axes, float32 {@code [K, m, columns]}. */
  String times(Operand x, int position) {
    return source.times(editor, delta, factor(position), x);
  }

  /** The same for a value {@code [K, m, in]}. */
  String times(String x, int position) {
    return times(Operands.rows(editor, x), position);
  }

  /** Name of x times a mix of matrices, float32 {@code [K, m, width]}. */
  String timesMix(Operand x, int weights, int matrices) {
    return source.timesMix(editor, delta, factor(weights), factor(matrices), x);
  }

  /**
   * Name of x times a factor with two axes, less the weight where it is replaced, float32 {@code
   * [K, m, width]}.
   */
  String timesMatrix(Operand x, int position) {
    return source.timesMade(editor, delta, factor(position), assembly(values -> values), x);
  }

  /** Name of x times a matrix of chunks, float32 {@code [K, m, width]}. */
  String timesChunks(Operand x, int embeddings, int shared) {
    String known = source.factor(editor, delta, factor(embeddings));
    long count = factor(embeddings).dims().get(0);
    long width = factor(shared).dims().get(1);
    Chunks chunks = new Chunks(editor, count, width, site().in(), site().width());
    Assembly assembly = assembly(values -> chunks.matrices(known, values));
    return source.timesMade(editor, delta, factor(shared), assembly, x);
  }

  private Assembly assembly(UnaryOperator<String> linear) {
    String replaced =
        delta.form().replaces()
            ? editor.constant(delta.frozen(editor.initializer(site().initializer())))
            : null;
    return new Assembly(editor, linear, replaced, site().in(), site().width());
  }

  /** Name of x with each column multiplied by a number of a factor with one axis. */
  String timesDiagonal(String x, int position) {
    return editor.node("Mul", x, row(position));
  }

  /** Name of a factor with one axis, float32 {@code [K, 1, width]} or {@code [1, 1, width]}. */
  String row(int position) {
    return editor.unsqueeze(source.factor(editor, delta, factor(position)), 1);
  }

  /** Name of a value times strength, the delta's scale and what the node multiplies it with. */
  String scaled(String value) {
    return scaled(value, delta.scale() * use.gain());
  }

  /** The same where the node's own factor is in the value already. */
  String scaledAlready(String value) {
    return scaled(value, delta.scale());
  }

  private String scaled(String value, double scale) {
    String own = delta.form().replaces() ? source.strength(editor, delta, strength) : strength;
    String factor =
        scale == 1
            ? own
            : editor.node("Mul", own, editor.constant(TensorValue.scalar((float) scale)));
    return editor.node("Mul", value, factor);
  }

  /**
   * Name of a value plus a contribution.
   *
   * @param value float32 {@code [..., out]}
   * @param contribution float32 {@code [K, m, width]} or {@code [K, 1, width]}
   * @return float32 {@code [K, m, out]}
   */
  String plus(String value, String contribution) {
    return editor.node(
        "Add", blocks.of(value, site().out()), Places.spread(editor, site(), contribution));
  }
}
