package io.hyperdelta.weave;

import static io.hyperdelta.weave.Contraction.FACTORS_FIRST;
import static io.hyperdelta.weave.Contraction.HEAD_LAST;
import static io.hyperdelta.weave.Contraction.INPUT_FIRST;
import static org.assertj.core.api.Assertions.assertThat;

import io.hyperdelta.graph.NodeWork;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Orders where measurements leave no doubt: one takes at least twice as long as the other. */
class ContractionTest {
  /** The first factor of a low-rank delta of 256 x 256, rank 8, latent 64: what meets the input. */
  @ParameterizedTest
  @CsvSource({"256, INPUT_FIRST", "8, FACTORS_FIRST", "1, FACTORS_FIRST"})
  void narrowingFactor(int conditions, Contraction expected) {
    assertThat(Contraction.cheapest(new Workload(256, conditions), 256, 8, 65, 0))
        .isEqualTo(expected);
  }

  /** The second one: 65 results of 256 numbers for each row, or as many times 8 beforehand. */
  @ParameterizedTest
  @CsvSource({"256, HEAD_LAST", "8, FACTORS_FIRST", "1, FACTORS_FIRST"})
  void wideningFactor(int conditions, Contraction expected) {
    assertThat(Contraction.cheapest(new Workload(256, conditions), 8, 256, 65, 0))
        .isEqualTo(expected);
  }

  /** Where a factor is square, the order of x and the latent hardly matters. */
  @ParameterizedTest
  @CsvSource({"1024, 256, 256", "256, 256, 64"})
  void squareFactorsOfManyConditionsAreNotMade(int rows, int conditions, int width) {
    assertThat(Contraction.cheapest(new Workload(rows, conditions), width, width, 5, 0))
        .isNotEqualTo(FACTORS_FIRST);
  }

  @Test
  void onlyRowsCanBeSpread() {
    assertThat(Contraction.cheapest(Workload.MIXED, 8, 256, 65, 1)).isNotEqualTo(HEAD_LAST);
  }

  @ParameterizedTest
  @CsvSource({
    "1024, 1024, 384, 4, 5, INPUT_FIRST",
    "1024, 1024, 256, 8, 17, INPUT_FIRST",
    "1024, 8, 64, 64, 65, FACTORS_FIRST",
    "1024, 1, 256, 256, 5, FACTORS_FIRST",
    "256, 8, 256, 8, 17, FACTORS_FIRST"
  })
  void measured(int rows, int conditions, int in, int out, int count, Contraction expected) {
    assertThat(Contraction.cheapest(new Workload(rows, conditions), in, out, count, 0))
        .isEqualTo(expected);
  }

  @Test
  void windowsThatMustBeLaidOutSpeakAgainstFactors() {
    Workload workload = new Workload(256, 8);
    assertThat(Contraction.cheapest(workload, 64, 8, 5, 0)).isEqualTo(FACTORS_FIRST);
    assertThat(Contraction.cheapest(workload, 64, 8, 5, 1e6)).isEqualTo(INPUT_FIRST);
    assertThat(Contraction.cheapest(workload, 64, 8, 5, Double.POSITIVE_INFINITY))
        .isEqualTo(INPUT_FIRST);
  }

  /** By the formulas: z H and x F, x H and the sum over the matrices, or x z and all times H. */
  @Test
  void operationsAreThoseOfTheFormulas() {
    Workload workload = new Workload(24, 4);
    assertThat(flops(FACTORS_FIRST, workload)).isEqualTo(2 * 4 * 5 * 3 * 7 + 2 * 24 * 3 * 7);
    assertThat(flops(INPUT_FIRST, workload)).isEqualTo(2 * 24 * 3 * 5 * 7 + 2 * 24 * 5 * 7);
    assertThat(flops(HEAD_LAST, workload)).isEqualTo(2 * 24 * 3 * 5 * 7 + 24 * 5 * 3);
  }

  private static long flops(Contraction order, Workload workload) {
    return Contraction.work(order, workload, 3, 7, 5).stream().mapToLong(NodeWork::flops).sum();
  }

  @Test
  void costsGrowWithEachSize() {
    for (Contraction order : Contraction.values()) {
      double cost = Contraction.cost(order, new Workload(256, 8), 64, 64, 17);
      assertThat(Contraction.cost(order, new Workload(512, 8), 64, 64, 17)).isGreaterThan(cost);
      assertThat(Contraction.cost(order, new Workload(256, 8), 128, 64, 17)).isGreaterThan(cost);
      assertThat(Contraction.cost(order, new Workload(256, 8), 64, 128, 17)).isGreaterThan(cost);
      assertThat(Contraction.cost(order, new Workload(256, 8), 64, 64, 33)).isGreaterThan(cost);
    }
  }
}
