package io.hyperdelta.sidebyside;

import io.hyperdelta.autodiff.Bfloat16Products;
import io.hyperdelta.benchmarks.Turns;
import io.hyperdelta.spec.ProductPrecision;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;

/** What training gains and loses when its large products are in bfloat16: itself in both. */
final class ReducedProducts {
  private static final int SETTLING = 500;
  private static final int COMPARED = 125;

  private ReducedProducts() {}

  /** Trains in both precisions in turn, and writes a table. */
  static String table() {
    StringBuilder table =
        new StringBuilder(
            """
            | work | float32, ms | bfloat16, ms | times as fast | middle half | mean loss of steps %d to %d, float32 | bfloat16 |
            |---|---|---|---|---|---|---|
            """
                .formatted(SETTLING + 1, SETTLING + COMPARED));
    SideBySide.withLargeProducts().stream()
        .map(work -> Bfloat16Products.areAvailable() ? line(work) : unmeasured(work))
        .peek(System.err::print)
        .forEach(table::append);
    return table.toString();
  }

  private static String unmeasured(SideBySide.Work work) {
    return "| %s | not measured: the processor has no such products | | | | | |%n"
        .formatted(work.title());
  }

  private static String line(SideBySide.Work work) {
    Path folder = SideBySide.temporary();
    try {
      work.job().get().write(folder);
      try (Side whole = new Side(SideBySide.ours(folder));
          Side reduced = new Side(SideBySide.ours(folder, ProductPrecision.BFLOAT16.key()))) {
        double wholeLoss = meanLoss(whole);
        double reducedLoss = meanLoss(reduced);
        Duel duel = Duel.between(reduced, whole, Double.NaN);
        double[] speedups = duel.speedups();
        return String.format(
            Locale.ROOT,
            "| %s | %.2f | %.2f | %.2f | %.2f to %.2f | %.4f | %.4f |%n",
            work.title(),
            1e3 * Turns.median(duel.theirs()),
            1e3 * Turns.median(duel.ours()),
            speedups[speedups.length / 2],
            speedups[speedups.length / 4],
            speedups[speedups.length * 3 / 4],
            wholeLoss,
            reducedLoss);
      }
    } finally {
      SideBySide.delete(folder);
    }
  }

  private static double meanLoss(Side side) {
    side.steps(SETTLING);
    return Arrays.stream(side.steps(COMPARED).losses()).average().orElseThrow();
  }
}
