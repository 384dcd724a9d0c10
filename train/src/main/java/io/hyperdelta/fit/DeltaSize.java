package io.hyperdelta.fit;

import io.hyperdelta.delta.Factor;
import io.hyperdelta.delta.SiteDelta;
import io.hyperdelta.graph.TensorValue;
import io.hyperdelta.target.SiteKind;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;

/**
 * How large a trained delta is, and how much of it depends on the condition.
 *
 * @param delta the delta's name
 * @param conditions for how many conditions it was measured; 1 for a delta that is the same for all
 * @param weight whether it is a weight that is added to; a bias is often small, and its shift
 *     larger, without harm, and a weight that is replaced need not be like the frozen one
 * @param relative root mean square over conditions of the delta's Frobenius norm, divided by the
 *     norm of the frozen parameter; the plain norm where that is zero or the delta is a bias of its
 *     own
 * @param spread root mean square distance of the conditions' deltas from their mean, divided by
 *     their root mean square norm: 0 where all conditions get the same delta, near 1 where they
 *     share nothing; 0 for a delta that is zero
 */
public record DeltaSize(
    String delta, int conditions, boolean weight, double relative, double spread) {
  /** Below this, conditions get practically the same delta. */
  private static final double COLLAPSED = 0.01;

  /**
   * Measures a delta.
   *
   * @param parameter the frozen one
   * @param factors of K conditions by name, {@code [K, ...]}
   */
  static DeltaSize of(SiteDelta delta, TensorValue parameter, Map<String, TensorValue> factors) {
    List<Factor> own = delta.form().factors(delta.site());
    // Factors that are learned once have one entry for all conditions.
    int conditions =
        own.stream()
            .mapToInt(f -> Math.toIntExact(factor(delta, f, factors).dim(0)))
            .max()
            .orElseThrow();
    double squares = 0;
    double[] mean = new double[0];
    // One at a time: a dense delta may be as large as an embedding's table.
    for (int k = 0; k < conditions; k++) {
      int condition = k;
      List<TensorValue> rows =
          own.stream().map(f -> row(factor(delta, f, factors), f, condition)).toList();
      double[] dense = delta.dense(parameter, rows);
      squares += squares(dense) / conditions;
      mean = k == 0 ? new double[dense.length] : mean;
      for (int i = 0; i < dense.length; i++) {
        mean[i] += dense[i] / conditions;
      }
    }
    // The mean square of the distances from the mean.
    double scatter = Math.max(0, squares - squares(mean));
    double frozen =
        delta.form().makesBias(delta.site())
            ? 0
            : Math.sqrt(squares(delta.site().values(parameter)));
    double norm = Math.sqrt(squares);
    boolean weighs =
        delta.site().kind() != SiteKind.BIAS
            && !delta.form().makesBias(delta.site())
            && !delta.form().replaces();
    return new DeltaSize(
        delta.name(),
        conditions,
        weighs,
        frozen == 0 ? norm : norm / frozen,
        squares == 0 ? 0 : Math.sqrt(scatter / squares));
  }

  private static TensorValue factor(
      SiteDelta delta, Factor factor, Map<String, TensorValue> factors) {
    return Objects.requireNonNull(factors.get(delta.factorName(factor)));
  }

  private static TensorValue row(TensorValue all, Factor factor, int condition) {
    int n = factor.elementCount();
    int row = factor.isGenerated() ? condition : 0;
    float[] values = Arrays.copyOfRange(all.floats(), row * n, (row + 1) * n);
    return TensorValue.ofFloats(values, factor.shape());
  }

  private static double squares(double[] values) {
    double sum = 0;
    for (double value : values) {
      sum += value * value;
    }
    return sum;
  }

  /** What is alarming about the delta, as a sentence; empty if nothing is. */
  List<String> alarms() {
    if (relative == 0) {
      return List.of("Delta " + delta + " is zero: it changes nothing.");
    }
    List<String> alarms = new ArrayList<>();
    if (conditions > 1 && spread < COLLAPSED) {
      alarms.add(
          String.format(
              Locale.ROOT,
              "Delta %s is the same for all conditions (spread %.4f): one shared delta would do.",
              delta,
              spread));
    }
    if (weight && relative > 1) {
      alarms.add(
          String.format(
              Locale.ROOT,
              "Delta %s is larger than what it adapts (%.2f times): little is left of the frozen parameter.",
              delta,
              relative));
    }
    return alarms;
  }
}
