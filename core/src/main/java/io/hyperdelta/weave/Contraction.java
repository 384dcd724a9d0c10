package io.hyperdelta.weave;

import io.hyperdelta.graph.NodeWork;
import io.hyperdelta.graph.NodeWork.Product;
import java.util.List;
import java.util.Locale;

/**
 * The order in which a value x, a head H and the latent z are multiplied to give x F(z), where F(z)
 * = H z is a generated factor {@code [in, out]}. A third way, for one condition, is never to
 * multiply with the delta by itself: {@link Merging}.
 */
public enum Contraction {
  /** F(z) for each condition, then x F(z): few conditions with many rows each. */
  FACTORS_FIRST("factors first"),
  /**
   * x H for all latent dimensions at once, then z: every row with its own condition, and a small
   * latent. No per-row weights.
   */
  INPUT_FIRST("input first"),
  /**
   * Each number of x times each of z, then all of them times H in one product: every row with its
   * own condition, where F(z) has more columns than rows. Only rows can be spread out like this,
   * not what a convolution goes over or a table is looked up with.
   */
  HEAD_LAST("head last");

  private final String title;

  Contraction(String title) {
    this.title = title;
  }

  /** Its name in texts. */
  public String title() {
    return title;
  }

  /**
   * The cheapest order by the calibrated cost model.
   *
   * @param in rows of the factor
   * @param out columns of the factor
   * @param count how many matrices are added up to the factor: the width of {@code [z; 1]}
   * @param unfolding operations for one row that only a product with a factor of its own needs; 0
   *     for what comes in rows already
   */
  public static Contraction cheapest(
      Workload workload, long in, long out, long count, double unfolding) {
    Contraction best = FACTORS_FIRST;
    for (Contraction order : values()) {
      if (cost(order, workload, in, out, count, unfolding)
          < cost(best, workload, in, out, count, unfolding)) {
        best = order;
      }
    }
    return best;
  }

  /**
   * Nanoseconds of a training step, forwards and back, for an operand that may have to be unfolded;
   * infinite if the order is out of the question.
   */
  static double cost(
      Contraction order, Workload workload, long in, long out, long count, double unfolding) {
    double own = cost(order, workload, in, out, count);
    return switch (order) {
      case FACTORS_FIRST -> own + unfoldingCost(workload, unfolding);
      case INPUT_FIRST -> own;
      case HEAD_LAST -> unfolding > 0 ? Double.POSITIVE_INFINITY : own;
    };
  }

  /** Nanoseconds of the operations that only a product with a factor of its own needs. */
  private static double unfoldingCost(Workload workload, double unfolding) {
    return workload.rows() * unfolding * CostModel.TRAINING.nanos(CostModel.Ingredient.OPERATION);
  }

  /** What is done in this order, in words. */
  String steps(Workload workload, long in, long out, long count) {
    int n = workload.rows();
    int k = workload.conditions();
    return switch (this) {
      case FACTORS_FIRST ->
          String.format(
              Locale.ROOT,
              "%,d factor%s of %,d number%s, each times its %,d row%s",
              k,
              k == 1 ? "" : "s",
              in * out,
              in * out == 1 ? "" : "s",
              n / k,
              n / k == 1 ? "" : "s");
      case INPUT_FIRST ->
          String.format(
              Locale.ROOT,
              "%,d rows times all %,d matrices at once, then their %,d numbers weighted and added",
              n,
              count,
              n * count * out);
      case HEAD_LAST ->
          String.format(
              Locale.ROOT,
              "%,d rows spread to %,d numbers each, then all times one matrix of %,d x %,d",
              n,
              count * in,
              count * in,
              out);
    };
  }

  /** Nanoseconds of a training step, forwards and back. */
  public static double cost(Contraction order, Workload workload, long in, long out, long count) {
    return CostModel.TRAINING.nanos(work(order, workload, in, out, count));
  }

  /**
   * What the nodes have to do that an order is made of; see {@code Mix}. The matrices cost nothing
   * to lay out: engines keep constants as they are read, and parameters that are trained.
   */
  public static List<NodeWork> work(
      Contraction order, Workload workload, long in, long out, long count) {
    long n = workload.rows();
    long k = workload.conditions();
    NodeWork reshape = new NodeWork(List.of(), 0, 0);
    if (order == FACTORS_FIRST) {
      return List.of(
          product(1, k, count, in * out), reshape, product(k, Math.max(1, n / k), in, out));
    }
    if (order == HEAD_LAST) {
      long spread = n * count * in;
      return List.of(
          reshape,
          reshape,
          new NodeWork(List.of(), spread, spread + n * in + k * count),
          reshape,
          product(1, n, count * in, out));
    }
    long products = n * count * out;
    return List.of(
        product(1, n, in, count * out),
        reshape,
        reshape,
        new NodeWork(List.of(), products, 2 * products + k * count),
        new NodeWork(List.of(), products, products + n * out));
  }

  private static NodeWork product(long count, long rows, long inner, long columns) {
    return new NodeWork(List.of(new Product(count, rows, inner, columns)), 0, 0);
  }
}
