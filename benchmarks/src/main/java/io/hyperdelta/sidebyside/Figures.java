package io.hyperdelta.sidebyside;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** What of docs/performance.md is measured side by side. */
public final class Figures {
  private Figures() {}

  /**
   * Measures all of it.
   *
   * @param programs folder of the Python programs
   * @return sections in Markdown
   */
  public static String sections(Path programs) {
    Optional<Python> python = Python.find();
    return """
    ## Training beside PyTorch

    Both sides train the same weights on the same batches, from one folder: AdamW, clipping, float32, %s. Each is a process of its own; they work in
    turn, 15 times 0.4 s after a warm-up of 4 s, and the losses of the first 20 steps are compared before. "Peak" is the most memory that the process held.
    PyTorch is asked for by %s, or found on the path: %s.

    %s
    Until the loss is low, from the start of each process, the frozen part's evaluation included:

    %s
    ## Prediction

    The MLP of above with a latent of 16 and rank 4, from numbers in Java to numbers in Java. PyTorch does the same with bmm.

    %s
    ## How cost grows

    An MLP of layers 256 x 256 with low-rank deltas on all of them, 256 rows, a training step. How far planned orders are from the fastest is in
    [contractions.md](contractions.md).

    %s"""
        .formatted(
            "2 threads",
            "`" + Python.VARIABLE + "`",
            python.map(Python::version).orElse("none was found, so nothing was measured"),
            SideBySide.table(programs, python, List.of()),
            Race.table(programs, python),
            ServingFigures.tables(programs, python),
            Growth.table());
  }

  /**
   * Prints the table of training.
   *
   * @param arguments folder of the Python programs, then parts of titles of the works to do, all if
   *     there are none
   */
  public static void main(String[] arguments) {
    SideBySide.table(
        Path.of(arguments[0]), Python.find(), List.of(arguments).subList(1, arguments.length));
  }
}
