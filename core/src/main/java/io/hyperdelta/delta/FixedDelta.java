package io.hyperdelta.delta;

import io.hyperdelta.graph.TensorValue;
import io.hyperdelta.target.Site;
import io.hyperdelta.target.Units;
import java.util.List;

/**
 * A delta that depends on no condition: plain numbers that are added to the weight of a site.
 * Immutable, so safe to share between threads.
 *
 * @param site what is adapted: all its units or some
 * @param matrix the numbers, {@code [in, width]} of the units that are meant
 * @see DeltaAlgebra
 */
public record FixedDelta(Site site, DeltaMatrix matrix) {
  /**
   * Checks the shape.
   *
   * @throws IllegalArgumentException if the matrix is not that of the site
   */
  public FixedDelta {
    if (matrix.in() != site.in() || matrix.width() != site.width()) {
      throw new IllegalArgumentException(
          "Site \"%s\" cannot take a fixed delta [%d, %d]: its %s is %s. Expected [in, units] as [%d, %d]."
              .formatted(
                  site.title(),
                  matrix.in(),
                  matrix.width(),
                  site.kind().word(),
                  site.shape(),
                  site.in(),
                  site.width()));
    }
  }

  /**
   * The delta of one condition.
   *
   * @param frozen the initializer that holds the site
   * @param factors of the delta's form, float32 with the axes of {@link Factor#dims}
   * @return a product where the form is low-rank, else a dense matrix; scale and cap are in it
   * @throws IllegalArgumentException if the delta is the bias of a layer without one, which is no
   *     part of the site
   */
  public static FixedDelta of(SiteDelta delta, TensorValue frozen, List<TensorValue> factors) {
    Site site = delta.site();
    if (delta.form().makesBias(site)) {
      throw new IllegalArgumentException(
          "Site \"%s\" cannot take a fixed delta of form %s: its layer has no bias that it could be added to. Expected a bias, got a %s %s. Merging the adaptation itself gives the layer one."
              .formatted(site.title(), delta.form().name(), site.kind().word(), site.shape()));
    }
    DeltaMatrix matrix =
        delta.form() instanceof LowRank
            ? new LowRankMatrix(factors.get(0), factors.get(1))
            : new DenseMatrix(Matrix.unstored(site, delta.form().dense(site, frozen, factors)));
    DeltaMatrix scaled = matrix.times(delta.scale());
    double factor = Cap.factor(delta.cap(), site, frozen, scaled::norm);
    return new FixedDelta(site, factor == 1 ? scaled : scaled.times(factor));
  }

  /**
   * Each number of the delta in the order in which the site is stored, zero at other units: as many
   * as the site has.
   */
  public double[] stored() {
    return Matrix.stored(site, matrix.dense().values().doubles());
  }

  /** The same delta as one on all units of the site, zero at those that it does not mean. */
  public FixedDelta whole() {
    return site.units().isAll()
        ? this
        : new FixedDelta(site.only(Units.ALL), Matrix.spread(site, matrix));
  }

  /**
   * The same delta with its numbers rounded to float32.
   *
   * @throws IllegalArgumentException if one leaves the range of float32
   */
  public FixedDelta rounded() {
    return new FixedDelta(
        site,
        matrix instanceof LowRankMatrix product
            ? new LowRankMatrix(rounded(product.a()), rounded(product.b()))
            : new DenseMatrix(rounded(matrix.dense().values())));
  }

  private TensorValue rounded(TensorValue value) {
    double[] numbers = value.doubles();
    float[] rounded = new float[numbers.length];
    for (int i = 0; i < rounded.length; i++) {
      rounded[i] = (float) numbers[i];
      if (Float.isInfinite(rounded[i])) {
        throw new IllegalArgumentException(
            "The fixed delta on site \"%s\" has a number that leaves the range of float32. Expected at most %s in size, got %s. Maybe a scale is too large."
                .formatted(site.title(), Float.MAX_VALUE, numbers[i]));
      }
    }
    return TensorValue.ofFloats(rounded, value.dims());
  }
}
