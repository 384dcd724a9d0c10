package io.hyperdelta.weave;

import io.hyperdelta.delta.Basis;
import io.hyperdelta.delta.Chunked;
import io.hyperdelta.delta.Core;
import io.hyperdelta.delta.Form;
import io.hyperdelta.delta.Full;
import io.hyperdelta.delta.Gain;
import io.hyperdelta.delta.LowRank;
import io.hyperdelta.delta.Shift;

/** A form's rule: the nodes that make what the delta adds to the output of a layer. */
@FunctionalInterface
interface Rewrite {
  /**
   * Adds the nodes. Values are scaled where they are narrowest.
   *
   * @return name of float32 {@code [K, m, out]} or {@code [K, 1, out]}
   */
  String contribution(Layer layer);

  /** The rule of a form. */
  static Rewrite of(Form form) {
    if (form instanceof Full full) {
      return full.replaces()
          ? layer -> layer.scaled(layer.timesMatrix(layer.input(), 0))
          : layer -> layer.scaled(layer.times(layer.input(), 0));
    }
    if (form instanceof Chunked) {
      return layer -> layer.scaled(layer.timesChunks(layer.input(), 0, 1));
    }
    if (form instanceof LowRank) {
      return layer -> layer.times(layer.scaled(layer.times(layer.input(), 0)), 1);
    }
    if (form instanceof Core core) {
      return layer -> {
        String narrow = layer.scaled(layer.times(layer.input(), 0));
        String mixed = core.diagonal() ? layer.timesDiagonal(narrow, 1) : layer.times(narrow, 1);
        return layer.times(mixed, 2);
      };
    }
    if (form instanceof Basis) {
      return layer -> layer.scaled(layer.timesMix(layer.input(), 0, 1));
    }
    if (form instanceof Gain) {
      return layer -> {
        String product = layer.product();
        return layer.scaledAlready(layer.timesDiagonal(product, 0));
      };
    }
    if (form instanceof Shift) {
      return layer -> layer.scaled(layer.row(0));
    }
    throw new IllegalStateException("Form " + form.name() + " has no rewrite rule.");
  }
}
