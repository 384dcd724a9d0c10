package io.hyperdelta.graph;

import org.jspecify.annotations.Nullable;

/** The sizes that a graph's values have in some run. */
@FunctionalInterface
public interface ValueShapes {
  /**
   * Sizes of a value's axes, outermost first.
   *
   * @return null if nothing is known of it, or it holds no real numbers
   */
  long @Nullable [] of(String value);
}
