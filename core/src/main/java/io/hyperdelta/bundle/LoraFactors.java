package io.hyperdelta.bundle;

import io.hyperdelta.delta.FixedDelta;
import io.hyperdelta.delta.LowRankMatrix;
import io.hyperdelta.graph.Dtype;
import io.hyperdelta.graph.TensorValue;
import io.hyperdelta.target.Site;

/**
 * One site's share of a LoRA adapter: {@code dW = scale A B}, where rows of inputs are multiplied
 * from the left. Immutable, so safe to share between threads.
 *
 * <p>LoRA's own names (Hu et al. 2021, section 4.1) are the other way round, for column vectors:
 * its A is the transpose of ours and its B that of ours too, with {@code dW = B A} there.
 *
 * @param site what is adapted
 * @param a A, float32 {@code [in, rank]}
 * @param b B, float32 {@code [rank, width]}
 * @param scale what the product is multiplied with
 */
public record LoraFactors(Site site, TensorValue a, TensorValue b, double scale) {
  /**
   * Checks the factors.
   *
   * @throws IllegalArgumentException if they are not float32, are not finite, have other shapes
   *     than the site asks for or a rank of 0, or if the scale is not finite
   */
  public LoraFactors {
    if (a.dtype() != Dtype.FLOAT || b.dtype() != Dtype.FLOAT) {
      throw new IllegalArgumentException(
          "The LoRA factors of site \"%s\" have the wrong type. Expected float32, got %s and %s."
              .formatted(site.title(), a, b));
    }
    if (!Double.isFinite(scale)) {
      throw new IllegalArgumentException(
          "The LoRA factors of site \"%s\" have no usable scale. Expected a finite number, got %s."
              .formatted(site.title(), scale));
    }
    LowRankMatrix product = new LowRankMatrix(a, b);
    if (product.rank() == 0 || !fits(site, product)) {
      throw new IllegalArgumentException(
          "The LoRA factors of site \"%s\" do not fit it: its %s is %s. Expected A [%d, rank] and B [rank, %d] of rank 1 or more, got %s and %s."
              .formatted(
                  site.title(), site.kind().word(), site.shape(), site.in(), site.width(), a, b));
    }
  }

  private static boolean fits(Site site, LowRankMatrix product) {
    return product.in() == site.in() && product.width() == site.width();
  }

  /** Columns of A. */
  public int rank() {
    return Math.toIntExact(a.dim(1));
  }

  /** What the factors add to the site's weight, with the scale in it. */
  public FixedDelta delta() {
    return new FixedDelta(site, new LowRankMatrix(a, b).times(scale));
  }
}
