package io.hyperdelta.delta;

import io.hyperdelta.graph.GraphEditor;
import io.hyperdelta.graph.Model;
import io.hyperdelta.graph.TensorValue;
import io.hyperdelta.target.Site;
import io.hyperdelta.target.Target;
import io.hyperdelta.target.Units;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

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
   * @return a product where the form is low-rank, else a dense matrix; the scale is in it
   * @throws IllegalArgumentException if the delta is the bias of a layer without one, which is no
   *     part of the site
   */
  public static FixedDelta of(SiteDelta delta, TensorValue frozen, List<TensorValue> factors) {
    Site site = delta.site();
    if (delta.form().makesBias(site)) {
      throw new IllegalArgumentException(
          "Site \"%s\" cannot take a fixed delta of form %s: its layer has no bias that it could be added to. Expected a bias, got a %s %s."
              .formatted(site.title(), delta.form().name(), site.kind().word(), site.shape()));
    }
    DeltaMatrix matrix =
        delta.form() instanceof LowRank
            ? new LowRankMatrix(factors.get(0), factors.get(1))
            : new DenseMatrix(Matrix.unstored(site, delta.form().dense(site, frozen, factors)));
    return new FixedDelta(site, matrix.times(delta.scale()));
  }

  /** Each number of the delta in the order in which the site is stored, zero at other units. */
  double[] stored() {
    return Matrix.stored(site, matrix.dense().values().doubles());
  }

  /**
   * The target with deltas added to its weights: the same nodes, other numbers. Deltas on the same
   * weight add up, and their sum is rounded to float32 once. A number whose delta is zero keeps its
   * bits.
   *
   * @throws IllegalArgumentException if a delta's site is not one of the target, or a weight leaves
   *     the range of float32
   */
  public static Model mergedInto(Target target, List<FixedDelta> deltas) {
    Map<Site, double[]> sums = new LinkedHashMap<>();
    for (FixedDelta delta : deltas) {
      Site whole = delta.site().only(Units.ALL);
      if (!target.sites().contains(whole)) {
        throw new IllegalArgumentException(
            "Site \"%s\" of a fixed delta is no site of the target. Expected one that the target has, with the shape %s."
                .formatted(delta.site().title(), delta.site().shape()));
      }
      double[] stored = delta.stored();
      double[] sum = sums.computeIfAbsent(whole, key -> new double[stored.length]);
      for (int i = 0; i < stored.length; i++) {
        sum[i] += stored[i];
      }
    }
    GraphEditor editor = GraphEditor.of(target.model());
    sums.forEach(
        (site, sum) ->
            editor.replaceInitializer(
                site.initializer(), sum(site, editor.initializer(site.initializer()), sum)));
    return editor.finish("merged");
  }

  private static TensorValue sum(Site site, TensorValue weight, double[] delta) {
    float[] values = weight.floats();
    // Several sites may share an initializer, such as the directions of a recurrent node.
    int first = Math.toIntExact(site.offset());
    for (int i = 0; i < delta.length; i++) {
      // 0 + -0 is 0, which is another bit.
      if (delta[i] == 0) {
        continue;
      }
      double merged = values[first + i] + delta[i];
      if (Double.isFinite(values[first + i]) && Double.isInfinite((float) merged)) {
        throw new IllegalArgumentException(
            "Site \"%s\" cannot be merged with its delta: a weight leaves the range of float32. Expected at most %s in size, got %s. Maybe a scale is too large."
                .formatted(site.title(), Float.MAX_VALUE, merged));
      }
      values[first + i] = (float) merged;
    }
    return TensorValue.ofFloats(values, weight.dims());
  }
}
