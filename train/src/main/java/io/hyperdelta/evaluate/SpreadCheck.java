package io.hyperdelta.evaluate;

import com.fasterxml.jackson.annotation.JsonIgnore;

/**
 * Whether the members of an ensemble lie further apart where the ensemble is more wrong, with a 95
 * % interval.
 *
 * @param split {@code seen-contexts} or {@code unseen-contexts}
 * @param correlation Spearman's rank correlation of spread and error over the rows, from -1 to 1
 * @param low lower end of the interval
 * @param high upper end of the interval
 * @param meanSpread mean spread of the rows, in the output's unit
 */
public record SpreadCheck(
    String split, double correlation, double low, double high, double meanSpread) {
  /** Whether the whole interval is above zero. */
  @JsonIgnore
  public boolean tells() {
    return low > 0;
  }
}
