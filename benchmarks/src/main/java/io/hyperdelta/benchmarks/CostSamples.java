package io.hyperdelta.benchmarks;

import io.hyperdelta.graph.Attribute;
import io.hyperdelta.graph.Dtype;
import io.hyperdelta.graph.GraphEditor;
import io.hyperdelta.graph.Model;
import io.hyperdelta.graph.NodeWork;
import io.hyperdelta.graph.NodeWork.Product;
import io.hyperdelta.graph.TensorType;
import io.hyperdelta.graph.TensorValue;
import io.hyperdelta.weave.Contraction;
import io.hyperdelta.weave.Workload;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;

/** The graphs whose times a cost model is fitted to: single ingredients, then contractions. */
final class CostSamples {
  private static final int[][] PRODUCTS = {
    {256, 256, 256},
    {256, 256, 8},
    {256, 8, 256},
    {256, 64, 64},
    {256, 16, 16},
    {1024, 256, 256},
    {1024, 256, 8},
    {1024, 8, 256},
    {64, 256, 256},
    {32, 64, 64},
    {8, 17, 4096},
    {64, 17, 2048},
    {256, 17, 2048},
    {256, 65, 2048},
    {256, 65, 16384},
    {8, 65, 65536},
    {1, 65, 65536},
    {1, 17, 4096},
    {256, 256, 520},
    {256, 256, 2080},
    {256, 64, 1088},
    {1024, 64, 4160},
    {32, 16, 64},
    {256, 4, 4},
    {256, 384, 68},
    {256, 1, 64},
    {4096, 64, 64}
  };

  private static final int[][] BATCHES = {
    {8, 32, 256, 8}, {8, 32, 8, 256}, {8, 32, 64, 64}, {8, 32, 256, 256}, {64, 4, 256, 8},
    {64, 4, 8, 256}, {64, 4, 64, 64}, {64, 16, 64, 64}, {256, 1, 256, 8}, {256, 1, 8, 256},
    {256, 1, 64, 64}, {256, 4, 64, 64}, {256, 4, 256, 8}, {1024, 1, 16, 16}, {256, 4, 4, 4},
    {1024, 1, 8, 4}, {32, 1, 64, 64}, {8, 128, 64, 64}, {4, 256, 256, 256}, {2, 256, 64, 64}
  };

  private static final int[][] MIXES = {
    {32, 5, 8},
    {32, 17, 64},
    {256, 5, 8},
    {256, 17, 8},
    {256, 17, 64},
    {256, 65, 8},
    {256, 65, 64},
    {256, 65, 256},
    {1024, 17, 64},
    {1024, 65, 64},
    {1024, 17, 256}
  };

  private static final int[] ROWS = {32, 256, 1024};
  private static final int[] COUNTS = {5, 17, 65};
  private static final int[][] FACTORS = {
    {8, 256}, {256, 8}, {64, 64}, {256, 256}, {16, 16}, {384, 4}, {1, 32}
  };

  /** Beyond these a graph takes seconds, or gigabytes. */
  private static final long MOST_MULTIPLICATIONS = 1L << 29;

  private static final long MOST_NUMBERS = 1L << 24;

  private CostSamples() {}

  /**
   * A graph.
   *
   * @param kind what is measured
   * @param sizes tell samples of a kind apart
   * @param work what its nodes have to do
   * @param builder adds the nodes, and gives the name of the result
   */
  record Sample(String kind, List<Integer> sizes, List<NodeWork> work, Builder builder) {
    TimedGraph compile() {
      Editing editing = new Editing(GraphEditor.empty("sample", 17), new LinkedHashSet<>());
      String result = builder.build(editing);
      editing.editor().output(result, TensorType.of(Dtype.FLOAT));
      Model model = editing.editor().finish("sample");
      return new TimedGraph(model, editing.learned());
    }
  }

  /** The sizes of one contraction of the grid. */
  record Sizes(Workload workload, int in, int out, int count) {
    List<Integer> list() {
      return List.of(workload.rows(), workload.conditions(), in, out, count);
    }
  }

  interface Builder {
    String build(Editing editing);
  }

  /** A graph under construction, whose initializers are all learned. */
  record Editing(GraphEditor editor, Set<String> learned) {
    String learned(long... dims) {
      float[] values = new float[Math.toIntExact(Arrays.stream(dims).reduce(1, (a, b) -> a * b))];
      Random random = new Random(1);
      for (int i = 0; i < values.length; i++) {
        values[i] = random.nextFloat() - 0.5f;
      }
      String name =
          editor.initializer("learned" + learned.size(), TensorValue.ofFloats(values, dims));
      learned.add(name);
      return name;
    }

