package io.hyperdelta.benchmarks;

import io.hyperdelta.autodiff.Engine;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.Options;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/**
 * Runs the comparisons, each pair of sides in turn several times over, so that both meet the same
 * weather on the machine, and writes what came out as a page.
 */
public final class Benchmarks {
  private static final int ROUNDS = 7;

  private Benchmarks() {}

  /**
   * A comparison of two ways to do the same work.
   *
   * @param work what is done
   * @param ours benchmark method of our side
   * @param theirs benchmark method of the other side
   * @param opponent what the other side is
   */
  private record Pair(String work, String ours, String theirs, String opponent) {}

  private static final List<Pair> PAIRS =
      List.of(
          new Pair(
              "MiniLM forward, 16 x 64 tokens",
              "MiniLmForward.program",
              "MiniLmForward.ort",
              "ONNX Runtime"),
          new Pair(
              "MLP 3 x (256 x 256), 256 rows, forward and backward",
              "MlpStep.program",
              "MlpStep.byHand",
              "the same libtorch calls by hand"),
          new Pair(
              NodeOverhead.NODES + " nodes of next to no work",
              "NodeOverhead.program",
              "NodeOverhead.byHand",
              "the same libtorch calls by hand"));

  /**
   * Runs all comparisons.
   *
   * @param arguments the page to write
   */
  public static void main(String[] arguments) throws RunnerException {
    StringBuilder page = new StringBuilder(head());
    for (Pair pair : PAIRS) {
      double[] ours = new double[ROUNDS];
      double[] theirs = new double[ROUNDS];
      for (int round = 0; round < ROUNDS; round++) {
        ours[round] = microseconds(pair.ours());
        theirs[round] = microseconds(pair.theirs());
      }
      page.append(row(pair, ours, theirs));
      System.err.print(row(pair, ours, theirs));
    }
    page.append('\n').append(ResidentMemory.measure());
    if (arguments.length == 0) {
      System.out.print(page);
    } else {
      write(Path.of(arguments[0]), page.toString());
    }
  }

  private static void write(Path file, String page) {
    try {
      Files.writeString(file, page);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static double microseconds(String method) throws RunnerException {
    Options options =
        new OptionsBuilder()
            .include("\\." + method.replace(".", "\\.") + "$")
            .forks(1)
            .warmupIterations(3)
            .warmupTime(TimeValue.seconds(1))
            .measurementIterations(3)
            .measurementTime(TimeValue.seconds(1))
            .jvmArgs("-Xmx2g", "-Dorg.bytedeco.javacpp.maxPhysicalBytes=0")
            .jvmArgsAppend("-D" + Engine.THREADS_PROPERTY + "=" + Threads.COUNT)
            .verbosity(VerboseMode.SILENT)
            .build();
    RunResult result = new Runner(options).runSingle();
    return result.getPrimaryResult().getScore();
  }

  private static String head() {
    return """
        # Performance

        Written by `benchmarks/run`; not edited by hand. Each comparison is run in turn, ours then theirs, %d times over in one go, and the ratio
        is taken within each turn: what counts is the median ratio. %d threads on both sides, float32.

        Machine: %s, %d processors, %s, Java %s.

        | work | opponent | ours, us | theirs, us | ours / theirs | lowest to highest | added per node, us |
        |---|---|---|---|---|---|---|
        """
        .formatted(
            ROUNDS,
            Threads.COUNT,
            processor(),
            Runtime.getRuntime().availableProcessors(),
            System.getProperty("os.name"),
            System.getProperty("java.version"));
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

  private static String row(Pair pair, double[] ours, double[] theirs) {
    List<Double> ratios = new ArrayList<>();
    double[] added = new double[ours.length];
    for (int i = 0; i < ours.length; i++) {
      ratios.add(ours[i] / theirs[i]);
      added[i] = (ours[i] - theirs[i]) / NodeOverhead.NODES;
    }
    double[] sorted = ratios.stream().mapToDouble(Double::doubleValue).sorted().toArray();
    boolean perNode = pair.ours().startsWith("NodeOverhead");
    return String.format(
        Locale.ROOT,
        "| %s | %s | %.0f | %.0f | %.2f | %.2f to %.2f | %s |%n",
        pair.work(),
        pair.opponent(),
        median(ours),
        median(theirs),
        median(sorted),
        sorted[0],
        sorted[sorted.length - 1],
        perNode ? String.format(Locale.ROOT, "%.2f", median(added)) : "");
  }

  private static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    return sorted[sorted.length / 2];
  }
}
