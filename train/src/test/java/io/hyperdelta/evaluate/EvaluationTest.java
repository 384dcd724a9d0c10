package io.hyperdelta.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.IntUnaryOperator;
import org.junit.jupiter.api.Test;

class EvaluationTest {
  private static final int ROWS = 2000;

  private static Evaluation evaluate(IntUnaryOperator contextOf, Map<String, Double> noise) {
    double[] labels = new double[ROWS];
    int[] contexts = new int[ROWS];
    Map<String, float[][]> predictions = new LinkedHashMap<>();
    Random random = new Random(2);
    for (int i = 0; i < ROWS; i++) {
      labels[i] = random.nextGaussian();
      contexts[i] = contextOf.applyAsInt(i);
    }
    noise.forEach(
        (model, deviation) -> {
          float[][] values = new float[ROWS][];
          for (int i = 0; i < ROWS; i++) {
            values[i] = new float[] {(float) (labels[i] + deviation * random.nextGaussian())};
          }
          predictions.put(model, values);
        });
    return Evaluation.of(
        List.of(new Evaluation.Split(Evaluation.SEEN, labels, contexts, predictions)),
        Metric.RMSE,
        2000,
        3);
  }

  @Test
  void differencesOfNothingHaveNoSign() {
    assertThat(Difference.text(-0.00004)).isEqualTo("0.0000");
    assertThat(Difference.text(0.0)).isEqualTo("0.0000");
    assertThat(Difference.text(-0.00006)).isEqualTo("-0.0001");
    assertThat(Difference.text(1.5)).isEqualTo("+1.5000");
  }

  private static Map<String, Double> noise(
      double frozen, double extra, double adaptive, double shuffled) {
    Map<String, Double> noise = new LinkedHashMap<>();
    noise.put(Evaluation.FROZEN, frozen);
    noise.put(Evaluation.EXTRA_INPUTS, extra);
    noise.put(Evaluation.ADAPTIVE, adaptive);
    noise.put(Evaluation.SHUFFLED, shuffled);
    return noise;
  }

  @Test
  void intervalsOfIndependentRowsHaveTheWidthThatTheoryGives() {
    Measurement frozen = evaluate(i -> i, noise(0.5, 0.4, 0.3, 0.6)).results().get(0);

    // The standard error of the RMSE of normal errors is sigma / sqrt(2 n).
    double expected = 2 * 1.96 * 0.5 / Math.sqrt(2.0 * ROWS);
    assertThat(frozen.value()).isCloseTo(0.5, within(0.02));
    assertThat(frozen.high() - frozen.low()).isCloseTo(expected, within(0.2 * expected));
    assertThat(frozen.low()).isLessThan(frozen.value());
    assertThat(frozen.high()).isGreaterThan(frozen.value());
  }

  @Test
  void pairsAreComparedOnTheSameResamples() {
    Evaluation evaluation = evaluate(i -> i / 20, noise(0.5, 0.5, 0.3, 0.6));
    Difference better =
        evaluation
            .difference(Evaluation.ADAPTIVE, Evaluation.FROZEN, Evaluation.SEEN)
            .orElseThrow();
    Difference same =
        evaluation
            .difference(Evaluation.EXTRA_INPUTS, Evaluation.FROZEN, Evaluation.SEEN)
            .orElseThrow();

    assertThat(better.isBetter()).isTrue();
    assertThat(better.value()).isCloseTo(-0.2, within(0.02));
    assertThat(same.isBetter() || same.isWorse()).isFalse();
    assertThat(evaluation.contexts()).containsEntry(Evaluation.SEEN, 100);
  }

  @Test
  void saysWhenSomethingSimplerIsAsGoodAndWhenTheConditionIsNotUsed() {
    assertThat(evaluate(i -> i, noise(0.5, 0.3, 0.3, 0.3)).verdicts())
        .satisfiesExactly(
            v ->
                assertThat(v)
                    .startsWith(
                        "The adaptive model is better than the frozen target on seen-contexts (rmse -0."),
            v ->
                assertThat(v)
                    .startsWith(
                        "The target retrained with the condition as extra inputs, which is simpler, cannot be told apart from the adaptive model"),
            v -> assertThat(v).contains("the deltas may not use their condition"));
    assertThat(evaluate(i -> i, noise(0.3, 0.2, 0.5, 0.9)).verdicts())
        .satisfiesExactly(
            v -> assertThat(v).startsWith("The adaptive model is worse than the frozen target"),
            v -> assertThat(v).contains("which is simpler, is better than the adaptive model"));
  }

  @Test
  void theSameSeedGivesTheSameIntervals() {
    Evaluation first = evaluate(i -> i % 50, noise(0.5, 0.4, 0.3, 0.6));
    assertThat(evaluate(i -> i % 50, noise(0.5, 0.4, 0.3, 0.6))).isEqualTo(first);
  }

  @Test
  void logLossesAreThoseOfTheirDefinition() {
    assertThat(Metric.BINARY_LOG_LOSS.score(new float[] {2}, 1))
        .isCloseTo(Math.log(1 + Math.exp(-2)), within(1e-9));
    assertThat(Metric.BINARY_LOG_LOSS.score(new float[] {2}, 0))
        .isCloseTo(Math.log(1 + Math.exp(2)), within(1e-9));
    assertThat(Metric.BINARY_LOG_LOSS.score(new float[] {-800}, 1)).isEqualTo(800);
    double sum = Math.exp(1) + Math.exp(2) + Math.exp(3);
    assertThat(Metric.LOG_LOSS.score(new float[] {1, 2, 3}, 1))
        .isCloseTo(-Math.log(Math.exp(2) / sum), within(1e-6));
    assertThat(Metric.LOG_LOSS.score(new float[] {1000, 0}, 1)).isEqualTo(1000);
  }
}
