package io.hyperdelta.benchmarks;

/** How many threads both sides of a comparison have. */
final class Threads {
  static final int COUNT = 2;

  private Threads() {}
}
