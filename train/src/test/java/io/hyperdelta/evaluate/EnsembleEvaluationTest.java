package io.hyperdelta.evaluate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** What is measured of an ensemble besides its own metric. */
class EnsembleEvaluationTest {
  private static final int ROWS = 4000;
  private static final int MEMBERS = 4;

  /**
   * Members with independent errors whose size differs from row to row.
   *
   * @param honest whether the spread is the members' own, or is drawn without regard to it
   */
  private static Evaluation evaluate(boolean honest) {
    Random random = new Random(2);
    double[] labels = new double[ROWS];
    int[] contexts = new int[ROWS];
    float[][] mean = new float[ROWS][];
    float[][] spread = new float[ROWS][];
    Map<String, float[][]> predictions = new LinkedHashMap<>();
    float[][] frozen = new float[ROWS][];
    float[][][] members = new float[MEMBERS][ROWS][];
    predictions.put(Evaluation.FROZEN, frozen);
    predictions.put(Evaluation.ADAPTIVE, mean);
    for (int m = 0; m < MEMBERS; m++) {
      predictions.put(Evaluation.MEMBER + m, members[m]);
    }
    predictions.put(Evaluation.BEST_MEMBER, members[1]);
    for (int row = 0; row < ROWS; row++) {
      labels[row] = random.nextGaussian();
      contexts[row] = row / 20;
      double size = Math.exp(random.nextGaussian());
      double sum = 0;
      double squares = 0;
      for (int m = 0; m < MEMBERS; m++) {
        double error = size * random.nextGaussian();
        sum += error / MEMBERS;
        squares += error * error / MEMBERS;
        members[m][row] = new float[] {(float) (labels[row] + error)};
      }
      mean[row] = new float[] {(float) (labels[row] + sum)};
      frozen[row] = new float[] {0};
      double own = Math.sqrt(Math.max(0, squares - sum * sum));
      spread[row] = new float[] {(float) (honest ? own : random.nextDouble())};
    }
    return Evaluation.of(
        List.of(new Evaluation.Split(Evaluation.SEEN, labels, contexts, predictions, spread)),
        Metric.RMSE,
        500,
        3);
  }

  private static double value(Evaluation evaluation, String model) {
    return evaluation.results().stream()
        .filter(m -> m.model().equals(model))
        .findFirst()
        .orElseThrow()
        .value();
  }

  @Test
  void membersAreMeasuredByThemselvesAndOnAverage() {
    Evaluation evaluation = evaluate(true);
    double sum = 0;
    for (int m = 0; m < MEMBERS; m++) {
      sum += value(evaluation, Evaluation.MEMBER + m);
    }

    assertThat(value(evaluation, Evaluation.MEMBERS)).isCloseTo(sum / MEMBERS, within(1e-12));
    // The mean of four independent errors is half as large as one.
    assertThat(value(evaluation, Evaluation.ADAPTIVE) / value(evaluation, Evaluation.MEMBERS))
        .isCloseTo(0.5, within(0.05));
    assertThat(evaluation.difference(Evaluation.ADAPTIVE, Evaluation.MEMBERS, Evaluation.SEEN))
        .hasValueSatisfying(d -> assertThat(d.isBetter()).isTrue());
    assertThat(evaluation.verdicts())
        .anyMatch(
            v -> v.startsWith("The ensemble is better than the best of its members by itself"));
  }

  @Test
  void spreadIsHeldAgainstErrors() {
    assertThat(evaluate(true).spreads())
        .singleElement()
        .satisfies(
            check -> {
              assertThat(check.tells()).isTrue();
              assertThat(check.correlation()).isBetween(0.3, 0.9);
              assertThat(check.low()).isLessThan(check.correlation());
              assertThat(check.high()).isGreaterThan(check.correlation());
            });
    assertThat(evaluate(true).verdicts())
        .anyMatch(v -> v.startsWith("Where the members of the ensemble lie further apart, errors"));
    Evaluation blind = evaluate(false);
    assertThat(blind.spreads())
        .singleElement()
        .satisfies(check -> assertThat(check.correlation()).isCloseTo(0, within(0.06)));
    assertThat(blind.spreads()).noneMatch(SpreadCheck::tells);
    assertThat(blind.verdicts())
        .anyMatch(v -> v.contains("lie apart says nothing certain about errors"));
  }

  @Test
  void equalNumbersShareTheirRank() {
    assertThat(Ranks.of(new double[] {3, 1, 3, 2, 3})).containsExactly(4, 1, 4, 2, 4);
  }

  @Test
  void aSpreadThatNeverVariesIsNotCorrelatedWithAnything() {
    float[][] same = {{1}, {1}, {1}};
    Evaluation.Split split =
        new Evaluation.Split(
            Evaluation.SEEN,
            new double[] {1, 2, 3},
            new int[] {0, 1, 2},
            Map.of(Evaluation.ADAPTIVE, new float[][] {{1}, {1}, {1}}),
            same);
    assertThat(Evaluation.of(List.of(split), Metric.RMSE, 100, 1).spreads()).isEmpty();
  }
}
