package io.hyperdelta.sidebyside;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * How long each side takes until an epoch's mean loss is as low as was settled before. All counts
 * from the start of its process: loading, what our side evaluates once for all rows, and training.
 *
 * @param ours seconds
 * @param theirs the same of the other side
 * @param ourEpochs epochs that our side needed
 * @param theirEpochs the same of the other side
 */
record Race(double ours, double theirs, int ourEpochs, int theirEpochs) {
  /** Both sides reach it in their fifth epoch: they do the same steps. */
  private static final double LOSS = 0.07;

  private static final int MAX_EPOCHS = 20;
  private static final int THREADS = 2;
  private static final double AIM = 4;

  private record Run(double seconds, int epochs) {}

  private static Run run(List<String> command) {
    long start = System.nanoTime();
    try (Side side = new Side(command)) {
      for (int epoch = 1; epoch <= MAX_EPOCHS; epoch++) {
        double[] losses = side.steps(AdaptedEncoder.BATCHES).losses();
        if (Arrays.stream(losses).average().orElseThrow() <= LOSS) {
          return new Run((System.nanoTime() - start) / 1e9, epoch);
        }
      }
    }
    throw new IllegalStateException(
        "A side of a comparison does not learn. Expected a mean loss of %s within %d epochs."
            .formatted(LOSS, MAX_EPOCHS));
  }

  private static Race of(List<String> ours, List<String> theirs) {
    Run our = run(ours);
    Run their = run(theirs);
    return new Race(our.seconds(), their.seconds(), our.epochs(), their.epochs());
  }

  /** Lets both sides train the deltas of {@link AdaptedEncoder}, and writes a table. */
  static String table(Path programs, Optional<Python> python) {
    String head =
        """
        | work | beside | mean loss | epochs, ours | epochs, theirs | ours, s | theirs, s | times as fast | aim |
        |---|---|---|---|---|---|---|---|---|
        """;
    String what = "MiniLM, 2,000 sentences | PyTorch, bmm";
    if (python.isEmpty()) {
      return head
          + "| %s | %s | | | not measured | not measured | | %s |%n".formatted(what, LOSS, AIM);
    }
    Path folder = SideBySide.temporary();
    try {
      AdaptedEncoder.job(THREADS).write(folder);
      Race race = of(SideBySide.ours(folder), python.get().worker(programs, folder, "eager"));
      return head
          + String.format(
              Locale.ROOT,
              "| %s | %s | %d | %d | %.0f | %.0f | %.2f | %.1f |%n",
              what,
              LOSS,
              race.ourEpochs(),
              race.theirEpochs(),
              race.ours(),
              race.theirs(),
              race.theirs() / race.ours(),
              AIM);
    } finally {
      SideBySide.delete(folder);
    }
  }

  /**
   * Prints the table.
   *
   * @param arguments folder of the Python programs
   */
  public static void main(String[] arguments) {
    System.out.print(table(Path.of(arguments[0]), Python.find()));
  }
}
