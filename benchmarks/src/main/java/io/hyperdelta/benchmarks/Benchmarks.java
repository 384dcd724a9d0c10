package io.hyperdelta.benchmarks;

import io.hyperdelta.autodiff.Engine;
import io.hyperdelta.bundle.Versions;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Runs the comparisons and writes what came out as a page. Each side alone can be run with JMH,
 * whose annotations it has.
 */
public final class Benchmarks {
  private Benchmarks() {}

  /** A comparison and how the page names it. */
  private record Row(String work, String opponent, Supplier<Comparison> comparison) {}

  private static final List<Row> ROWS =
      List.of(
          new Row("MiniLM forward, 16 x 64 tokens", "ONNX Runtime", MiniLmForward::new),
          new Row(
              "MLP 3 x (256 x 256), 256 rows, forward and backward",
              "the same libtorch calls by hand",
              MlpStep::new),
          new Row(
              "training step, 256 rows, low-rank deltas in an MLP, 8 conditions x 32 rows",
              "the same rows with a condition each",
              () -> new SharedConditions(8)),
          new Row(
              "the same step, 64 conditions x 4 rows",
              "the same rows with a condition each",
              () -> new SharedConditions(64)),
          new Row(
              NodeOverhead.NODES + " nodes of next to no work",
              "the same libtorch calls by hand",
              NodeOverhead::new));

  /**
   * Runs all comparisons.
   *
   * @param arguments the page to write; without it the page is printed
   */
  public static void main(String[] arguments) {
    System.setProperty(Engine.THREADS_PROPERTY, Integer.toString(Threads.COUNT));
    StringBuilder page = new StringBuilder(head());
    for (Row row : ROWS) {
      page.append(line(row));
    }
    page.append('\n').append(ResidentMemory.measure());
    write(arguments.length == 0 ? null : Path.of(arguments[0]), page.toString());
  }

  /** Writes a page, or prints it. */
  public static void write(@Nullable Path file, String page) {
    if (file == null) {
      System.out.print(page);
      return;
    }
    try {
      Files.writeString(file, page);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String head() {
    return """
    # What the parts cost

    Written by `benchmarks/run parts`; not edited by hand. Both sides of a comparison run in one process, in turn, 60 times after 10 to warm up,
    on %d threads each, in float32. The ratio is taken between turns side by side; what counts is the median ratio.

    Machine: %s.

    | work | opponent | ours, ms | theirs, ms | ours / theirs | middle half of the ratios |
    |---|---|---|---|---|---|
    """
        .formatted(Threads.COUNT, machine());
  }

  /** The machine and the versions, for the head of a page. */
  public static String machine() {
    return "%s, %d processors, %s, Java %s, libtorch %s with products by %s, ONNX Runtime %s"
        .formatted(
            processor(),
            Runtime.getRuntime().availableProcessors(),
            System.getProperty("os.name"),
            System.getProperty("java.version"),
            Versions.all().get("libtorch"),
            Engine.products(),
            Versions.all().get("onnxruntime"));
  }

  private static String processor() {
    Path file = Path.of("/proc/cpuinfo");
    if (!Files.isReadable(file)) {
      return System.getProperty("os.arch");
    }
    try (var lines = Files.lines(file)) {
      return lines
          .filter(line -> line.startsWith("model name"))
          .map(line -> line.substring(line.indexOf(':') + 1).strip())
          .findFirst()
          .orElse(System.getProperty("os.arch"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String line(Row row) {
    try (Comparison comparison = row.comparison().get()) {
      Turns turns = Turns.of(comparison);
      double[] ratios = turns.ratios();
      String line =
          String.format(
              Locale.ROOT,
              "| %s | %s | %.2f | %.2f | %.2f | %.2f to %.2f |%n",
              row.work(),
              row.opponent(),
              1e3 * Turns.median(turns.ours()),
              1e3 * Turns.median(turns.theirs()),
              Turns.median(ratios),
              ratios[ratios.length / 4],
              ratios[ratios.length * 3 / 4]);
      if (comparison instanceof NodeOverhead) {
        line +=
            String.format(
                Locale.ROOT,
                "%nA program adds %.2f us to each node.%n",
                1e6 * turns.added() / NodeOverhead.NODES);
      }
      System.err.print(line);
      return line;
    }
  }
}
