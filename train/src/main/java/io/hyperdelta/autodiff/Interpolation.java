package io.hyperdelta.autodiff;

import io.hyperdelta.graph.Node;
import java.util.Arrays;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * How Resize computes an element of an axis from those of another length: which it looks at, and
 * with what weights. A direct reading of ONNX's definition.
 *
 * @param mode the kind
 * @param coordinates where an element of the result lies in the input
 * @param rounding which element is the nearest
 * @param cubicA the coefficient that shapes cubic weights
 * @param excludeOutside whether places outside the input have no weight, rather than the edge's
 *     value
 * @param antialias whether shrinking widens the weights, so that every input element counts
 */
record Interpolation(
    Mode mode,
    Coordinates coordinates,
    Rounding rounding,
    double cubicA,
    boolean excludeOutside,
    boolean antialias) {

  /** Kinds of interpolation. */
  enum Mode {
    NEAREST,
    LINEAR,
    CUBIC
  }

  /** From places in the result to places in the input. */
  enum Coordinates {
    HALF_PIXEL,
    HALF_PIXEL_SYMMETRIC,
    PYTORCH_HALF_PIXEL,
    ALIGN_CORNERS,
    ASYMMETRIC,
    TF_HALF_PIXEL_FOR_NN,
    TF_CROP_AND_RESIZE
  }

  /** From places between elements to elements. */
  enum Rounding {
    ROUND_PREFER_FLOOR,
    ROUND_PREFER_CEIL,
    FLOOR,
    CEIL,
    /** What there was before the attribute: down when growing, up when shrinking. */
    SIMPLE
  }

  /** Resize as of operator set 11. */
  static Interpolation of(Node node) {
    return new Interpolation(
        choice(Mode.class, node, "mode", "nearest"),
        choice(Coordinates.class, node, "coordinate_transformation_mode", "half_pixel"),
        choice(Rounding.class, node, "nearest_mode", "round_prefer_floor"),
        node.realAttribute("cubic_coeff_a", -0.75f),
        node.intAttribute("exclude_outside", 0) != 0,
        node.intAttribute("antialias", 0) != 0);
  }

  /** Upsample, and Resize before operator set 11. */
  static Interpolation simple(Node node) {
    Mode mode = choice(Mode.class, node, "mode", "nearest");
    return new Interpolation(mode, Coordinates.ASYMMETRIC, Rounding.SIMPLE, -0.75, false, false);
  }

  private static <E extends Enum<E>> E choice(
      Class<E> type, Node node, String key, String otherwise) {
    String text = node.textAttribute(key, otherwise);
    return Arrays.stream(type.getEnumConstants())
        .filter(choice -> choice.name().toLowerCase(Locale.ROOT).equals(text))
        .findFirst()
        .orElseThrow(() -> new UnsupportedNodeException(" with %s \"%s\"".formatted(key, text)));
  }

  /**
   * An axis that changes its length.
   *
   * @param from the length in the input
   * @param to the length in the result
   * @param length the same before it was rounded
   * @param scale the factor that was asked for
   * @param start where in the input a crop begins, 0 to 1
   * @param end where it ends
   */
  record Axis(long from, long to, double length, double scale, double start, double end) {
    /** Whether the result has the very elements of the input. */
    boolean isUnchanged() {
      return from == to && scale == 1 && start == 0 && end == 1;
    }
  }

  /**
   * What each element of the result is made of.
   *
   * @param count how many input elements each looks at
   * @param index which, {@code count} for each element of the result
   * @param weight with what weights; null if each is a copy of the one it looks at
   * @param outside which elements of the result lie outside the input altogether; null if none
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared, never leaves the package
  record Taps(int count, long[] index, double @Nullable [] weight, boolean @Nullable [] outside) {}

  Taps taps(Axis axis) {
    int to = Math.toIntExact(axis.to());
    boolean[] outside = new boolean[to];
    boolean anyOutside = false;
    double shrinking = antialias ? Math.min(1, axis.scale()) : 1;
    double support = mode == Mode.CUBIC ? 2 : 1;
    int first = (int) Math.floor(-support / shrinking) + 1;
    int count = mode == Mode.NEAREST ? 1 : 2 - 2 * first;
    long[] index = new long[Math.multiplyExact(to, count)];
    double[] weight = mode == Mode.NEAREST ? null : new double[index.length];
    for (int o = 0; o < to; o++) {
      double x = source(o, axis);
      if (coordinates == Coordinates.TF_CROP_AND_RESIZE && (x < 0 || x > axis.from() - 1)) {
        outside[o] = true;
        anyOutside = true;
      }
      if (weight == null) {
        index[o] = inside(nearest(x, axis), axis);
      } else {
        weigh(x, axis, shrinking, first, count, o * count, index, weight);
      }
    }
    return new Taps(count, index, weight, anyOutside ? outside : null);
  }

  private void weigh(
      double x,
      Axis axis,
      double shrinking,
      int first,
      int count,
      int at,
      long[] index,
      double[] weight) {
    double base = Math.floor(x);
    double sum = 0;
    for (int k = 0; k < count; k++) {
      long place = (long) base + first + k;
      boolean weightless = excludeOutside && (place < 0 || place >= axis.from());
      index[at + k] = inside(place, axis);
      weight[at + k] = weightless ? 0 : weight(Math.abs((place - x) * shrinking));
      sum += weight[at + k];
    }
    for (int k = 0; k < count && sum != 0; k++) {
      weight[at + k] /= sum;
    }
  }

  private double weight(double distance) {
    if (mode == Mode.LINEAR) {
      return Math.max(0, 1 - distance);
    }
    double d = distance;
    if (d <= 1) {
      return ((cubicA + 2) * d - (cubicA + 3)) * d * d + 1;
    }
    return d < 2 ? ((cubicA * d - 5 * cubicA) * d + 8 * cubicA) * d - 4 * cubicA : 0;
  }

  private double source(int o, Axis a) {
    return switch (coordinates) {
      case HALF_PIXEL -> (o + 0.5) / a.scale() - 0.5;
      case HALF_PIXEL_SYMMETRIC ->
          a.from() / 2.0 * (1 - a.to() / a.length()) + (o + 0.5) / a.scale() - 0.5;
      case PYTORCH_HALF_PIXEL -> a.to() > 1 ? (o + 0.5) / a.scale() - 0.5 : 0;
      case ALIGN_CORNERS -> a.to() > 1 ? o * (a.from() - 1) / (a.length() - 1) : 0;
      case ASYMMETRIC -> o / a.scale();
      case TF_HALF_PIXEL_FOR_NN -> (o + 0.5) / a.scale();
      case TF_CROP_AND_RESIZE ->
          a.to() > 1
              ? (a.start() + o * (a.end() - a.start()) / (a.length() - 1)) * (a.from() - 1)
              : 0.5 * (a.start() + a.end()) * (a.from() - 1);
    };
  }

  private long nearest(double x, Axis axis) {
    return (long)
        switch (rounding) {
          case ROUND_PREFER_FLOOR -> Math.ceil(x - 0.5);
          case ROUND_PREFER_CEIL -> Math.floor(x + 0.5);
          case FLOOR -> Math.floor(x);
          case CEIL -> Math.ceil(x);
          case SIMPLE -> axis.scale() < 1 ? Math.ceil(x) : Math.floor(x);
        };
  }

  private static long inside(long place, Axis axis) {
    return Math.max(0, Math.min(axis.from() - 1, place));
  }

  /** Whether libtorch's resampling to given lengths computes the same along an axis. */
  boolean isTorchs(Axis axis) {
    boolean whole = axis.length() == axis.to();
    boolean weights =
        !antialias
            && (mode == Mode.LINEAR || (mode == Mode.CUBIC && cubicA == -0.75 && !excludeOutside));
    return whole
        && weights
        && switch (coordinates) {
          case HALF_PIXEL, HALF_PIXEL_SYMMETRIC, ALIGN_CORNERS -> true;
          case PYTORCH_HALF_PIXEL -> axis.to() > 1;
          default -> false;
        };
  }
}
