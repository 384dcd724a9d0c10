package io.hyperdelta.evaluate;

import com.fasterxml.jackson.annotation.JsonIgnore;
import java.util.Locale;

/**
 * How much a model's metric differs from another's on the same rows, with a 95 % paired interval.
 *
 * @param model whose metric is the first term
 * @param against whose metric is subtracted
 * @param split {@code seen-contexts} or {@code unseen-contexts}
 * @param metric the metric's key
 * @param value model minus against; below 0 the model is better, for every metric here
 * @param low lower end of the interval
 * @param high upper end of the interval
 */
public record Difference(
    String model,
    String against,
    String split,
    String metric,
    double value,
    double low,
    double high) {
  private static final String NOTHING = "0.0000";

  /**
   * A difference, or an end of its interval, with four decimals and its sign; what rounds to
   * nothing has no sign.
   */
  public static String text(double number) {
    String text = String.format(Locale.ROOT, "%+.4f", number);
    return text.substring(1).equals(NOTHING) ? NOTHING : text;
  }

  /** Whether the whole interval is below zero. */
  @JsonIgnore
  public boolean isBetter() {
    return high < 0;
  }

  /** Whether the whole interval is above zero. */
  @JsonIgnore
  public boolean isWorse() {
    return low > 0;
  }
}
