package io.hyperdelta.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.hyperdelta.fit.Progress;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import org.junit.jupiter.api.Test;

class PlainProgressTest {
  private final StringWriter text = new StringWriter();
  private long nanos = 5_000_000_000L;
  private final Progress progress = new PlainProgress(new PrintWriter(text), () -> nanos);

  @Test
  void printsALineWhenAStepBeginsAndOneWhenItEnds() {
    try (Progress.Step step = progress.begin("read", 12_000, "rows")) {
      step.advance(12_000);
      sleep(3);
    }
    assertThat(lines()).containsExactly("read: 12,000 rows", "read: done in 0:03");
  }

  @Test
  void printsAtMostEveryTenSeconds() {
    Progress.Step step = progress.begin("train hypernetwork", 100, "steps");
    for (int second = 1; second <= 35; second++) {
      sleep(1);
      step.note("validation loss 0.0" + second);
      step.advance(2);
    }
    assertThat(lines())
        .containsExactly(
            "train hypernetwork: 100 steps",
            "train hypernetwork: 20 %, 2.0 steps/s, 0:40 left, validation loss 0.010",
            "train hypernetwork: 40 %, 2.0 steps/s, 0:30 left, validation loss 0.020",
            "train hypernetwork: 60 %, 2.0 steps/s, 0:20 left, validation loss 0.030");
  }

  @Test
  void tellsWhereAStepEndedEarly() {
    Progress.Step step = progress.begin("train target", 1_200, "steps");
    step.advance(300);
    step.note("validation loss 0.2");
    sleep(75);
    step.close();
    assertThat(lines().get(1))
        .isEqualTo("train target: ended after 300 of 1,200 steps in 1:15, validation loss 0.2");
  }

  @Test
  void closingTwicePrintsOnce() {
    Progress.Step step = progress.begin("read", 1, "files");
    step.advance(1);
    step.close();
    step.close();
    assertThat(lines()).hasSize(2);
  }

  @Test
  void noWorkYetHasNoTimeLeft() {
    Progress.Step step = progress.begin("read", 10, "rows");
    sleep(11);
    step.advance(0);
    assertThat(lines().get(1)).isEqualTo("read: 0 %, 0.0 rows/s");
  }

  @Test
  void clockShowsHoursOnlyWhenThereAreSome() {
    assertThat(PlainProgress.clock(7)).isEqualTo("0:07");
    assertThat(PlainProgress.clock(754)).isEqualTo("12:34");
    assertThat(PlainProgress.clock(3723)).isEqualTo("1:02:03");
  }

  private void sleep(int seconds) {
    nanos += seconds * 1_000_000_000L;
  }

  private List<String> lines() {
    return text.toString().lines().toList();
  }
}
