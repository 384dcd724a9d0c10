package io.hyperdelta.weave;

import io.hyperdelta.delta.Cap;
import io.hyperdelta.delta.Factor;
import io.hyperdelta.delta.SiteDelta;
import io.hyperdelta.graph.Attribute;
import io.hyperdelta.graph.GraphEditor;
import io.hyperdelta.graph.TensorValue;
import io.hyperdelta.target.Site;
import io.hyperdelta.target.SiteKind;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;

/**
 * How large deltas are in a graph, for each condition, without making the deltas themselves. A norm
 * is added once, whoever asks. Not thread-safe.
 */
final class DeltaNorms {
  private final GraphEditor editor;
  private final Function<SiteDelta, FactorSource> source;
  private final Map<String, TensorValue> frozen;
  private final Map<String, String> squares = new HashMap<>();
  private final Map<String, String> caps = new HashMap<>();

  /**
   * Creates the norms.
   *
   * @param source gives the factors of each delta
   * @param frozen the target's initializers
   */
  DeltaNorms(
      GraphEditor editor,
      Function<SiteDelta, FactorSource> source,
      Map<String, TensorValue> frozen) {
    this.editor = editor;
    this.source = source;
    this.frozen = frozen;
  }

  /**
   * Name of the squared Frobenius norm of a delta before its scale, float32 {@code [K]}, or {@code
   * [1]} for one that is the same for all conditions.
   */
  String squares(SiteDelta delta) {
    String known = squares.get(delta.name());
    if (known != null) {
      return known;
    }
    String made = SquaredNorm.of(delta.form()).add(new Factors(delta));
    squares.put(delta.name(), made);
    return made;
  }

  /**
   * Name of what keeps a delta within its cap, float32 {@code [K, 1, 1]}: min(1, rho |W| / |scale
   * dW|).
   *
   * <p>Written as 1 / sqrt(relu(q - 1) + 1) of the squared quotient q: no root is taken below 1, so
   * that the gradient is finite where the delta is zero, and a small delta is multiplied with
   * exactly 1. Relu takes the larger one in every operator set version, which Max does not.
   */
  String cap(SiteDelta delta) {
    String known = caps.get(delta.name());
    if (known != null) {
      return known;
    }
    double limit = delta.cap() * delta.cap() * frozenSquares(delta);
    String one = constant(1);
    String factor;
    if (Float.isInfinite((float) (delta.scale() * delta.scale() / limit))) {
      // Nothing is allowed beside what is zero itself.
      factor = constant(0);
    } else {
      String quotient =
          editor.node("Mul", squares(delta), constant(delta.scale() * delta.scale() / limit));
      String above = editor.node("Relu", editor.node("Sub", quotient, one));
      String root = editor.node("Sqrt", editor.node("Add", above, one));
      factor = Mix.reshape(editor, editor.node("Div", one, root), -1, 1, 1);
    }
    caps.put(delta.name(), factor);
    return factor;
  }

  /**
   * Name of how large deltas are together, float32 {@code [1]}: the mean over conditions of the sum
   * over deltas of |scale dW|^2 / |W|^2, before their caps.
   *
   * <p>Relative to the weight, a size means the same in wide layers, whose weights are small, and
   * in narrow ones: what a delta changes in what the layer makes, over what it makes. Biases are no
   * such measure, since they may be near zero without harm; of a shift it is the mean square of its
   * terms, which are added to values that networks keep about 1 large. It is also the mean square
   * of a delta on weights that are all zero.
   */
  String together(List<SiteDelta> deltas) {
    String sum = "";
    for (SiteDelta delta : deltas) {
      editor.prefix("hyperdelta/" + delta.name() + "/");
      String mean = editor.reduceMean(squares(delta), 0);
      double measure = measure(delta);
      String size = editor.node("Mul", mean, constant(delta.scale() * delta.scale() / measure));
      sum = sum.isEmpty() ? size : editor.node("Add", sum, size);
    }
    editor.prefix("");
    return sum;
  }

  /** The square that a delta's is compared with. */
  private double measure(SiteDelta delta) {
    Site site = delta.site();
    boolean bias = site.kind() == SiteKind.BIAS || delta.form().makesBias(site);
    double squared = bias ? 0 : frozenSquares(delta);
    boolean usable = !Float.isInfinite((float) (delta.scale() * delta.scale() / squared));
    return usable ? squared : bias ? site.width() : site.parameterCount();
  }

