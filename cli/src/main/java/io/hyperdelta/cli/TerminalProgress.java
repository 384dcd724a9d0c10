package io.hyperdelta.cli;

import io.hyperdelta.fit.Progress;
import java.io.PrintWriter;
import java.text.DecimalFormat;
import java.text.DecimalFormatSymbols;
import java.util.Locale;
import me.tongfei.progressbar.DelegatingProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/**
 * Progress as a bar that redraws itself on one line of a terminal: share done, rate, time left and
 * the note.
 */
final class TerminalProgress implements Progress {
  /** Smooth to the eye, and nothing in a profile. */
  private static final int REDRAW_MILLIS = 200;

  private final PrintWriter err;
  private final int width;
  private final ProgressBarStyle style;

  /**
   * Creates the progress.
   *
   * @param err the terminal, borrowed
   * @param width columns of a line
   * @param unicode whether the terminal can show block characters
   */
  TerminalProgress(PrintWriter err, int width, boolean unicode) {
    this.err = err;
    this.width = width;
    this.style = unicode ? ProgressBarStyle.UNICODE_BLOCK : ProgressBarStyle.ASCII;
  }

  @Override
  public Step begin(String title, long total, String unit) {
    // A consumer of our own: the library's would ask its terminal library for the width, which a
    // launcher knows already.
    // One column stays free, since some terminals start a new line at the last one.
    ProgressBar bar =
        new ProgressBarBuilder()
            .setTaskName(title)
            .setInitialMax(total)
            .setUnit(" " + unit, 1)
            .setStyle(style)
            .showSpeed(new DecimalFormat("#,##0.#", DecimalFormatSymbols.getInstance(Locale.ROOT)))
            .setUpdateIntervalMillis(REDRAW_MILLIS)
            .continuousUpdate()
            .setConsumer(new DelegatingProgressBarConsumer(this::redraw, width - 1))
            .build();
    return new Bar(bar);
  }

  private void redraw(String line) {
    err.print(
        "\r"
            + line.stripTrailing()
            + "\u001b[K"); // the rest of the line is cleared: the last one may be longer
    err.flush();
  }

  private final class Bar implements Step {
    private final ProgressBar bar;
    private boolean closed;

    private Bar(ProgressBar bar) {
      this.bar = bar;
    }

    @Override
    public void advance(long count) {
      bar.stepBy(count);
    }

    @Override
    public void note(String text) {
      bar.setExtraMessage(text.isEmpty() ? "" : " " + text);
    }

    @Override
    public void close() {
      if (closed) {
        return;
      }
      closed = true;
      bar.close();
      err.println();
      err.flush();
    }
  }
}
