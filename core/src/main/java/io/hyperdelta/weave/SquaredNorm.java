package io.hyperdelta.weave;

import io.hyperdelta.delta.Basis;
import io.hyperdelta.delta.Chunked;
import io.hyperdelta.delta.Core;
import io.hyperdelta.delta.Form;
import io.hyperdelta.delta.Full;
import io.hyperdelta.delta.Gain;
import io.hyperdelta.delta.LowRank;
import io.hyperdelta.delta.Shift;

/**
 * A form's rule for the squared Frobenius norm of its delta. Products go through small Gram
 * matrices, never through dW, unless the form makes dW anyway: of A B it is the sum of the elements
 * of (A^T A) * (B B^T), * taken elementwise.
 */
@FunctionalInterface
interface SquaredNorm {
  /**
   * Adds the nodes.
   *
   * @return name of float32 {@code [K]} or {@code [1]}
   */
  String add(DeltaNorms.Factors factors);

  /** The rule of a form. */
  static SquaredNorm of(Form form) {
    if (form instanceof Full full) {
      return f -> f.ownSums(full.replaces() ? f.lessFrozen(f.factor(0)) : f.factor(0));
    }
    if (form instanceof Chunked chunked) {
      // The chunks overlap the weight's end, so they are laid out as it is.
      return f -> {
        String made = f.chunks(0, 1);
        return f.ownSums(chunked.replaces() ? f.lessFrozen(made) : made);
      };
    }
    if (form instanceof LowRank) {
      return f -> f.sums(f.times(f.columnGram(f.factor(0)), f.rowGram(f.factor(1))));
    }
    if (form instanceof Core core) {
      return core.diagonal() ? SquaredNorm::ofDiagonalCore : SquaredNorm::ofCore;
    }
    if (form instanceof Basis) {
      return f -> f.quadratic(f.factor(0), f.rowGram(f.flat(1)));
    }
    if (form instanceof Gain) {
      return f -> {
        String gain = f.factor(0);
        return f.rowSums(f.times(f.times(gain, gain), f.frozenUnits()));
      };
    }
    if (form instanceof Shift) {
      return f -> {
        String shift = f.factor(0);
        return f.rowSums(f.times(shift, shift));
      };
    }
    throw new IllegalStateException("Form " + form.name() + " has no rule for its norm.");
  }

  /** Of A M B: the sum of (M^T (A^T A) M) * (B B^T). */
  private static String ofCore(DeltaNorms.Factors f) {
    String core = f.factor(1);
    String inner = f.product(f.turned(core), f.product(f.columnGram(f.factor(0)), core));
    return f.sums(f.times(inner, f.rowGram(f.factor(2))));
  }

  /** Of A diag(m) B: m^T ((A^T A) * (B B^T)) m. */
  private static String ofDiagonalCore(DeltaNorms.Factors f) {
    String gram = f.times(f.columnGram(f.factor(0)), f.rowGram(f.factor(2)));
    return f.quadratic(f.factor(1), gram);
  }
}
