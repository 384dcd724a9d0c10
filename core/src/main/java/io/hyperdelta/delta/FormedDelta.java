package io.hyperdelta.delta;

import io.hyperdelta.graph.TensorValue;
import io.hyperdelta.target.Site;
import io.hyperdelta.target.SiteKind;
import java.util.List;

/**
 * A fixed delta as a form with the values of its factors, the other way round than {@link
 * FixedDelta#of}. Immutable.
 *
 * @param delta site and form
 * @param factors in the order of {@link Form#factors}, float32 with the axes of {@link Factor#dims}
 */
public record FormedDelta(SiteDelta delta, List<TensorValue> factors) {
  /**
   * How far a delta may be from a multiple of its units, relative to its norm: float32 rounds ten
   * times finer.
   */
  private static final double GAIN_TOLERANCE = 1e-6;

  public FormedDelta {
    factors = List.copyOf(factors);
  }

  /**
   * Finds the form: low-rank for a product, if its rank is low for the site, else full; shift for a
   * bias; gain for what takes no matrix, such as a scale.
   *
   * @param owner what the delta's name begins with
   * @param frozen the initializer that holds the site
   * @throws IllegalArgumentException if no form makes the delta: the site takes no matrix, and the
   *     delta multiplies no unit with one number; or a number leaves the range of float32
   */
  public static FormedDelta of(String owner, FixedDelta fixed, TensorValue frozen) {
    FixedDelta delta = fixed.rounded();
    Site site = delta.site();
    if (delta.matrix() instanceof LowRankMatrix product && fits(site, product)) {
      return of(owner, site, new LowRank(product.rank()), product.a(), product.b());
    }
    // A product of large factors may leave float32 only here.
    TensorValue dense =
        new FixedDelta(site, delta.matrix().dense()).rounded().matrix().dense().values();
    if (new Full().refusal(site).isEmpty()) {
      return of(owner, site, new Full(), dense);
    }
    if (site.kind() == SiteKind.BIAS) {
      return of(owner, site, new Shift(), dense.reshaped(site.width()));
    }
    return of(owner, site, new Gain(), gains(delta, dense.doubles(), frozen));
  }

  private static FormedDelta of(String owner, Site site, Form form, TensorValue... factors) {
    return new FormedDelta(
        new SiteDelta(owner, site, form, Adaptation.DEFAULT_SCALE), List.of(factors));
  }

  private static boolean fits(Site site, LowRankMatrix product) {
    return product.rank() >= 1 && new LowRank(product.rank()).refusal(site).isEmpty();
  }

  /** What each unit of the frozen parameter is multiplied with to get its delta. */
  private static TensorValue gains(FixedDelta delta, double[] numbers, TensorValue frozen) {
    Site site = delta.site();
    int in = Math.toIntExact(site.in());
    int width = Math.toIntExact(site.width());
    double[] weight = Matrix.unstored(site, site.values(frozen)).doubles();
    float[] gains = new float[width];
    double distance = 0;
    for (int u = 0; u < width; u++) {
      double product = 0;
      double square = 0;
      for (int i = 0; i < in; i++) {
        product += numbers[i * width + u] * weight[i * width + u];
        square += weight[i * width + u] * weight[i * width + u];
      }
      gains[u] = square == 0 ? 0 : (float) (product / square);
      for (int i = 0; i < in; i++) {
        double rest = numbers[i * width + u] - gains[u] * weight[i * width + u];
        distance += rest * rest;
      }
    }
    if (!(Math.sqrt(distance) <= GAIN_TOLERANCE * delta.matrix().norm())) {
      throw new IllegalArgumentException(
          "Site \"%s\" cannot take its fixed delta while others are trained: it is a %s %s%s, which can only be multiplied. Expected one factor for each unit. Merge the delta into the target, and adapt what comes of it."
              .formatted(
                  site.title(),
                  site.kind().word(),
                  site.shape(),
                  site.groups() > 1 ? " in " + site.groups() + " groups" : ""));
    }
    return TensorValue.ofFloats(gains, width);
  }
}
