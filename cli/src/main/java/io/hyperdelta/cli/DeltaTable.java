package io.hyperdelta.cli;

import io.hyperdelta.delta.DeltaAlgebra;
import io.hyperdelta.delta.FixedDelta;
import io.hyperdelta.delta.LowRankMatrix;
import io.hyperdelta.target.Target;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;
import java.util.Objects;

/** Fixed deltas as a table, with their sizes. Stateless. */
final class DeltaTable {
  private DeltaTable() {}

  static void print(Target target, List<FixedDelta> deltas, PrintWriter out) {
    TextTable table = new TextTable(List.of("site", "form", "|delta|", "|delta|/|W|"));
    for (FixedDelta delta : deltas) {
      double share =
          DeltaAlgebra.share(
              delta,
              Objects.requireNonNull(
                  target.model().graph().initializers().get(delta.site().initializer())));
      table.add(
          delta.site().title(),
          delta.matrix() instanceof LowRankMatrix product ? "low-rank " + product.rank() : "dense",
          number(delta.matrix().norm()),
          Double.isFinite(share) ? number(share) : "W is 0");
    }
    table.print(out);
  }

  private static String number(double value) {
    return String.format(Locale.ROOT, "%.4g", value);
  }
}
