package io.hyperdelta.delta;

import io.hyperdelta.graph.TensorValue;
import io.hyperdelta.target.Site;
import io.hyperdelta.target.SiteKind;
import java.util.Optional;

/** Products and layouts of dense matrices in double, for merging and measuring. Stateless. */
final class Matrix {
  private Matrix() {}

  /**
   * a b.
   *
   * @param a [rows, inner]
   * @param b [inner, columns]
   */
  static double[] product(double[] a, double[] b, int rows, int inner, int columns) {
    double[] product = new double[Math.multiplyExact(rows, columns)];
    for (int row = 0; row < rows; row++) {
      for (int k = 0; k < inner; k++) {
        double left = a[row * inner + k];
        for (int column = 0; column < columns; column++) {
          product[row * columns + column] += left * b[k * columns + column];
        }
      }
    }
    return product;
  }

  /**
   * A matrix [in, width] of the units that are meant in the order in which the site is stored, zero
   * at the other units.
   */
  static double[] stored(Site site, double[] matrix) {
    int in = Math.toIntExact(site.in());
    int out = Math.toIntExact(site.out());
    int width = Math.toIntExact(site.width());
    double[] stored = new double[Math.multiplyExact(in, out)];
    for (int i = 0; i < in; i++) {
      for (int u = 0; u < width; u++) {
        stored[position(site, i, u)] = matrix[i * width + u];
      }
    }
    return stored;
  }

  /**
   * The delta that puts a matrix in the place of the frozen one, in the order in which the site is
   * stored.
   *
   * @param frozen the initializer that holds the site
   * @param matrix [in, width] of the units that are meant, perhaps with more numbers behind it
   */
  static double[] instead(Site site, TensorValue frozen, double[] matrix) {
    double[] delta = unstored(site, site.values(frozen)).doubles();
    for (int i = 0; i < delta.length; i++) {
      delta[i] = matrix[i] - delta[i];
    }
    return stored(site, delta);
  }

  /**
   * The other way round: a matrix [in, width] of what a site stores at the units that are meant.
   */
  static TensorValue unstored(Site site, double[] stored) {
    int in = Math.toIntExact(site.in());
    int width = Math.toIntExact(site.width());
    double[] matrix = new double[Math.multiplyExact(in, width)];
    for (int i = 0; i < in; i++) {
      for (int u = 0; u < width; u++) {
        matrix[i * width + u] = stored[position(site, i, u)];
      }
    }
    return TensorValue.ofDoubles(matrix, in, width);
  }

  /** A delta of the units that are meant as one of all units, zero at the others. */
  static DeltaMatrix spread(Site site, DeltaMatrix matrix) {
    return matrix instanceof LowRankMatrix product
        ? new LowRankMatrix(product.a(), spread(site, product.b()))
        : new DenseMatrix(spread(site, matrix.dense().values()));
  }

  /** Columns of the units that are meant among those of all units. */
  private static TensorValue spread(Site site, TensorValue columns) {
    int rows = Math.toIntExact(columns.dim(0));
    int out = Math.toIntExact(site.out());
    int width = Math.toIntExact(site.width());
    double[] some = columns.doubles();
    double[] all = new double[Math.multiplyExact(rows, out)];
    for (int row = 0; row < rows; row++) {
      for (int u = 0; u < width; u++) {
        all[row * out + site.unit(u)] = some[row * width + u];
      }
    }
    return TensorValue.ofDoubles(all, rows, out);
  }

  /** Each number of a tensor times a number, float64. */
  static TensorValue times(TensorValue value, double factor) {
    double[] numbers = value.doubles();
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] *= factor;
    }
    return TensorValue.ofDoubles(numbers, value.dims());
  }

  /** Where a site stores the weight from an input to a unit, which is counted among those meant. */
  static int position(Site site, int input, int place) {
    int unit = site.unit(place);
    return Math.toIntExact(
        switch (site.layout()) {
          case IN_OUT -> input * site.out() + unit;
          case OUT_IN -> unit * site.in() + input;
          case CHANNELS_OUT_WINDOW -> {
            long units = site.dims().get(1);
            long channels = site.dims().get(0) / site.groups();
            long window = site.in() / channels;
            long channel = unit / units * channels + input / window;
            yield (channel * units + unit % units) * window + input % window;
          }
        });
  }

  /** Why a site takes no form that adds a matrix to its weight; empty if it does. */
  static Optional<String> refusal(Site site, String form) {
    if (!site.kind().isMatrix()) {
      return Optional.of(
          "Site \"%s\" cannot take a %s delta: it is a %s %s. Expected a weight, a kernel or an embedding. Maybe you meant form %s."
              .formatted(
                  site.title(),
                  form,
                  site.kind().word(),
                  site.shape(),
                  site.kind() == SiteKind.SCALE ? "gain" : "shift"));
    }
    if (site.groups() > 1) {
      return Optional.of(
          "Site \"%s\" cannot take a %s delta: its kernel %s is in %d groups, which see different channels. Expected a kernel of one group. Maybe you meant form gain."
              .formatted(site.title(), form, site.shape(), site.groups()));
    }
    return Optional.empty();
  }

  /** The same, also for a rank that is too large. */
  static Optional<String> refusal(Site site, String form, int rank) {
    return refusal(site, form)
        .or(
            () ->
                rank <= maxRank(site)
                    ? Optional.empty()
                    : Optional.of(
                        "Site \"%s\" cannot take a %s delta of rank %d: the %s is %s%s. Expected a rank between 1 and %d, got %d. Maybe you meant a smaller rank."
                            .formatted(
                                site.title(),
                                form,
                                rank,
                                site.kind().word(),
                                site.shape(),
                                site.units().isAll()
                                    ? ""
                                    : ", and " + site.width() + " of its units are meant",
                                maxRank(site),
                                rank)));
  }

  /**
   * Below the smaller side of the weight, where a product stops being low-rank; 1 for a weight that
   * is a vector.
   */
  static int maxRank(Site site) {
    return Math.toIntExact(Math.max(1, Math.min(site.in(), site.width()) - 1));
  }

  /** Whether a site is a matrix too narrow for a rank. */
  static boolean isTooNarrow(Site site, int rank) {
    return site.kind().isMatrix() && rank > maxRank(site);
  }

  /** Refuses ranks and the like below 1. */
  static void atLeastOne(String form, String option, int value) {
    if (value < 1) {
      throw new IllegalArgumentException(
          "A %s delta has no such %s. Expected 1 or more, got %d.".formatted(form, option, value));
    }
  }
}
