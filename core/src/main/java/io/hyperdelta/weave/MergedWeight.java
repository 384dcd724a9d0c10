package io.hyperdelta.weave;

import io.hyperdelta.delta.Factor;
import io.hyperdelta.delta.SiteDelta;
import io.hyperdelta.graph.Attribute;
import io.hyperdelta.graph.GraphEditor;
import io.hyperdelta.graph.TensorValue;
import io.hyperdelta.target.Site;
import java.util.Arrays;
import java.util.Map;

/**
 * The delta at a weight, as rules that merge it see it: values have a leading axis of K conditions.
 * Where the shape is that of the initializer, K is 1, and the engine refuses factors of more.
 *
 * @param editor takes the nodes
 * @param delta what is merged
 * @param source gives its factors
 * @param strength name of what all deltas of the source are multiplied with, float32 []
 * @param shape what the delta is wanted for
 */
record MergedWeight(
    GraphEditor editor, SiteDelta delta, FactorSource source, String strength, Shape shape) {
  /** What a delta is wanted for. */
  enum Shape {
    /** To be added to the initializer of one condition: its dims. */
    INITIALIZER,
    /** A matrix for each condition, units first: {@code [K, out, in]}. */
    KERNELS
  }

  private Site site() {
    return delta.site();
  }

  private Factor form(int position) {
    return delta.form().factors(site()).get(position);
  }

  /** Name of a factor, float32 {@code [K, ...dims]}. */
  String factor(int position) {
    return source.factor(editor, delta, form(position));
  }

  /** Name of a factor with one axis, float32 {@code [K, 1, width]}. */
  String row(int position) {
    return editor.unsqueeze(factor(position), 1);
  }

  /** Name of a mix of matrices, times strength and the delta's scale: {@code [K, in, width]}. */
  String mix(int weights, int matrices) {
    long[] bank = form(matrices).shape();
    String flat = Mix.reshape(editor, factor(matrices), bank[0], bank[1] * bank[2]);
    String mixed = editor.node("MatMul", scaled(factor(weights)), flat);
    return Mix.reshape(editor, mixed, -1, bank[1], bank[2]);
  }

  /** Name of what a node without attributes makes of two values. */
  String node(String op, String left, String right) {
    return editor.node(op, left, right);
  }

  /** Name of a value times strength and the delta's scale. */
  String scaled(String value) {
    String factor =
        delta.scale() == 1
            ? strength
            : editor.node(
                "Mul", strength, editor.constant(TensorValue.scalar((float) delta.scale())));
    return editor.node("Mul", value, factor);
  }

  /**
   * Lays a matrix out as the site is stored, zeros at units that are not meant and at what else the
   * initializer holds.
   *
   * @param matrix name of float32 {@code [K, in, width]}
   * @return name of float32 of the shape that is wanted
   */
  String stored(String matrix) {
    String all = Places.spread(editor, site(), matrix);
    if (shape == Shape.KERNELS) {
      return turned(all);
    }
    String turned =
        switch (site().layout()) {
          case IN_OUT -> all;
          case OUT_IN -> turned(all);
          case CHANNELS_OUT_WINDOW ->
              turned(Mix.reshape(editor, all, site().dims().get(0), -1, site().out()));
        };
    return Mix.reshape(editor, amongOthers(turned, site().in()), holder());
  }

  /**
   * Name of the frozen weight with each unit multiplied by a number; zeros at what else the
   * initializer holds.
   *
   * @param factors name of float32 {@code [1, 1, width]}
   * @return name of float32 with the initializer's dims
   */
  String timesFrozen(String factors) {
    String all = Places.spread(editor, site(), factors);
    String frozen = site().initializer();
    return switch (site().layout()) {
      case IN_OUT -> editor.node("Mul", frozen, Mix.reshape(editor, all, site().out()));
      case OUT_IN -> {
        String every = amongOthers(all, 1);
        String column = Mix.reshape(editor, every, -1, 1);
        String rows = Mix.reshape(editor, frozen, -1, site().in());
        yield Mix.reshape(editor, editor.node("Mul", rows, column), holder());
      }
      case CHANNELS_OUT_WINDOW -> {
        long groups = site().groups();
        long units = site().dims().get(1);
        String kernels =
            Mix.reshape(editor, frozen, groups, site().dims().get(0) / groups, units, -1);
        String grouped = Mix.reshape(editor, all, groups, 1, units, 1);
        yield Mix.reshape(editor, editor.node("Mul", kernels, grouped), holder());
      }
    };
  }

  private String turned(String value) {
    return editor.node("Transpose", Map.of("perm", Attribute.ints(0, 2, 1)), value);
  }

  /**
   * A site's numbers at their place in the initializer, zeros elsewhere.
   *
   * @param each how many numbers of the initializer stand for one of a unit's
   */
  private String amongOthers(String value, long each) {
    long all = Arrays.stream(holder()).reduce(1, Math::multiplyExact) * each / site().in();
    long own = Math.multiplyExact(site().out(), each);
    if (all == own) {
      return value;
    }
    long before = site().offset() * each / site().in();
    return editor.pad(Mix.reshape(editor, value, -1), 0, before, all - own - before);
  }

  /** The dims of the initializer that holds the site. */
  private long[] holder() {
    return editor.initializer(site().initializer()).dims();
  }
}
