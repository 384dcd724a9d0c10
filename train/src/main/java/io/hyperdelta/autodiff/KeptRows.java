package io.hyperdelta.autodiff;

import org.bytedeco.pytorch.Tensor;

/** A value of the frozen part, kept for all rows: a tensor [rows, ...]. Not thread-safe. */
sealed interface KeptRows extends AutoCloseable permits FileRows, MemoryRows {
  /**
   * Keeps some rows.
   *
   * @param from the first one's number
   * @param part tensor [some rows, ...]
   */
  void put(int from, Tensor part);

  /** Some rows, as a new tensor [picked rows, ...]. */
  Tensor take(Pick pick);

  @Override
  void close();
}
