package io.hyperdelta.fit;

import java.util.function.Supplier;

/** Told how a long run is getting on. Implementations are called from one thread. */
public interface Progress {
  /**
   * A new step of the run starts.
   *
   * @param title what happens, a few words in the imperative: {@code "train hypernetwork"}
   * @param total units of work in the step, positive
   * @param unit what is counted, plural: {@code "rows"}, {@code "steps"}
   * @return the step, to be closed when it ends, also on failure
   */
  Step begin(String title, long total, String unit);

  /** A step under way. */
  interface Step extends AutoCloseable {
    /**
     * Work was done.
     *
     * @param count units of work done since the last call, zero or more
     */
    void advance(long count);

    /**
     * Shows a short text beside the bar.
     *
     * @param text the state worth seeing, replacing the last: {@code "validation loss 0.0941"}
     */
    void note(String text);

    @Override
    void close();
  }

  /** Does work that cannot be counted as one step. */
  static <T> T stage(Progress progress, String title, Supplier<T> work) {
    try (Step step = progress.begin(title, 1, "steps")) {
      T result = work.get();
      step.advance(1);
      return result;
    }
  }

  /** A progress that shows nothing. */
  static Progress silent() {
    return (title, total, unit) ->
        new Step() {
          @Override
          public void advance(long count) {}

          @Override
          public void note(String text) {}

          @Override
          public void close() {}
        };
  }
}
