package io.hyperdelta.weave;

import io.hyperdelta.delta.Basis;
import io.hyperdelta.delta.Chunked;
import io.hyperdelta.delta.Core;
import io.hyperdelta.delta.Form;
import io.hyperdelta.delta.Full;
import io.hyperdelta.delta.Gain;
import io.hyperdelta.delta.LowRank;
import io.hyperdelta.delta.Shift;
import io.hyperdelta.delta.SiteDelta;
import io.hyperdelta.target.Site;
import io.hyperdelta.target.SiteKind;
import java.util.Optional;

/**
 * How a form's delta of one condition is made as a whole, and what that takes compared with {@link
 * Rewrite}, which never makes it.
 *
 * @param rule adds the nodes
 * @param rowProducts multiplications for each row where the delta is not merged
 * @param rowTraffic numbers moved for each row where it is not
 * @param products multiplications that make the delta
 * @param traffic numbers moved to make it and to add it to the weight
 */
record MergedForm(
    Rule rule, double rowProducts, double rowTraffic, double products, double traffic) {
  /** Adds the nodes that make a delta. */
  @FunctionalInterface
  interface Rule {
    /**
     * Values are scaled where they are narrowest.
     *
     * @return name of float32, of the dims of the site's initializer or such that it broadcasts
     */
    String delta(MergedWeight weight);
  }

  /** What is written and read once where a contribution is added to a layer's output. */
  private static final double ADDED = 3;

  /** The same for what a gain multiplies: the addend is taken off before, and two factors. */
  private static final double MULTIPLIED = 10;

  /** A delta written, scaled and laid out, the weight read, the sum written and read. */
  private static final double MERGED = 6;

  /** How a delta is merged; empty if it never is. */
  static Optional<MergedForm> of(SiteDelta delta) {
    Site site = delta.site();
    return isWorthwhile(site) && !delta.form().makesBias(site) && !delta.form().replaces()
        ? of(delta.form(), site)
        : Optional.empty();
  }

  /**
   * Not tables, of which a batch reads a few rows; and not batch normalisations, which engines
   * merge into the convolution before them as long as they are constant.
   */
  private static boolean isWorthwhile(Site site) {
    return site.kind() != SiteKind.EMBEDDING
        && site.uses().stream().noneMatch(use -> use.op().equals("BatchNormalization"));
  }

  /**
   * Whether {@link Rewrite} asks what a node makes of the frozen weight alone; of a form that is
   * not known here that has to be expected.
   */
  static boolean seesFrozen(Form form) {
    return !(form instanceof Full
        || form instanceof LowRank
        || form instanceof Core
        || form instanceof Basis
        || form instanceof Chunked
        || form instanceof Shift);
  }

  private static Optional<MergedForm> of(Form form, Site site) {
    double in = site.in();
    double width = site.width();
    double all = in * site.out();
    double added = ADDED * site.out();
    double merged = MERGED * all;
    if (form instanceof Full) {
      return of(w -> w.stored(w.scaled(w.factor(0))), in * width, added, 0, merged);
    }
    if (form instanceof LowRank low) {
      double rank = low.rank();
      return of(
          w -> w.stored(w.node("MatMul", w.scaled(w.factor(0)), w.factor(1))),
          rank * (in + width),
          added,
          in * rank * width,
          merged);
    }
    if (form instanceof Core core) {
      double rank = core.rank();
      double inner = core.diagonal() ? rank : rank * rank;
      return of(
          w -> w.stored(w.node("MatMul", mixed(w, core), w.factor(2))),
          rank * (in + width) + inner,
          added,
          in * inner + in * rank * width,
          merged);
    }
    if (form instanceof Basis) {
      // The matrices are mixed either way.
      return of(w -> w.stored(w.mix(0, 1)), in * width, added, 0, merged);
    }
    if (form instanceof Gain) {
      return of(w -> w.timesFrozen(w.scaled(w.row(0))), 0, MULTIPLIED * site.out(), 0, merged);
    }
    if (form instanceof Shift) {
      return of(w -> w.stored(w.scaled(w.row(0))), 0, added, 0, merged);
    }
    return Optional.empty();
  }

  private static String mixed(MergedWeight weight, Core core) {
    String left = weight.scaled(weight.factor(0));
    return core.diagonal()
        ? weight.node("Mul", left, weight.row(1))
        : weight.node("MatMul", left, weight.factor(1));
  }

  private static Optional<MergedForm> of(
      Rule rule, double rowProducts, double rowTraffic, double products, double traffic) {
    return Optional.of(new MergedForm(rule, rowProducts, rowTraffic, products, traffic));
  }
}
