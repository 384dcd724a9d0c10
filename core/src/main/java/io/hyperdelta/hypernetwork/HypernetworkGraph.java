package io.hyperdelta.hypernetwork;

import io.hyperdelta.delta.Factor;
import io.hyperdelta.delta.SiteDelta;
import io.hyperdelta.graph.GraphEditor;
import io.hyperdelta.graph.TensorValue;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.UnaryOperator;

/**
 * A hypernetwork's parameters and its nodes in a graph.
 *
 * <p>The trunk is a pre-norm residual network: {@code h <- skip(h) + W swish(norm(h)) + b}, as in
 * pre-activation residual networks (He et al. 2016, figure 1b) with layer normalisation (Ba et al.
 * 2016) and swish(x) = x sigmoid(x) (Ramachandran et al. 2017). The normalisation keeps the size of
 * the latent from following the size of the condition. Heads are linear in {@code [z; 1]}. Factors
 * that are learned once for all conditions are parameters beside the heads.
 */
public final class HypernetworkGraph {
  private final Hypernetwork hypernetwork;
  private final List<SiteDelta> deltas;

  /** The parameters and nodes of a hypernetwork with its deltas on a target. */
  public HypernetworkGraph(Hypernetwork hypernetwork, List<SiteDelta> deltas) {
    this.hypernetwork = hypernetwork;
    this.deltas = List.copyOf(deltas);
    for (SiteDelta delta : deltas) {
      checkOneZero(delta);
    }
  }

  /**
   * Two factors that start at zero get no gradient, ever; none at zero and a fresh model is not its
   * target.
   */
  private static void checkOneZero(SiteDelta delta) {
    long zeros =
        delta.form().factors(delta.site()).stream()
            .filter(f -> f.start() == Factor.Start.ZERO)
            .count();
    if (zeros != 1) {
      throw new IllegalArgumentException(
          "Delta \"%s\" would never learn or not start at the target. Expected exactly one factor at zero at the start, got %d."
              .formatted(delta.name(), zeros));
    }
  }

  /**
   * Name of the initializer that a factor comes from: the head of a generated one, float32 {@code
   * [latent + 1, elements]}, or a learned one itself, of its own shape.
   */
  public static String parameterName(SiteDelta delta, Factor factor) {
    return "hyperdelta/" + delta.factorName(factor) + (factor.isGenerated() ? "/head" : "/learned");
  }

  private String name(String what) {
    return "hyperdelta/" + hypernetwork.name() + "/" + what;
  }

  /**
   * Parameters of a fresh hypernetwork, by initializer name, in a fixed order. The factor that
   * starts at zero has a zero head.
   *
   * @param seed of the random ones
   */
  public Map<String, TensorValue> freshParameters(long seed) {
    Random random = new Random(seed);
    Map<String, TensorValue> parameters = new LinkedHashMap<>();
    int width = hypernetwork.condition().encoder().width();
    for (int i = 0; i < hypernetwork.trunk().size(); i++) {
      int next = hypernetwork.trunk().get(i);
      if (i > 0) {
        putNorm(parameters, "trunk." + i + ".norm", width);
        if (next != width) {
          parameters.put(
              name("trunk." + i + ".skip.weight"),
              normal(random, Math.sqrt(1.0 / width), width, next));
        }
      }
      // The first layer meets the condition itself; wide weights and biases spread its units over
      // the whole range of it.
      double deviation = i == 0 ? 1 : Math.sqrt(1.0 / width);
      parameters.put(name("trunk." + i + ".weight"), normal(random, deviation, width, next));
      parameters.put(name("trunk." + i + ".bias"), i == 0 ? normal(random, 1, next) : zeros(next));
      width = next;
    }
    if (!hypernetwork.trunk().isEmpty()) {
      putNorm(parameters, "latent.norm", width);
    }
    int latent = hypernetwork.latent();
    parameters.put(name("latent.weight"), normal(random, Math.sqrt(1.0 / width), width, latent));
    parameters.put(name("latent.bias"), zeros(latent));
    for (SiteDelta delta : deltas) {
      for (Factor factor : delta.form().factors(delta.site())) {
        parameters.put(
            parameterName(delta, factor),
            factor.isGenerated()
                ? freshHead(factor, latent, random)
                : normal(random, Math.sqrt(1.0 / fanIn(factor)), factor.shape()));
      }
    }
    return parameters;
  }

