package io.hyperdelta.delta;

import io.hyperdelta.graph.TensorValue;
import io.hyperdelta.target.Site;
import java.util.Arrays;
import java.util.Optional;
import java.util.function.DoubleSupplier;

/**
 * A limit on the size of a delta: |dW| <= rho |W| in Frobenius norm, for each condition, where W
 * are the frozen numbers of the units that are meant. A larger delta is multiplied with rho |W| /
 * |dW|. The cap goes before the strength, so a strength above 1 may exceed it. Stateless.
 */
public final class Cap {
  /** No cap: any delta is small enough. */
  public static final double NONE = Double.POSITIVE_INFINITY;

  private Cap() {}

  /** Refuses what is no cap. */
  static void check(String subject, double rho) {
    if (!(rho > 0)) {
      throw new IllegalArgumentException(
          "%s has no usable cap. Expected a number above 0, got %s.".formatted(subject, rho));
    }
  }

  /** Why a delta cannot be capped: nothing is there to compare it with; empty if it can. */
  static Optional<String> refusal(Form form, Site site, double rho) {
    if (rho == NONE) {
      return Optional.empty();
    }
    if (form.replaces()) {
      return Optional.of(
          "Site \"%s\" cannot take a capped %s that replaces the weight: it is no delta that could be compared with the weight. Expected no cap, got cap %s. Maybe you meant to add it, without replace."
              .formatted(site.title(), form.name(), rho));
    }
    return !form.makesBias(site)
        ? Optional.empty()
        : Optional.of(
            "Site \"%s\" cannot take a capped %s: its layer has no bias that the %s could be compared with. Expected a layer with a bias, or no cap, got cap %s. Maybe you meant form low-rank or gain, which are compared with the weight."
                .formatted(site.title(), form.name(), form.name(), rho));
  }

  /**
   * The squared norm of the frozen numbers of each unit that is meant.
   *
   * @param holder the initializer that holds the site
   */
  public static double[] unitSquares(Site site, TensorValue holder) {
    double[] values = site.values(holder);
    double[] squares = new double[Math.toIntExact(site.width())];
    for (int u = 0; u < squares.length; u++) {
      for (int i = 0; i < site.in(); i++) {
        double value = values[Matrix.position(site, i, u)];
        squares[u] += value * value;
      }
    }
    return squares;
  }

  /**
   * What a delta has to be multiplied with to keep the cap, at most 1.
   *
   * @param size gives the norm of the delta, where there is a cap
   */
  static double factor(double rho, Site site, TensorValue holder, DoubleSupplier size) {
    if (rho == NONE) {
      return 1;
    }
    double norm = size.getAsDouble();
    double limit = rho * Math.sqrt(Arrays.stream(unitSquares(site, holder)).sum());
    return norm <= limit ? 1 : limit / norm;
  }
}
