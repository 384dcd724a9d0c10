package io.hyperdelta.sidebyside;

import io.hyperdelta.benchmarks.Turns;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** What a user waits for at the command line, on a tree that is built and was used before. */
final class ColdStart {
  private static final int REPETITIONS = 9;
  private static final int ROWS = 5;

  private final Path root;
  private final Path folder;

  private ColdStart(Path root, Path folder) {
    this.root = root;
    this.folder = folder;
  }

  /**
   * Measures, and writes a table.
   *
   * @param root folder of the checkout
   */
  static String table(Path root) {
    Path folder = SideBySide.temporary();
    try {
      return new ColdStart(root, folder).table();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      SideBySide.delete(folder);
    }
  }

  private String table() throws IOException {
    Path houses = root.resolve("examples/houses");
    Path all = houses.resolve("lucas-county-houses.csv");
    Path bundle = folder.resolve("bundle");
    Path few = folder.resolve("few.csv");
    try (Stream<String> lines = Files.lines(all)) {
      Files.write(few, lines.limit(ROWS + 1).toList());
    }
    List<String> train =
        List.of("train", houses.resolve("houses.yaml").toString(), "--out", bundle.toString());
    // Builds if need be, and leaves a bundle and what later starts begin with.
    seconds(train, null);
    seconds(predict(bundle, few), null);
    return "| from the start of `./hyperdelta` | s | aim |\n|---|---|---|\n"
        + line("predict, " + ROWS + " rows, until it ends", predict(bundle, few), null, "1.2")
        + line("predict, 25,357 rows, until it ends", predict(bundle, all), null, "")
        + line("train, until its first step", train, "train target: ", "4.0");
  }

  private List<String> predict(Path bundle, Path rows) {
    return List.of(
        "predict",
        bundle.toString(),
        "--data",
        rows.toString(),
        "--out",
        folder.resolve("predictions.csv").toString());
  }

  private String line(String title, List<String> arguments, @Nullable String until, String aim)
      throws IOException {
    double[] seconds = new double[REPETITIONS];
    for (int i = 0; i < REPETITIONS; i++) {
      seconds[i] = seconds(arguments, until);
    }
    return String.format(Locale.ROOT, "| %s | %.2f | %s |%n", title, Turns.median(seconds), aim);
  }

  /** Seconds until a line of its progress begins with a text, or until it ends. */
  private double seconds(List<String> arguments, @Nullable String until) throws IOException {
    List<String> command =
        Stream.concat(Stream.of(root.resolve("hyperdelta").toString()), arguments.stream())
            .toList();
    long start = System.nanoTime();
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    StringBuilder said = new StringBuilder();
    try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (until != null && line.startsWith(until)) {
          double seconds = (System.nanoTime() - start) / 1e9;
          process.destroy();
          process.waitFor();
          return seconds;
        }
        said.append(line).append('\n');
      }
      if (process.waitFor() != 0 || until != null) {
        throw new IllegalStateException(command + " ended before it was expected to:\n" + said);
      }
      return (System.nanoTime() - start) / 1e9;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("A start was interrupted.", e);
    }
  }
}
