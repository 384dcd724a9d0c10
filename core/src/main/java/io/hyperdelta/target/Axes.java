package io.hyperdelta.target;

/** In which order a value has its axes: those of rows, of units, and the others. */
public enum Axes {
  /** {@code [rows, ..., units]}, as linear layers have them. */
  UNITS_LAST,
  /** {@code [rows, units, ...]}, as convolutions have them. */
  CHANNELS_FIRST,
  /**
   * {@code [rows, ..., units, columns]}, or {@code [units, rows]}: of a product with the weight on
   * the left.
   */
  COLUMNS,
  /** {@code [steps, rows, units]}, as recurrent layers have them. */
  STEPS_FIRST
}
