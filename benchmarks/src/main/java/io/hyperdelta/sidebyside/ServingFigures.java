package io.hyperdelta.sidebyside;

import io.hyperdelta.benchmarks.Turns;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Prediction beside the target alone, and beside PyTorch, and what memory it takes. */
final class ServingFigures {
  private static final int CONTEXTS = 100_000;

  private ServingFigures() {}

  /**
   * Measures, and writes tables.
   *
   * @param programs folder of the Python programs
   */
  static String tables(Path programs, Optional<Python> python) {
    Path folder = SideBySide.temporary();
    try {
      ServedMlp.write(folder, CONTEXTS);
      Path bundle = ServedMlp.bundle(folder);
      return """
      | 256 rows | ours, ms | the target alone in ONNX Runtime, ms | ours / the target | middle half | aim |
      |---|---|---|---|---|---|
      """
          + Serving.line("256 conditions of 100,000", 1.6, () -> Serving.each(bundle, CONTEXTS))
          + Serving.line("one condition", 1.1, () -> Serving.one(bundle, CONTEXTS))
          + Serving.line(
              "one condition, its factors kept", 1.1, () -> Serving.kept(bundle, CONTEXTS))
          + Serving.line(
              "one condition, its deltas merged and kept (`AdaptiveModel.under`)",
              1.1,
              () -> Serving.under(bundle, CONTEXTS))
          + Serving.line(
              "one condition, merged into a model of its own",
              1.1,
              () -> Serving.merged(bundle, CONTEXTS))
          + """

          | 256 rows | beside | ours, ms | theirs, ms | times as fast | peak, MB | theirs, MB |
          |---|---|---|---|---|---|---|
          """
          + beside(programs, python, folder, "each", "256 conditions of 100,000")
          + beside(programs, python, folder, "one", "one condition")
          + """

          | contexts, a million rows predicted | peak, MB |
          |---|---|
          """
          + peaks(folder);
    } finally {
      SideBySide.delete(folder);
    }
  }

  private static String beside(
      Path programs, Optional<Python> python, Path folder, String way, String title) {
    if (python.isEmpty()) {
      return String.format("| %s | PyTorch | not measured | not measured | | | |%n", title);
    }
    List<String> theirs =
        python.get().running(programs.resolve("serving.py"), folder.toString(), way);
    Duel duel = Duel.of(command(folder, CONTEXTS, way), theirs, true);
    double[] speedups = duel.speedups();
    return String.format(
        Locale.ROOT,
        "| %s | PyTorch | %.3f | %.3f | %.2f | %d | %d |%n",
        title,
        1e3 * Turns.median(duel.ours()),
        1e3 * Turns.median(duel.theirs()),
        speedups[speedups.length / 2],
        duel.ourPeak() >> 20,
        duel.theirPeak() >> 20);
  }

  private static String peaks(Path folder) {
    StringBuilder lines = new StringBuilder();
    for (int contexts : new int[] {1, 1000, 100_000, 1_000_000}) {
      lines.append(
          String.format(Locale.ROOT, "| %,d | %d |%n", contexts, peak(folder, contexts) >> 20));
    }
    return lines.toString();
  }

  /** Peak memory of a process that predicts a million rows. */
  private static long peak(Path folder, int contexts) {
    try (Side side = new Side(command(folder, contexts, "each"))) {
      side.steps(1_000_000 / ServedMlp.BATCH + 1);
      return side.peakBytes();
    }
  }

  private static List<String> command(Path folder, int contexts, String way) {
    return List.of(
        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        "-XX:+UseSerialGC",
        "-Xms24m",
        "-Xmx512m",
        "-cp",
        System.getProperty("java.class.path"),
        ServingWorker.class.getName(),
        folder.toString(),
        Integer.toString(contexts),
        way);
  }
}
