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
      checkOneZero(delta);
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
   * target.
   */
  static void checkOneZero(SiteDelta delta) {
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

  /** A fresh factor that is learned once. */
  static TensorValue learned(Factor factor, Random random) {
    return normal(random, Math.sqrt(1.0 / fanIn(factor)), factor.shape());
  }

  /** A fresh head. */
  TensorValue fresh(Factor factor, Random random) {
    int elements = factor.elementCount();
    float[] values = new float[Math.multiplyExact(width + 1, elements)];
    if (factor.start() != Factor.Start.ZERO) {
      double deviation = Math.sqrt((varied ? 0.5 : 1) / fanIn(factor));
      for (int i = varied ? 0 : width * elements; i < values.length; i++) {
        boolean constantRow = i >= width * elements;
        values[i] =
            (float) (random.nextGaussian() * deviation / (constantRow ? 1 : Math.sqrt(width)));
      }
    }
    return TensorValue.ofFloats(values, width + 1L, elements);
  }

  /** How many numbers a product with the factor sums: its rows, also behind an axis of several. */
  private static long fanIn(Factor factor) {
    return factor.dims().get(Math.max(0, factor.dims().size() - 2));
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

  /** A source without adaptations would be a mistake. */
  static List<Adaptation> someAdaptations(String name, List<Adaptation> adaptations) {
    if (adaptations.isEmpty()) {
      throw new IllegalArgumentException(
          "Source \"%s\" adapts nothing. Expected at least one adaptation.".formatted(name));
    }
    return List.copyOf(adaptations);
  }
}
