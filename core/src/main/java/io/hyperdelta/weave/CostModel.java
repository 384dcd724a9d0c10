package io.hyperdelta.weave;

import io.hyperdelta.graph.NodeWork;
import io.hyperdelta.graph.NodeWork.Product;
import java.util.Collection;
import java.util.List;

/**
 * How long nodes take, as a sum of what their ingredients cost: nanoseconds for a node, for an
 * operation, for a number that is read or written. A narrow product is slow because its numbers
 * outweigh its operations; many small products are slow because each has a cost of its own.
 *
 * <p>The constants are fitted by {@code io.hyperdelta.benchmarks.ContractionCosts}, which measures
 * programs on libtorch; docs/decisions/018 has the machine and the errors. They are constants, and
 * nothing is measured when a graph is woven, so that the same spec gives the same graph everywhere:
 * on another machine they may be far from its times, but they compare orders of the same sizes.
 *
 * @param node a node by itself
 * @param operation an operation of one large product
 * @param operand a number of the factors of one large product
 * @param result a number that one large product makes
 * @param matrix a product among many of at least 400 multiplications
 * @param smallMatrix a smaller product among many
 * @param batchedOperation an operation of many products
 * @param batchedOperand a number of the factors of many products
 * @param batchedResult a number that many products make
 * @param pass a number read or written by any other node
 * @param pointwise an operation of any other node
 */
public record CostModel(
    double node,
    double operation,
    double operand,
    double result,
    double matrix,
    double smallMatrix,
    double batchedOperation,
    double batchedOperand,
    double batchedResult,
    double pass,
    double pointwise) {
  /** Below so many multiplications libtorch has a loop of its own for each of many products. */
  private static final long SMALL = 400;

  /** Forwards and back, as in training: what contractions are planned by. */
  public static final CostModel TRAINING =
      new CostModel(5000, 0.025, 0.6, 0.7, 6000, 190, 0.03, 0.19, 0.36, 0.09, 0.06);

  /** Forwards alone, as in prediction. */
  public static final CostModel FORWARD =
      new CostModel(2000, 0.01, 0.05, 0.11, 1000, 63, 0.01, 0.03, 0.03, 0.02, 0.02);

  /** The names of the constants, in their order. */
  public static final List<String> CONSTANTS =
      List.of(
          "node",
          "operation",
          "operand",
          "result",
          "matrix",
          "smallMatrix",
          "batchedOperation",
          "batchedOperand",
          "batchedResult",
          "pass",
          "pointwise");

  /** A model of fitted constants, in the order of {@link #CONSTANTS}. */
  public static CostModel of(double... c) {
    return new CostModel(c[0], c[1], c[2], c[3], c[4], c[5], c[6], c[7], c[8], c[9], c[10]);
  }

  /** The constants in the order of {@link #CONSTANTS}. */
  private double[] constants() {
    return new double[] {
      node,
      operation,
      operand,
      result,
      matrix,
      smallMatrix,
      batchedOperation,
      batchedOperand,
      batchedResult,
      pass,
      pointwise
    };
  }

  /** Nanoseconds that nodes take one after another. */
  public double nanos(Collection<NodeWork> nodes) {
    double[] amounts = amounts(nodes);
    double[] constants = constants();
    double sum = 0;
    for (int i = 0; i < amounts.length; i++) {
      sum += amounts[i] * constants[i];
    }
    return sum;
  }

  /** How much of each ingredient nodes have, in the order of {@link #CONSTANTS}. */
  public static double[] amounts(Collection<NodeWork> nodes) {
    double[] amounts = new double[CONSTANTS.size()];
    for (NodeWork work : nodes) {
      amounts[0]++;
      work.products().forEach(product -> add(product, amounts));
      amounts[9] += work.floats();
      amounts[10] += work.operations();
    }
    return amounts;
  }

  private static void add(Product product, double[] amounts) {
    double count = product.count();
    double rows = product.rows();
    double inner = product.inner();
    double columns = product.columns();
    boolean many = product.count() > 1;
    if (many) {
      amounts[rows * inner * columns < SMALL ? 5 : 4] += count;
    }
    int first = many ? 6 : 1;
    amounts[first] += 2 * count * rows * inner * columns;
    amounts[first + 1] += count * (rows * inner + inner * columns);
    amounts[first + 2] += count * rows * columns;
  }
}
