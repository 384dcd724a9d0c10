package io.hyperdelta.fit;

import io.hyperdelta.bundle.Bundle;
import io.hyperdelta.data.Table;
import java.util.List;

/** Looks at a bundle before it is published, in the engine that will serve it. */
public interface ExportCheck {
  /**
   * Checks that the bundle's graphs compute what was trained.
   *
   * @param bundle complete, but not yet in its place
   * @param rows raw columns of some rows
   * @param expected libtorch's outputs of the fused graph for those rows
   * @return what was found to hold, a line each
   * @throws IllegalStateException if the graphs disagree
   */
  List<String> check(Bundle bundle, Table rows, float[][] expected);

  /** No check: for tests, and for callers that check later. */
  static ExportCheck none() {
    return (bundle, rows, expected) -> List.of();
  }
}
