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
  INPUT_FIRST("input first");

  private final String title;

  Contraction(String title) {
    this.title = title;
  }

  /** Its name in texts. */
  public String title() {
    return title;
  }

  /**
   * The cheaper order by the calibrated cost model.
   *
   * @param in rows of the factor
   * @param out columns of the factor
   * @param count how many matrices are added up to the factor: the width of {@code [z; 1]}
   * @param unfolding operations for one row that only a product with a factor of its own needs
   */
  public static Contraction cheaper(
      Workload workload, long in, long out, long count, double unfolding) {
    return cost(FACTORS_FIRST, workload, in, out, count) + unfoldingCost(workload, unfolding)
            <= cost(INPUT_FIRST, workload, in, out, count)
        ? FACTORS_FIRST
        : INPUT_FIRST;
  }

  /** Nanoseconds of the operations that only a product with a factor of its own needs. */
  static double unfoldingCost(Workload workload, double unfolding) {
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
    };
  }

  /** Nanoseconds of a training step, forwards and back. */
  public static double cost(Contraction order, Workload workload, long in, long out, long count) {
    return CostModel.TRAINING.nanos(work(order, workload, in, out, count));
  }

  /** What the nodes have to do that an order is made of; see {@code Mix}. */
  public static List<NodeWork> work(
      Contraction order, Workload workload, long in, long out, long count) {
    long n = workload.rows();
    long k = workload.conditions();
    NodeWork reshape = new NodeWork(List.of(), 0, 0);
    if (order == FACTORS_FIRST) {
      return List.of(
          product(1, k, count, in * out), reshape, product(k, Math.max(1, n / k), in, out));
    }
    long products = n * count * out;
    return List.of(
        reshape,
        new NodeWork(List.of(), 0, 2 * count * in * out),
        reshape,
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