  private String constant(double value) {
    return editor.constant(TensorValue.scalar((float) value));
  }

  private double[] unitSquares(SiteDelta delta) {
    TensorValue holder = Objects.requireNonNull(frozen.get(delta.site().initializer()));
    return Cap.unitSquares(delta.site(), holder);
  }

  private double frozenSquares(SiteDelta delta) {
    return Arrays.stream(unitSquares(delta)).sum();
  }

  /** What the rule of a form is told of one delta. */
  final class Factors {
    private final SiteDelta delta;

    Factors(SiteDelta delta) {
      this.delta = delta;
    }

    /**
     * Name of the factor at a position of the form's list, {@code [K, ...]} or {@code [1, ...]}.
     */
    String factor(int position) {
      return source.apply(delta).factor(editor, delta, at(position));
    }

    private Factor at(int position) {
      return delta.form().factors(delta.site()).get(position);
    }

    /** Name of a factor with two axes behind that of conditions: the second one flattened. */
    String flat(int position) {
      Factor factor = at(position);
      long elements = factor.dims().stream().skip(1).reduce(1L, Math::multiplyExact);
      // Zeros copy axes that may be of width zero.
      return Mix.reshape(editor, factor(position), 0, 0, elements);
    }

    /** Name of x^T x for each matrix x {@code [K, in, r]}: float32 {@code [K, r, r]}. */
    String columnGram(String x) {
      return editor.node("MatMul", turned(x), x);
    }

    /** Name of x x^T for each matrix x {@code [K, r, out]}: float32 {@code [K, r, r]}. */
    String rowGram(String x) {
      return editor.node("MatMul", x, turned(x));
    }

    /** Name of x^T for each matrix. */
    String turned(String x) {
      return editor.node("Transpose", Map.of("perm", Attribute.ints(0, 2, 1)), x);
    }

    /** Name of the products of matrices. */
    String product(String a, String b) {
      return editor.node("MatMul", a, b);
    }

    /** Name of the elementwise product. */
    String times(String a, String b) {
      return editor.node("Mul", a, b);
    }

    /** Name of the sums over all elements of each matrix: {@code [K, a, b]} to {@code [K]}. */
    String sums(String x) {
      return rowSums(editor.reduceSum(x, 2));
    }

    /** Name of the sums of the squares of each matrix: {@code [K, a, b]} to {@code [K]}. */
    String ownSums(String x) {
      return sums(times(x, x));
    }

    /** Name of matrices {@code [K, in, width]} less the frozen weight. */
    String lessFrozen(String matrices) {
      TensorValue holder = Objects.requireNonNull(frozen.get(delta.site().initializer()));
      return editor.node("Sub", matrices, editor.constant(delta.frozen(holder)));
    }

    /** Name of the matrices {@code [K, in, width]} that are cut into chunks. */
    String chunks(int embeddings, int shared) {
      Site site = delta.site();
      long count = at(embeddings).dims().get(0);
      long width = at(shared).dims().get(1);
      return new Chunks(editor, count, width, site.in(), site.width())
          .matrices(factor(embeddings), factor(shared));
    }

    /** Name of the sums over each row: {@code [K, a]} to {@code [K]}. */
    String rowSums(String x) {
      return editor.reduceSum(x, 1);
    }

    /**
     * Name of w^T G w for each row w: {@code [K]}.
     *
     * @param weights name of float32 {@code [K, r]}
     * @param gram name of float32 {@code [1, r, r]}
     */
    String quadratic(String weights, String gram) {
      String row = editor.unsqueeze(weights, 1);
      return sums(times(product(row, gram), row));
    }

    /** Name of the squared norms of the frozen weights of the units, float32 {@code [1, width]}. */
    String frozenUnits() {
      double[] squared = unitSquares(delta);
      float[] values = new float[squared.length];
      for (int u = 0; u < values.length; u++) {
        values[u] = (float) squared[u];
      }
      return editor.constant(TensorValue.ofFloats(values, 1, values.length));
    }
  }
}
