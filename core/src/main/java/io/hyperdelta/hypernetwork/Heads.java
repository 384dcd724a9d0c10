package io.hyperdelta.hypernetwork;

import io.hyperdelta.delta.Adaptation;
import io.hyperdelta.delta.Factor;
import io.hyperdelta.delta.SiteDelta;
import io.hyperdelta.graph.TensorValue;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * The initializers that factors come from. A head is float32 {@code [width + 1, elements]}: what is
 * generated is linear in {@code [z; 1]}, and the last row is the same for all conditions.
 */
public final class Heads {
  /** Protocol buffers end at 2 GiB, and a graph is more than one head. */
  private static final long MAX_ELEMENTS = 1L << 28;

  private final int width;
  private final boolean varied;

  private Heads(int width, boolean varied) {
    this.width = width;
    this.varied = varied;
  }

  /** Heads of which half of a random factor's variance depends on the condition from the start. */
  static Heads varied(int width) {
    return new Heads(width, true);
  }

  /** Heads that start with the same factor for all. */
  static Heads constant(int width) {
    return new Heads(width, false);
  }

  /**
   * Name of the initializer that a factor comes from: the head of a generated one, float32 {@code
   * [width + 1, elements]}, or a learned one itself, of its own shape.
   */
  public static String parameterName(SiteDelta delta, Factor factor) {
    return "hyperdelta/" + delta.factorName(factor) + (factor.isGenerated() ? "/head" : "/learned");
  }

  /** Fresh heads and learned factors of some deltas, in their order. */
  Map<String, TensorValue> fresh(List<SiteDelta> deltas, Random random) {
    Map<String, TensorValue> parameters = new LinkedHashMap<>();
    for (SiteDelta delta : deltas) {
      checkStart(delta);
      for (Factor factor : delta.form().factors(delta.site())) {
        parameters.put(
            parameterName(delta, factor),
            factor.isGenerated() ? fresh(factor, random) : learned(factor, random));
      }
    }
    return parameters;
  }

  /**
   * Two factors that start at zero get no gradient, ever; none at zero and a fresh model is not its
   * target. What replaces a weight must not be zero: nothing would come through the layer.
   */
  static void checkStart(SiteDelta delta) {
    List<Factor> factors = delta.form().factors(delta.site());
    long zeros = factors.stream().filter(f -> f.start() == Factor.Start.ZERO).count();
    boolean frozen = factors.stream().anyMatch(f -> f.start() == Factor.Start.FROZEN);
    boolean replaces = delta.form().replaces();
    if (zeros != (replaces ? 0 : 1) || (frozen && (!replaces || factors.size() > 1))) {
      throw new IllegalArgumentException(
          "Delta \"%s\" would never learn or not start at the target. Expected %s, got %s."
              .formatted(
                  delta.name(),
                  replaces
                      ? "no factor at zero at the start, since they make the whole weight"
                      : "exactly one factor at zero at the start",
                  factors.stream().map(f -> f.role() + " " + f.start()).toList()));
    }
  }

  /**
   * Lets the factor of a delta that starts at the frozen weight be that weight for all conditions;
   * changes nothing for other deltas.
   *
   * @param parameters fresh ones, by initializer name
   * @param frozen float32 {@code [in, width]}
   */
  public static void startFrozen(
      Map<String, TensorValue> parameters, SiteDelta delta, TensorValue frozen) {
    for (Factor factor : delta.form().factors(delta.site())) {
      if (factor.start() == Factor.Start.FROZEN) {
        parameters.computeIfPresent(
            parameterName(delta, factor),
            (name, head) -> {
              float[] values = head.floats();
              float[] last = frozen.floats();
              System.arraycopy(last, 0, values, values.length - last.length, last.length);
              return TensorValue.ofFloats(values, head.dims());
            });
      }
    }
  }

  /** A fresh factor that is learned once. */
  static TensorValue learned(Factor factor, Random random) {
    return normal(random, Math.sqrt(1.0 / factor.fanIn()), factor.shape());
  }

  /** A fresh head. */
  TensorValue fresh(Factor factor, Random random) {
    int elements = factor.elementCount();
    float[] values = new float[Math.multiplyExact(width + 1, elements)];
    if (factor.start() == Factor.Start.RANDOM) {
      double deviation = Math.sqrt((varied ? 0.5 : 1) / factor.fanIn());
      for (int i = varied ? 0 : width * elements; i < values.length; i++) {
        boolean constantRow = i >= width * elements;
        values[i] =
            (float) (random.nextGaussian() * deviation / (constantRow ? 1 : Math.sqrt(width)));
      }
    }
    return TensorValue.ofFloats(values, width + 1L, elements);
  }

  static TensorValue zeros(long... dims) {
    return TensorValue.ofFloats(new float[count(dims)], dims);
  }

  static TensorValue normal(Random random, double deviation, long... dims) {
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
   * A head has to fit into a graph's file.
   *
   * @throws IllegalArgumentException if it does not
   */
  static void checkSize(Source source, SiteDelta delta) {
    // A shared head is one for each number of the embedding.
    double copies =
        source instanceof Hypernetwork hypernetwork
                && hypernetwork.heads() instanceof HeadLayout.Shared shared
            ? shared.embedding()
            : 1;
    for (Factor factor : delta.form().factors(delta.site())) {
      double elements = factor.isGenerated() ? (source.width() + 1.0) * copies : 1;
      for (long dim : factor.dims()) {
        elements *= dim;
      }
      if (elements > MAX_ELEMENTS) {
        throw new IllegalArgumentException(
            "Source \"%s\" cannot put a %s delta on site \"%s\": its factor %s would be learned as %,.0f numbers. Expected at most %,d, which is what an ONNX file can hold. Maybe you meant %s, or a form that needs fewer numbers."
                .formatted(
                    source.name(),
                    delta.form().title(),
                    delta.site().title(),
                    factor.role(),
                    elements,
                    MAX_ELEMENTS,
                    source instanceof ContextTable
                        ? "a hypernetwork"
                        : copies > 1 ? "a smaller embedding or latent" : "a smaller latent"));
      }
    }
  }

  /** A source without adaptations would be a mistake. */
  static List<Adaptation> someAdaptations(String name, List<Adaptation> adaptations) {
    if (adaptations.isEmpty()) {
      throw new IllegalArgumentException(
          "Source \"%s\" adapts nothing. Expected at least one adaptation.".formatted(name));
    }
    return List.copyOf(adaptations);
  }
}
