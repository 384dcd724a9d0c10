package io.hyperdelta.weave;

import io.hyperdelta.graph.NodeWork;
import io.hyperdelta.graph.NodeWork.Product;
import java.util.Collection;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * How long nodes take, as a sum of what their ingredients cost: nanoseconds for a node, for an
 * operation, for a number that is read or written. A narrow product is slow because its numbers
 * outweigh its operations; many small products are slow because each has a cost of its own.
 *
 * <p>The constants are fitted by {@code io.hyperdelta.benchmarks.ContractionCosts}, which measures
 * programs on libtorch; docs/decisions/018 has the machine and the errors. They are constants, and
 * nothing is measured when a graph is woven, so that the same spec gives the same graph everywhere.
 * On another machine they may be far from its times; what counts is how they compare.
 *
 * @param constants nanoseconds of each {@link Ingredient}
 */
public record CostModel(Map<Ingredient, Double> constants) {
  /** What the time of nodes is made of. */
  public enum Ingredient {
    /** A node by itself. */
    NODE,
    /** An operation of a plain product. */
    OPERATION,
    /** A number of a plain product's factors. */
    OPERAND,
    /** A number that a plain product makes. */
    RESULT,
    /** An operation of a large plain product, which has all threads busy. */
    LARGE_OPERATION,
    /** A number of its factors. */
    LARGE_OPERAND,
    /** A number that it makes. */
    LARGE_RESULT,
    /** One of many products. */
    MATRIX,
    /** One of many tiny products, which libtorch has a loop of its own for. */
    TINY_MATRIX,
    /** An operation of many products. */
    BATCHED_OPERATION,
    /** A number of their factors. */
    BATCHED_OPERAND,
    /** A number that they make. */
    BATCHED_RESULT,
    /** A number that any other node reads or writes. */
    PASS,
    /** An operation of any other node. */
    POINTWISE,
    /** A number of a value so large that the system gives its memory anew each time. */
    PAGED
  }

  /** Multiplications from which a product is large; see docs/decisions/007 and 019. */
  private static final long LARGE = 1 << 25;

  /** Multiplications below which one of many products is tiny. */
  private static final long TINY = 400;

  /** Numbers from which glibc does not keep a value's memory: 32 MB. */
  private static final long PAGED = 1 << 23;

  /** Forwards and back, as in training: what contractions are planned by. */
  public static final CostModel TRAINING =
      of(
          10_900, .0227, .710, .976, .0163, 1.08, .952, 4_710, 90.9, .0168, 1.14, 1.55, .0211, .218,
          0);

  /** Forwards alone, as in prediction. */
  public static final CostModel FORWARD =
      of(
          1_640, .00779, .103, .150, .00464, .302, .343, 976, 35.7, .00796, .308, .0947, .0803, 0,
          .0109);

  public CostModel {
    constants = Collections.unmodifiableMap(new EnumMap<>(constants));
    if (constants.size() != Ingredient.values().length) {
      throw new IllegalArgumentException(
          "A cost model does not fit its ingredients. Expected a constant for each of %s, got %s."
              .formatted(List.of(Ingredient.values()), constants.keySet()));
    }
  }

  /** Constants in the order of the ingredients. */
  private static CostModel of(double... constants) {
    Map<Ingredient, Double> map = new EnumMap<>(Ingredient.class);
    for (Ingredient ingredient : Ingredient.values()) {
      map.put(ingredient, constants[map.size()]);
    }
    return new CostModel(map);
  }

  /** Nanoseconds of an ingredient. */
  public double nanos(Ingredient ingredient) {
    return constants.getOrDefault(ingredient, 0.0);
  }

  /** Nanoseconds that nodes take one after another. */
  public double nanos(Collection<NodeWork> nodes) {
    double sum = 0;
    for (Map.Entry<Ingredient, Double> amount : amounts(nodes).entrySet()) {
      sum += amount.getValue() * nanos(amount.getKey());
    }
    return sum;
  }

  /** How much of each ingredient nodes have; those that they lack are missing. */
  public static Map<Ingredient, Double> amounts(Collection<NodeWork> nodes) {
    Map<Ingredient, Double> amounts = new EnumMap<>(Ingredient.class);
    for (NodeWork work : nodes) {
      add(amounts, Ingredient.NODE, 1);
      work.products().forEach(product -> add(amounts, product));
      add(amounts, Ingredient.PASS, (double) work.floats());
      add(amounts, Ingredient.POINTWISE, (double) work.operations());
      if (work.operations() >= PAGED) {
        add(amounts, Ingredient.PAGED, (double) work.operations());
      }
    }
    return amounts;
  }

  private static void add(Map<Ingredient, Double> amounts, Ingredient ingredient, double amount) {
    amounts.merge(ingredient, amount, Double::sum);
  }

  private static void add(Map<Ingredient, Double> amounts, Product product) {
    double count = product.count();
    double rows = product.rows();
    double inner = product.inner();
    double columns = product.columns();
    double operations = 2 * count * rows * inner * columns;
    double operands = count * (rows * inner + inner * columns);
    double results = count * rows * columns;
    if (product.count() > 1) {
      boolean tiny = rows * inner * columns < TINY;
      add(amounts, tiny ? Ingredient.TINY_MATRIX : Ingredient.MATRIX, count);
      add(amounts, Ingredient.BATCHED_OPERATION, operations);
      add(amounts, Ingredient.BATCHED_OPERAND, operands);
      add(amounts, Ingredient.BATCHED_RESULT, results);
    } else {
      boolean large = rows * inner * columns >= LARGE;
      add(amounts, large ? Ingredient.LARGE_OPERATION : Ingredient.OPERATION, operations);
      add(amounts, large ? Ingredient.LARGE_OPERAND : Ingredient.OPERAND, operands);
      add(amounts, large ? Ingredient.LARGE_RESULT : Ingredient.RESULT, results);
    }
    if (results >= PAGED) {
      add(amounts, Ingredient.PAGED, results);
    }
  }
}
