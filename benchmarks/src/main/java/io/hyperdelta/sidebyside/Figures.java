package io.hyperdelta.sidebyside;

import io.hyperdelta.benchmarks.Benchmarks;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Optional;

/** What of docs/performance.md is measured side by side. */
public final class Figures {
  private Figures() {}

  /**
   * Measures, and writes the page.
   *
   * @param arguments folder of the Python programs, and the page; instead of a page, parts of
   *     titles of works may follow, each after a dash, whose rows are then printed
   */
  public static void main(String[] arguments) {
    Path programs = Path.of(arguments[0]);
    List<String> rest = List.of(arguments).subList(1, arguments.length);
    Optional<Python> python = Python.find();
    if (rest.stream().anyMatch(argument -> argument.startsWith("-"))) {
      SideBySide.table(programs, python, rest.stream().map(part -> part.substring(1)).toList());
      return;
    }
    Benchmarks.write(rest.isEmpty() ? null : Path.of(rest.get(0)), page(programs, python));
  }

  private static String page(Path programs, Optional<Python> python) {
    return """
    # Performance

    Written by `benchmarks/run`; not edited by hand, but for the last section. What counts is the median of ratios that are taken between turns side by
    side. Random numbers have fixed seeds. Parts by themselves are in [parts.md](parts.md).

    Machine: %s.

    ## Training beside PyTorch

    Both sides train the same weights on the same batches, from one folder: AdamW, clipping, float32, 2 threads. Each is a process of its own; they work in
    turn, 15 times 0.4 s after a warm-up of 4 s, and the losses of the first 20 steps are compared before. "Peak" is the most memory that the process held.
    PyTorch is asked for by `%s`, or found on the path: %s.

    %s
    Until the loss is low, from the start of each process, the frozen part's evaluation included:

    %s
    With `fit: {products: bfloat16}` large products round their factors to 8 bits; beside ourselves in float32:

    %s
    ## Prediction

    The MLP of above with a latent of 16 and rank 4, from numbers in Java to numbers in Java. PyTorch does the same with bmm.

    %s
    ## Cold starts

    The houses of the README, on a tree that was built and used before.

    %s
    ## How cost grows

    An MLP of layers 256 x 256 with low-rank deltas on all of them, 256 rows, a training step. How far planned orders are from the fastest is in
    [contractions.md](contractions.md).

    %s"""
            .formatted(
                Benchmarks.machine(),
                Python.VARIABLE,
                python.map(Python::version).orElse("none was found, so nothing was measured"),
                SideBySide.table(programs, python, List.of()),
                Race.table(programs, python),
                ReducedProducts.table(),
                ServingFigures.tables(programs, python),
                ColdStart.table(programs.toAbsolutePath().resolve("../..").normalize()),
                Growth.table())
        + tried();
  }

  /** What was tried, which is written by hand. */
  private static String tried() {
    try (InputStream in = Figures.class.getResourceAsStream("/tried.md")) {
      return new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
