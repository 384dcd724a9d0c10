package io.hyperdelta.graph;

/** One axis of a declared tensor type. */
public sealed interface Dim {
  /**
   * An axis of known size.
   *
   * @param size 0 or more
   */
  record Fixed(long size) implements Dim {
    public Fixed {
      if (size < 0) {
        throw new IllegalArgumentException(
            "An axis has a negative size. Expected 0 or more, got " + size + ".");
      }
    }
  }

  /**
   * An axis whose size is known when the model runs; equal symbols stand for equal sizes.
   *
   * @param symbol a name such as {@code "rows"}
   */
  record Symbolic(String symbol) implements Dim {}

  /** An axis of which nothing is declared. */
  record Unknown() implements Dim {}

  /** An axis of a known size. */
  static Dim of(long size) {
    return new Fixed(size);
  }

  /** An axis named by a symbol. */
  static Dim of(String symbol) {
    return new Symbolic(symbol);
  }
}