    String reshape(String x, long... shape) {
      return editor.node("Reshape", x, editor.constant(TensorValue.longs(shape)));
    }
  }

  /** All samples; those of contractions are of the kinds that {@link Contraction} names. */
  static List<Sample> all() {
    List<Sample> samples = new ArrayList<>();
    for (int count : new int[] {1, 20, 100}) {
      NodeWork one = new NodeWork(List.of(), 1, 2);
      samples.add(
          new Sample(
              "node", List.of(count), Collections.nCopies(count, one), e -> chain(e, count)));
    }
    for (int[] p : PRODUCTS) {
      samples.add(
          new Sample(
              "product",
              boxed(p),
              List.of(product(1, p[0], p[1], p[2])),
              e -> e.editor().node("MatMul", e.learned(p[0], p[1]), e.learned(p[1], p[2]))));
    }
    for (int[] p : BATCHES) {
      samples.add(
          new Sample(
              "many products",
              boxed(p),
              List.of(product(p[0], p[1], p[2], p[3])),
              e ->
                  e.editor()
                      .node("MatMul", e.learned(p[0], p[1], p[2]), e.learned(p[0], p[2], p[3]))));
    }
    for (int[] p : MIXES) {
      long numbers = (long) p[0] * p[1] * p[2];
      samples.add(
          new Sample(
              "weighted sum",
              boxed(p),
              List.of(
                  new NodeWork(List.of(), numbers, 2 * numbers + (long) p[0] * p[1]),
                  new NodeWork(List.of(), numbers, numbers + (long) p[0] * p[2])),
              e -> weighted(e, e.learned(p[0], 1, p[2], p[1]), e.learned(p[0], 1, 1, p[1]))));
    }
    for (Sizes sizes : grid()) {
      for (Contraction order : Contraction.values()) {
        samples.add(
            new Sample(
                order.title(),
                sizes.list(),
                Contraction.work(order, sizes.workload(), sizes.in(), sizes.out(), sizes.count()),
                e -> contraction(e, order, sizes)));
      }
    }
    return samples;
  }

  /** The sizes for which orders are compared. */
  static List<Sizes> grid() {
    List<Sizes> grid = new ArrayList<>();
    for (int n : ROWS) {
      for (int k : new LinkedHashSet<>(List.of(1, 8, n / 4, n))) {
        for (int[] factor : FACTORS) {
          for (int count : COUNTS) {
            long size = (long) factor[0] * factor[1];
            if (Math.max(n, k) * size * count <= MOST_MULTIPLICATIONS && k * size <= MOST_NUMBERS) {
              grid.add(new Sizes(new Workload(n, k), factor[0], factor[1], count));
            }
          }
        }
      }
    }
    return grid;
  }

  private static String chain(Editing e, int count) {
    String x = e.learned(1);
    for (int i = 0; i < count; i++) {
      x = e.editor().node("Neg", x);
    }
    return x;
  }

  private static String weighted(Editing e, String values, String weights) {
    return e.editor().reduceSum(e.editor().node("Mul", values, weights), 3);
  }

  /** The nodes of an order as the weaver lays them out. */
  private static String contraction(Editing e, Contraction order, Sizes sizes) {
    int n = sizes.workload().rows();
    int k = sizes.workload().conditions();
    long in = sizes.in();
    long out = sizes.out();
    int count = sizes.count();
    String x = e.learned(k, n / k, in);
    String z = e.learned(k, count);
    String head = e.learned(count, in * out);
    if (order == Contraction.FACTORS_FIRST) {
      return e.editor()
          .node("MatMul", x, e.reshape(e.editor().node("MatMul", z, head), -1, in, out));
    }
    String each = e.reshape(head, count, in, out);
    if (order == Contraction.HEAD_LAST) {
      String spread =
          e.editor().node("Mul", e.editor().unsqueeze(x, 3), e.reshape(z, -1, 1, 1, count));
      return e.editor()
          .node(
              "MatMul",
              e.reshape(spread, 0, 0, in * count),
              e.reshape(turned(e, each, 1, 0, 2), in * count, out));
    }
    String all = e.editor().node("MatMul", x, e.reshape(turned(e, each, 1, 2, 0), in, out * count));
    return weighted(e, e.reshape(all, k, -1, out, count), e.reshape(z, -1, 1, 1, count));
  }

  private static String turned(Editing e, String value, long... order) {
    return e.editor().node("Transpose", Map.of("perm", Attribute.ints(order)), value);
  }

  private static NodeWork product(long count, long rows, long inner, long columns) {
    return new NodeWork(List.of(new Product(count, rows, inner, columns)), 0, 0);
  }

  private static List<Integer> boxed(int[] sizes) {
    return Arrays.stream(sizes).boxed().toList();
  }
}
