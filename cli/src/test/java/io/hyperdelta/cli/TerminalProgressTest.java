package io.hyperdelta.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.hyperdelta.fit.Progress;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class TerminalProgressTest {
  private final StringWriter text = new StringWriter();

  @Test
  void drawsABarWithRateTimeLeftAndNote() {
    Progress progress = new TerminalProgress(new PrintWriter(text), 100, false);
    try (Progress.Step step = progress.begin("train", 200, "steps")) {
      step.advance(100);
      step.note("loss 0.09");
      waitForDrawing("\\d steps/s loss 0\\.09"); // there is no rate in the first second
      assertThat(drawings().get(drawings().size() - 1))
          .startsWith("train")
          .contains("50%")
          .contains("100/200 steps")
          .containsPattern("\\d steps/s")
          .endsWith("loss 0.09");
      step.advance(100);
    }
    assertThat(drawings().get(drawings().size() - 1)).contains("100%").contains("200/200");
    assertThat(text.toString()).endsWith(System.lineSeparator());
  }

  @Test
  void neverDrawsBeyondTheLine() {
    Progress progress = new TerminalProgress(new PrintWriter(text), 60, true);
    try (Progress.Step step = progress.begin("a title that is not at all short", 3, "things")) {
      step.note("and a note that has much more to say than fits a line of sixty");
      step.advance(1);
      waitForDrawing("1/3");
    }
    assertThat(drawings()).isNotEmpty().allMatch(line -> line.length() < 60);
  }

  @Test
  void closingTwiceEndsTheLineOnce() {
    Progress.Step step =
        new TerminalProgress(new PrintWriter(text), 80, false).begin("read", 1, "rows");
    step.close();
    int length = text.toString().length();
    step.close();
    assertThat(text.toString()).hasSize(length);
  }

  /** The bar is drawn by the library's own thread. */
  private void waitForDrawing(String regex) {
    long end = System.nanoTime() + 10_000_000_000L;
    while (drawings().stream().noneMatch(line -> line.matches(".*" + regex + ".*"))) {
      assertThat(System.nanoTime()).as("waiting for %s in %s", regex, drawings()).isLessThan(end);
      Thread.onSpinWait();
    }
  }

  private List<String> drawings() {
    return Arrays.stream(text.toString().split("\r"))
        .map(line -> line.replace("\u001b[K", "").strip())
        .filter(line -> !line.isEmpty())
        .toList();
  }
}
