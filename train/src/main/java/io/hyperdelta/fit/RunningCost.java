package io.hyperdelta.fit;

import io.hyperdelta.weave.Workload;

/**
 * What running an adaptive model costs for some workload, by the woven graph's nodes and the sizes
 * of their values.
 *
 * @param workload rows and conditions of a batch
 * @param target floating-point operations of the target, for a row
 * @param trunk those that encoders and trunks add, for a row: their cost for a condition, shared by
 *     its rows
 * @param deltas those that heads and deltas add, for a row
 * @param slowdown the adaptive model's time over the target's, both forwards, by the cost model: an
 *     estimate
 */
public record RunningCost(
    Workload workload, double target, double trunk, double deltas, double slowdown) {
  /** The workload in words. */
  public String title() {
    int rows = workload.rows();
    int conditions = workload.conditions();
    if (conditions == rows) {
      return "a condition per row";
    }
    return conditions == 1
        ? "one condition for all rows"
        : "%d conditions x %d rows".formatted(conditions, rows / conditions);
  }

  /** Operations that the adaptation adds, for a row. */
  public double adaptation() {
    return trunk + deltas;
  }
}
