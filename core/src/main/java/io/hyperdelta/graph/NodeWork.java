package io.hyperdelta.graph;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What one node has to do in a run: matrix products, and passes over values. Only real numbers
 * count; arithmetic on shapes and ids is next to nothing.
 *
 * <p>The convention is the usual one: a multiplication and its addition are two operations. What is
 * done number by number counts one operation for each number of the result, a sum or pooling one
 * for each number that it reads, and a normalisation or softmax {@value #NORMALISING} for each.
 *
 * @param products the products, possibly none
 * @param operations floating-point operations besides the products
 * @param floats numbers that are read or written besides the products' own
 */
public record NodeWork(List<Product> products, long operations, long floats) {
  /**
   * Products of equal size.
   *
   * @param count how many, 0 or more
   * @param rows of the left factor and the result
   * @param inner columns of the left factor and rows of the right one
   * @param columns of the right factor and the result
   */
  public record Product(long count, long rows, long inner, long columns) {
    /** Floating-point operations: {@code 2 count rows inner columns}. */
    public long operations() {
      return 2 * volume(count, rows, inner, columns);
    }
  }

  /** Mean, variance, subtraction, division and scale; or maximum, exponential, sum and division. */
  private static final int NORMALISING = 5;

  /** Of a gated unit's state: activations, products and sums of its gates. */
  private static final int GATING = 10;

  private static final NodeWork NONE = new NodeWork(List.of(), 0, 0);

  /** Nodes that only look at a value in another way. */
  private static final Set<String> VIEWS =
      Set.of("Reshape", "Identity", "Squeeze", "Unsqueeze", "Flatten", "Expand", "Dropout");

  /** Nodes that copy numbers and compute none. */
  private static final Set<String> COPIES =
      Set.of(
          "Cast",
          "Concat",
          "ConstantOfShape",
          "EyeLike",
          "Gather",
          "GatherElements",
          "GatherND",
          "Pad",
          "Resize",
          "ScatterElements",
          "ScatterND",
          "Slice",
          "Split",
          "SpaceToDepth",
          "DepthToSpace",
          "Tile",
          "Transpose",
          "Where");

  private static final Set<String> NORMALISATIONS =
      Set.of(
          "LayerNormalization",
          "InstanceNormalization",
          "GroupNormalization",
          "Softmax",
          "LogSoftmax",
          "LRN",
          "LpNormalization",
          "MeanVarianceNormalization");

  public NodeWork {
    products = List.copyOf(products);
  }

  /**
   * The work of a node.
   *
   * @param shapes of what it reads and makes
   * @return no work for a node whose outputs are not known or hold no real numbers, and for what
   *     the graphs inside a node do
   */
  public static NodeWork of(Node node, ValueShapes shapes) {
    if (node.outputs().stream().allMatch(output -> shapes.of(output) == null)) {
      return NONE;
    }
    return switch (node.op()) {
      case "MatMul" -> matMul(node, shapes);
      case "Gemm" -> gemm(node, shapes);
      case "Conv" -> convolution(node, shapes);
      case "ConvTranspose" -> transposedConvolution(node, shapes);
      case "Einsum" -> einsum(node, shapes);
      case "LSTM", "GRU", "RNN" -> recurrence(node, shapes);
      case "AveragePool", "MaxPool", "LpPool" -> pooling(node, shapes);
      default -> passes(node, shapes);
    };
  }

  /** Whether the work of a node depends on graphs inside it, which are not looked into. */
  public static boolean hides(Node node) {
    return node.attributes().values().stream().anyMatch(a -> a instanceof Attribute.Subgraph);
  }

  /** Floating-point operations, those of the products among them. */
  public long flops() {
    return products.stream().mapToLong(Product::operations).sum() + operations;
  }

  private static NodeWork product(long count, long rows, long inner, long columns, long added) {
    return new NodeWork(List.of(new Product(count, rows, inner, columns)), added, 2 * added);
  }

  /** A factor that is the same for all of the other's matrices is one large product. */
  private static NodeWork matMul(Node node, ValueShapes shapes) {
    long[] a = given(node, 0, shapes);
    long[] b = given(node, 1, shapes);
    if (a == null || b == null || a.length == 0 || b.length == 0) {
      return NONE;
    }
    long inner = a[a.length - 1];
    long rows = a.length == 1 ? 1 : a[a.length - 2];
    long columns = b.length == 1 ? 1 : b[b.length - 1];
    long count = volume(shapes.of(node.output())) / Math.max(1, rows * columns);
    boolean oneRight = b.length <= 2 || volume(b) == inner * columns;
    return oneRight
        ? product(1, Math.multiplyExact(count, rows), inner, columns, 0)
        : product(count, rows, inner, columns, 0);
  }

  private static NodeWork gemm(Node node, ValueShapes shapes) {
    long[] a = given(node, 0, shapes);
    long[] y = shapes.of(node.output());
    if (a == null || y == null || a.length != 2 || y.length != 2) {
      return NONE;
    }
    long inner = node.intAttribute("transA", 0) == 0 ? a[1] : a[0];
    return product(1, y[0], inner, y[1], node.hasInput(2) ? volume(y) : 0);
  }

  /** A window of the input is a row: {@code [n * places, channels * window]} times the kernels. */
  private static NodeWork convolution(Node node, ValueShapes shapes) {
    long[] w = given(node, 1, shapes);
    long[] y = shapes.of(node.output());
    if (w == null || y == null || w.length < 3 || y.length < 3) {
      return NONE;
    }
    long groups = Math.max(1, node.intAttribute("group", 1));
    long inner = volume(w) / Math.max(1, w[0]);
    long rows = volume(y) / Math.max(1, y[1]);
    return product(groups, rows, inner, w[0] / groups, node.hasInput(2) ? volume(y) : 0);
  }

  /** Each place of the input is spread over a window of the output. */
  private static NodeWork transposedConvolution(Node node, ValueShapes shapes) {
    long[] x = given(node, 0, shapes);
    long[] w = given(node, 1, shapes);
    if (x == null || w == null || x.length < 3 || w.length < 3) {
      return NONE;
    }
    long groups = Math.max(1, node.intAttribute("group", 1));
    long columns = volume(w) / Math.max(1, w[0]);
    long rows = volume(x) / Math.max(1, x[1]);
    long added = node.hasInput(2) ? volume(shapes.of(node.output())) : 0;
    return product(groups, rows, w[0] / groups, columns, added);
  }

  /** As many multiplications as all the letters together have places. */
  private static NodeWork einsum(Node node, ValueShapes shapes) {
    Map<Character, Long> sizes = new HashMap<>();
    String equation = node.textAttribute("equation", "").replace(" ", "");
    int arrow = equation.indexOf("->");
    String[] terms = (arrow < 0 ? equation : equation.substring(0, arrow)).split(",", -1);
    for (int i = 0; i < terms.length; i++) {
      long[] dims = given(node, i, shapes);
      if (dims == null || dims.length != terms[i].length()) {
        return passes(node, shapes);
      }
      for (int axis = 0; axis < dims.length; axis++) {
        sizes.merge(terms[i].charAt(axis), dims[axis], Math::max);
      }
    }
    long all = sizes.values().stream().mapToLong(Long::longValue).reduce(1, Math::multiplyExact);
    long result = Math.max(1, volume(shapes.of(node.output())));
    return terms.length < 2
        ? passes(node, shapes)
        : product(1, result, Math.max(1, all / result), terms.length - 1L, 0);
  }

  /** All steps' inputs at once, then the state step by step, for each direction. */
  private static NodeWork recurrence(Node node, ValueShapes shapes) {
    long[] x = given(node, 0, shapes);
    long[] w = given(node, 1, shapes);
    long[] r = given(node, 2, shapes);
    if (x == null || w == null || r == null || x.length != 3 || w.length != 3 || r.length != 3) {
      return NONE;
    }
    boolean batchFirst = node.intAttribute("layout", 0) == 1;
    long steps = batchFirst ? x[1] : x[0];
    long batch = batchFirst ? x[0] : x[1];
    long gated = volume(w[0], steps, batch, r[2]);
    return new NodeWork(
        List.of(
            new Product(w[0], steps * batch, w[2], w[1]),
            new Product(w[0] * steps, batch, r[2], r[1])),
        GATING * gated,
        GATING * gated);
  }

  private static NodeWork pooling(Node node, ValueShapes shapes) {
    long[] window = node.intsAttribute("kernel_shape");
    long made = volume(shapes.of(node.output()));
    long each = window == null ? 1 : volume(window);
    return new NodeWork(List.of(), Math.multiplyExact(made, each), floats(node, shapes));
  }

  private static NodeWork passes(Node node, ValueShapes shapes) {
    if (VIEWS.contains(node.op()) || hides(node)) {
      return NONE;
    }
    long read = inputs(node, shapes).stream().mapToLong(NodeWork::volume).max().orElse(0);
    long made =
        node.outputs().stream().mapToLong(output -> volume(shapes.of(output))).max().orElse(0);
    if (COPIES.contains(node.op())) {
      return new NodeWork(List.of(), 0, 2 * made);
    }
    boolean sums = node.op().startsWith("Reduce") || node.op().startsWith("Global");
    long numbers = sums ? read : made;
    long each = NORMALISATIONS.contains(node.op()) ? NORMALISING : 1;
    return new NodeWork(List.of(), Math.multiplyExact(each, numbers), floats(node, shapes));
  }

  /** Numbers that are read and written. */
  private static long floats(Node node, ValueShapes shapes) {
    return inputs(node, shapes).stream().mapToLong(NodeWork::volume).sum()
        + node.outputs().stream().mapToLong(output -> volume(shapes.of(output))).sum();
  }

  private static List<long[]> inputs(Node node, ValueShapes shapes) {
    List<long[]> inputs = new ArrayList<>();
    for (int i = 0; i < node.inputs().size(); i++) {
      long[] dims = given(node, i, shapes);
      if (dims != null) {
        inputs.add(dims);
      }
    }
    return inputs;
  }

  private static long @Nullable [] given(Node node, int input, ValueShapes shapes) {
    return node.hasInput(input) ? shapes.of(node.inputs().get(input)) : null;
  }

  private static long volume(long @Nullable ... dims) {
    return dims == null ? 0 : Arrays.stream(dims).reduce(1, Math::multiplyExact);
  }
}
