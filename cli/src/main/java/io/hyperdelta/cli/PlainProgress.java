package io.hyperdelta.cli;

import io.hyperdelta.fit.Progress;
import java.io.PrintWriter;
import java.time.Duration;
import java.util.Locale;
import java.util.function.LongSupplier;

/**
 * Progress as plain lines, for logs and pipes: one when a step begins, one when it ends, and few in
 * between.
 */
final class PlainProgress implements Progress {
  /** Often enough to see that a run is alive, seldom enough for a log. */
  static final Duration INTERVAL = Duration.ofSeconds(10);

  private final PrintWriter err;
  private final LongSupplier nanoClock;

  /**
   * Creates the progress.
   *
   * @param err where lines go, borrowed
   * @param nanoClock a clock that only goes forward, in nanoseconds
   */
  PlainProgress(PrintWriter err, LongSupplier nanoClock) {
    this.err = err;
    this.nanoClock = nanoClock;
  }

  @Override
  public Step begin(String title, long total, String unit) {
    if (total == 1) {
      print("%s...", title);
    } else {
      print("%s: %,d %s", title, total, unit);
    }
    return new Lines(title, total, unit);
  }

  private void print(String format, Object... arguments) {
    err.println(String.format(Locale.ROOT, format, arguments));
    err.flush();
  }

  /** {@code 0:07}, {@code 12:30} or {@code 1:02:03}. */
  static String clock(long seconds) {
    return seconds < 3600
        ? String.format(Locale.ROOT, "%d:%02d", seconds / 60, seconds % 60)
        : String.format(
            Locale.ROOT, "%d:%02d:%02d", seconds / 3600, seconds / 60 % 60, seconds % 60);
  }

  private final class Lines implements Step {
    private final String title;
    private final long total;
    private final String unit;
    private final long startNanos = nanoClock.getAsLong();
    private long lastNanos = startNanos;
    private long done;
    private String note = "";
    private boolean closed;

    private Lines(String title, long total, String unit) {
      this.title = title;
      this.total = total;
      this.unit = unit;
    }

    @Override
    public void advance(long count) {
      done += count;
      long now = nanoClock.getAsLong();
      if (now - lastNanos >= INTERVAL.toNanos() && done < total) {
        lastNanos = now;
        double rate = done / ((now - startNanos) / 1e9);
        String left = done == 0 ? "" : ", " + clock(Math.round((total - done) / rate)) + " left";
        print("%s: %d %%, %s %s/s%s%s", title, 100 * done / total, number(rate), unit, left, note);
      }
    }

    @Override
    public void note(String text) {
      note = text.isEmpty() ? "" : ", " + text;
    }

    @Override
    public void close() {
      if (closed) {
        return;
      }
      closed = true;
      String elapsed = clock((nanoClock.getAsLong() - startNanos) / 1_000_000_000L);
      if (done >= total) {
        print("%s: done in %s%s", title, elapsed, note);
      } else {
        // Early stopping ends here, and so does a failure: the line tells what was done and no
        // more.
        print("%s: ended after %,d of %,d %s in %s%s", title, done, total, unit, elapsed, note);
      }
    }

    private static String number(double rate) {
      return String.format(Locale.ROOT, rate < 10 ? "%.1f" : "%,.0f", rate);
    }
  }
}