  /**
   * Half of a random factor's variance is the same for all conditions, half depends on the
   * condition.
   */
  private static TensorValue freshHead(Factor factor, int latent, Random random) {
    int elements = factor.elementCount();
    if (factor.start() == Factor.Start.ZERO) {
      return zeros(latent + 1, elements);
    }
    double deviation = Math.sqrt(0.5 / fanIn(factor));
    float[] values = new float[Math.multiplyExact(latent + 1, elements)];
    for (int i = 0; i < values.length; i++) {
      boolean constantRow = i >= latent * elements;
      values[i] =
          (float) (random.nextGaussian() * deviation / (constantRow ? 1 : Math.sqrt(latent)));
    }
    return TensorValue.ofFloats(values, latent + 1L, elements);
  }

  /** How many numbers a product with the factor sums: its rows, also behind an axis of several. */
  private static long fanIn(Factor factor) {
    return factor.dims().get(Math.max(0, factor.dims().size() - 2));
  }

  private void putNorm(Map<String, TensorValue> parameters, String what, int width) {
    float[] ones = new float[width];
    Arrays.fill(ones, 1);
    parameters.put(name(what + ".scale"), TensorValue.ofFloats(ones, width));
    parameters.put(name(what + ".shift"), zeros(width));
  }

  private static TensorValue zeros(long... dims) {
    return TensorValue.ofFloats(new float[count(dims)], dims);
  }

  private static TensorValue normal(Random random, double deviation, long... dims) {
    float[] values = new float[count(dims)];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) (random.nextGaussian() * deviation);
    }
    return TensorValue.ofFloats(values, dims);
  }

  private static int count(long[] dims) {
    long count = 1;
    for (long dim : dims) {
      count = Math.multiplyExact(count, dim);
    }
    return Math.toIntExact(count);
  }

  /**
   * Adds the parameters and the nodes up to the latent.
   *
   * @param parameters as {@link #freshParameters} names them
   * @param inputs from a condition column to the name of its value, {@code [conditions, 1]}
   * @return name of {@code [z; 1]}, float32 {@code [conditions, latent + 1]}
   */
  public String latent(
      GraphEditor editor, Map<String, TensorValue> parameters, UnaryOperator<String> inputs) {
    parameters.forEach(editor::initializer);
    editor.prefix(name(""));
    String h = hypernetwork.condition().encoder().encode(editor, inputs);
    int width = hypernetwork.condition().encoder().width();
    for (int i = 0; i < hypernetwork.trunk().size(); i++) {
      String skip = h;
      if (i > 0) {
        h = activation(editor, h, "trunk." + i + ".norm");
      }
      h = editor.node("Gemm", h, name("trunk." + i + ".weight"), name("trunk." + i + ".bias"));
      int next = hypernetwork.trunk().get(i);
      if (i > 0) {
        h =
            editor.node(
                "Add",
                h,
                next == width
                    ? skip
                    : editor.node("MatMul", skip, name("trunk." + i + ".skip.weight")));
      }
      width = next;
    }
    if (!hypernetwork.trunk().isEmpty()) {
      h = activation(editor, h, "latent.norm");
    }
    String z = editor.node("Gemm", h, name("latent.weight"), name("latent.bias"));
    String one = editor.pad(z, 1, 0, 0, 0, 1);
    editor.prefix("");
    return one;
  }

  private String activation(GraphEditor editor, String h, String norm) {
    String normed = editor.layerNormalization(h, name(norm + ".scale"), name(norm + ".shift"));
    return editor.node("Mul", normed, editor.node("Sigmoid", normed));
  }
}
