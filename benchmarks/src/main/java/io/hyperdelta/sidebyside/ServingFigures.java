package io.hyperdelta.sidebyside;

import io.hyperdelta.benchmarks.Turns;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Supplier;

/** Prediction beside the target alone, and beside PyTorch, and what memory it takes. */
public final class ServingFigures {
  private static final int THREADS = 2;
  private static final int CONTEXTS = 100_000;

  private ServingFigures() {}

  /**
   * Measures.
   *
   * @param arguments folder of the Python programs, and one to write in
   */
  public static void main(String[] arguments) throws IOException {
    Path program = Path.of(arguments[0], "serving.py");
    Path folder = Files.createDirectories(Path.of(arguments[1]));
    ServedMlp.write(folder, CONTEXTS);
    Path bundle = ServedMlp.bundle(folder);
    print("256 conditions", () -> Serving.each(bundle, THREADS, CONTEXTS));
    print("one condition", () -> Serving.one(bundle, THREADS, CONTEXTS));
    print("one condition, kept", () -> Serving.kept(bundle, THREADS, CONTEXTS));
    Optional<Python> python = Python.find();
    if (python.isPresent()) {
      for (String way : List.of("each", "one")) {
        List<String> theirs =
            List.of(python.get().command(), program.toString(), folder.toString(), way);
        Duel duel = Duel.of(command(folder, CONTEXTS, way), theirs, true);
        double[] speedups = duel.speedups();
        System.out.printf(
            Locale.ROOT,
            "| %s | %.3f | %.3f | %.2f | %.1e%n",
            way,
            1e3 * Turns.median(duel.ours()),
            1e3 * Turns.median(duel.theirs()),
            speedups[speedups.length / 2],
            duel.difference());
      }
    }
    for (int contexts : new int[] {1, 1000, 100_000, 1_000_000}) {
      System.out.printf("| %,d contexts | %d MB%n", contexts, peak(folder, contexts) >> 20);
    }
  }

  private static void print(String title, Supplier<Serving> side) {
    System.out.println(Serving.line(title, side));
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
        "-Xmx512m",
        "-cp",
        System.getProperty("java.class.path"),
        ServingWorker.class.getName(),
        folder.toString(),
        Integer.toString(contexts),
        way);
  }
}
