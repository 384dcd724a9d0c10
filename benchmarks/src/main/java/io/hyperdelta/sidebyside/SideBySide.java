package io.hyperdelta.sidebyside;

import io.hyperdelta.benchmarks.Turns;
import io.hyperdelta.delta.Adaptation;
import io.hyperdelta.delta.Full;
import io.hyperdelta.delta.LowRank;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.Stream;

/** The works that both sides do, and how they are written on the page. */
final class SideBySide {
  private static final int THREADS = 2;
  private static final int RANK = 8;
  private static final int KERNEL_RANK = 2;

  private SideBySide() {}

  /**
   * A work.
   *
   * @param title how the page names it
   * @param job what both sides do
   * @param opponents how the other side does it, by variant of its program
   * @param same whether all compute the same function
   */
  record Work(String title, Supplier<Job> job, List<Opponent> opponents, boolean same) {}

  /**
   * Another way to do a work.
   *
   * @param variant of the Python program
   * @param title how the page names it
   * @param goal how many times as fast we want to be
   */
  record Opponent(String variant, String title, double goal) {}

  private static List<Work> works() {
    List<Adaptation> lowRank =
        List.of(
            Adaptation.of("fc1.weight", new LowRank(RANK)),
            Adaptation.of("fc2.weight", new LowRank(RANK)));
    List<Adaptation> kernels = List.of(Adaptation.of("kind:kernel", new LowRank(KERNEL_RANK)));
    List<Adaptation> full = List.of(Adaptation.of("fc2.weight", new Full()));
    return List.of(
        new Work(
            "low rank 8, 256 conditions",
            () -> AdaptedMlp.job(256, lowRank, Map.of("rank", RANK), THREADS),
            List.of(
                new Opponent("bmm", "PyTorch, bmm", 1.5),
                new Opponent("vmap", "PyTorch, vmap", 15)),
            true),
        new Work(
            "low rank 8, 8 conditions x 32 rows",
            () -> AdaptedMlp.job(8, lowRank, Map.of("rank", RANK), THREADS),
            List.of(
                new Opponent("bmm", "PyTorch, bmm", 1.1),
                new Opponent("vmap", "PyTorch, vmap", 1.1)),
            true),
        new Work(
            "full, 8 conditions x 32 rows",
            () -> AdaptedMlp.job(8, full, Map.of(), THREADS),
            List.of(
                new Opponent("bmm", "PyTorch, bmm", 1.1),
                new Opponent("vmap", "PyTorch, vmap", 1.1)),
            true),
        new Work(
            "MiniLM, low rank 8 on the attention of two layers",
            () -> AdaptedEncoder.job(THREADS),
            List.of(new Opponent("eager", "PyTorch, bmm", 1.2)),
            true),
        new Work(
            "chunked, a task for 128 rows",
            () -> ChunkedMlp.job(THREADS),
            List.of(new Opponent("published", "PyTorch, chunks as published", 1.5)),
            false),
        new Work(
            "chunked, a task for 128 rows, the same form",
            () -> ChunkedMlp.job(THREADS),
            List.of(new Opponent("form", "PyTorch, weights merged", 1)),
            true),
        new Work(
            "kernels, low rank 2, 16 images with a condition each",
            () -> AdaptedClassifier.job(kernels, THREADS),
            List.of(
                new Opponent("grouped", "PyTorch, grouped convolutions", 1.5),
                new Opponent("bmm", "PyTorch, bmm for 1 x 1 kernels", 1.5)),
            true));
  }

  /**
   * Measures, and writes a table; rows say "not measured" where there is no PyTorch.
   *
   * @param programs folder of the Python programs
   * @param wanted parts of titles of the works to do; all if there are none
   */
  static String table(Path programs, Optional<Python> python, List<String> wanted) {
    StringBuilder table =
        new StringBuilder(
            """
            | work | beside | ours, ms | theirs, ms | times as fast | middle half | aim | peak, MB | theirs, MB | losses apart |
            |---|---|---|---|---|---|---|---|---|---|
            """);
    for (Work work : works()) {
      if (wanted.isEmpty() || wanted.stream().anyMatch(work.title()::contains)) {
        work.opponents().stream()
            .map(
                opponent ->
                    python
                        .map(
                            present ->
                                line(work, opponent, duel(work, opponent, programs, present)))
                        .orElseGet(() -> unmeasured(work, opponent)))
            .peek(System.err::print)
            .forEach(table::append);
      }
    }
    return table.toString();
  }

  private static Duel duel(Work work, Opponent opponent, Path programs, Python python) {
    Path folder = temporary();
    try {
      work.job().get().write(folder);
      return Duel.of(
          ours(folder), python.worker(programs, folder, opponent.variant()), work.same());
    } finally {
      delete(folder);
    }
  }

  private static String unmeasured(Work work, Opponent opponent) {
    return String.format(
        Locale.ROOT,
        "| %s | %s | not measured | not measured | | | %.1f | | | |%n",
        work.title(),
        opponent.title(),
        opponent.goal());
  }

  private static String line(Work work, Opponent opponent, Duel duel) {
    double[] speedups = duel.speedups();
    return String.format(
        Locale.ROOT,
        "| %s | %s | %.2f | %.2f | %.2f | %.2f to %.2f | %.1f | %d | %d | %s |%n",
        work.title(),
        opponent.title(),
        1e3 * Turns.median(duel.ours()),
        1e3 * Turns.median(duel.theirs()),
        speedups[speedups.length / 2],
        speedups[speedups.length / 4],
        speedups[speedups.length * 3 / 4],
        opponent.goal(),
        duel.ourPeak() >> 20,
        duel.theirPeak() >> 20,
        work.same() ? String.format(Locale.ROOT, "%.0e", duel.difference()) : "another function");
  }

  /** The works whose products may gain by less precision. */
  static List<Work> withLargeProducts() {
    return works().stream()
        .filter(work -> Stream.of("256 conditions", "MiniLM").anyMatch(work.title()::contains))
        .toList();
  }

  /**
   * Our side as a process of its own, started as the command line is.
   *
   * @param rest of what {@link Worker} is told
   */
  static List<String> ours(Path job, String... rest) {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:+UseSerialGC",
                "-Xms24m",
                "-XX:MinHeapFreeRatio=10",
                "-XX:MaxHeapFreeRatio=20",
                "-XX:-ShrinkHeapInSteps",
                "-XX:Tier4InvocationThreshold=15000",
                "-XX:Tier4MinInvocationThreshold=1800",
                "-XX:Tier4CompileThreshold=45000",
                "-XX:Tier4BackEdgeThreshold=120000",
                "-cp",
                System.getProperty("java.class.path"),
                Worker.class.getName(),
                job.toString()));
    command.addAll(List.of(rest));
    return command;
  }

  static Path temporary() {
    try {
      return Files.createTempDirectory("hyperdelta-side-by-side");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static void delete(Path folder) {
    try (Stream<Path> files = Files.walk(folder)) {
      for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
        Files.delete(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
