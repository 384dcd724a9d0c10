package io.hyperdelta.benchmarks;

/** Two ways to do the same work. Not thread-safe. */
public interface Comparison extends AutoCloseable {
  /** Does the work our way. */
  void ours();

  /** Does the work the other way. */
  void theirs();

  /** Frees what both sides hold. */
  @Override
  void close();
}
