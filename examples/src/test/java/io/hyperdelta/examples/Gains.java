package io.hyperdelta.examples;

import static org.assertj.core.api.Assertions.assertThat;

import io.hyperdelta.evaluate.Difference;
import io.hyperdelta.evaluate.Evaluation;
import io.hyperdelta.fit.TrainingResult;

/** What adapting must gain. */
final class Gains {
  private Gains() {}

  /** Fails unless the adaptive model beats its frozen target, on seen and on unseen contexts. */
  static void assertBetterThanFrozen(TrainingResult result) {
    for (String split : new String[] {Evaluation.SEEN, Evaluation.UNSEEN}) {
      Difference gain =
          result
              .evaluation()
              .difference(Evaluation.ADAPTIVE, Evaluation.FROZEN, split)
              .orElseThrow();
      assertThat(gain.isBetter()).as("adaptive against frozen, %s: %s", split, gain).isTrue();
    }
  }
}
