package io.hyperdelta.delta;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.hyperdelta.graph.TensorValue;
import io.hyperdelta.target.Layout;
import io.hyperdelta.target.Site;
import io.hyperdelta.target.Units;
import java.util.List;
import java.util.Random;
import java.util.function.DoubleBinaryOperator;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Each function against its formula over plain arrays. */
final class DeltaAlgebraTest {
  private static final int IN = 7;
  private static final int OUT = 5;
  private static final Site SITE = SampleSites.weight("w", Layout.OUT_IN, IN, OUT, false);

  private static double[] random(long seed, int count) {
    return new Random(seed).doubles(count, -1, 1).toArray();
  }

  private static FixedDelta dense(long seed) {
    return new FixedDelta(
        SITE, new DenseMatrix(TensorValue.ofDoubles(random(seed, IN * OUT), IN, OUT)));
  }

  private static FixedDelta lowRank(long seed, int rank) {
    return new FixedDelta(
        SITE,
        new LowRankMatrix(
            TensorValue.ofDoubles(random(seed, IN * rank), IN, rank),
            TensorValue.ofDoubles(random(seed + 100, rank * OUT), rank, OUT)));
  }

  /** Every number, by the definition of a product. */
  private static double[] numbers(FixedDelta delta) {
    if (delta.matrix() instanceof DenseMatrix dense) {
      return dense.values().doubles();
    }
    LowRankMatrix product = (LowRankMatrix) delta.matrix();
    int rank = product.rank();
    double[] a = product.a().doubles();
    double[] b = product.b().doubles();
    int width = (int) product.width();
    double[] numbers = new double[(int) product.in() * width];
    for (int at = 0; at < numbers.length; at++) {
      for (int k = 0; k < rank; k++) {
        numbers[at] += a[at / width * rank + k] * b[k * width + at % width];
      }
    }
    return numbers;
  }

  private static double norm(double[] numbers) {
    double sum = 0;
    for (double number : numbers) {
      sum += number * number;
    }
    return Math.sqrt(sum);
  }

  private static void assertEach(
      FixedDelta actual, FixedDelta one, FixedDelta other, DoubleBinaryOperator formula) {
    double[] left = numbers(one);
    double[] right = numbers(other);
    double[] result = numbers(actual);
    assertThat(actual.site()).isEqualTo(one.site());
    assertThat(result).hasSameSizeAs(left);
    for (int i = 0; i < result.length; i++) {
      assertThat(result[i]).isCloseTo(formula.applyAsDouble(left[i], right[i]), within(1e-12));
    }
  }

  @ParameterizedTest
  @CsvSource({"0, 0", "2, 0", "0, 3", "2, 3", "4, 4"})
  void sumsAndLinesAreTakenNumberByNumber(int rank, int otherRank) {
    FixedDelta one = rank == 0 ? dense(1) : lowRank(1, rank);
    FixedDelta other = otherRank == 0 ? dense(2) : lowRank(2, otherRank);

    assertEach(DeltaAlgebra.sum(one, other), one, other, Double::sum);
    assertEach(DeltaAlgebra.interpolated(one, other, 0.3), one, other, (x, y) -> 0.7 * x + 0.3 * y);
    assertEach(DeltaAlgebra.interpolated(one, other, 2), one, other, (x, y) -> 2 * y - x);
    assertEach(
        DeltaAlgebra.average(List.of(one, other, one)), one, other, (x, y) -> (2 * x + y) / 3);
    assertEach(DeltaAlgebra.scaled(one, -2.5), one, one, (x, y) -> -2.5 * x);
    assertEach(DeltaAlgebra.negated(one), one, one, (x, y) -> -x);
  }

  @Test
  void deltasOnDifferentUnitsOfASiteAddUpOnAllOfThem() {
    Site site = SampleSites.weight("w", Layout.OUT_IN, 1, 3, false);
    FixedDelta one =
        new FixedDelta(
            site.only(Units.of("0..1")),
            new DenseMatrix(TensorValue.ofDoubles(new double[] {1, 2}, 1, 2)));
    FixedDelta other =
        new FixedDelta(
            site.only(Units.of("1..2")),
            new DenseMatrix(TensorValue.ofDoubles(new double[] {10, 20}, 1, 2)));

    FixedDelta sum = DeltaAlgebra.sum(one, other);
    assertThat(sum.site()).isEqualTo(site);
    assertThat(numbers(sum)).containsExactly(1, 12, 20);
  }

  @Test
  void aSetWithoutADeltaForASiteCountsAsZeroThere() {
    FixedDelta elsewhere =
        new FixedDelta(
            SampleSites.bias("b", 2),
            new DenseMatrix(TensorValue.ofDoubles(new double[] {4, 8}, 1, 2)));

    List<FixedDelta> line =
        DeltaAlgebra.combined(
            List.of(List.of(dense(1)), List.of(elsewhere, dense(2))), List.of(0.75, 0.25));
    assertThat(line).extracting(FixedDelta::site).containsExactly(SITE, elsewhere.site());
    assertEach(line.get(0), dense(1), dense(2), (x, y) -> 0.75 * x + 0.25 * y);
    assertThat(numbers(line.get(1))).containsExactly(1, 2);
    assertThat(
            DeltaAlgebra.combined(
                List.of(List.of(dense(1)), List.of(elsewhere)), List.of(1.0, 0.0)))
        .containsExactly(dense(1));
    assertThatThrownBy(() -> DeltaAlgebra.combined(List.of(List.of()), List.of()))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void aShareIsOfTheUnitsThatAreMeant() {
    Site some = SampleSites.weight("w", Layout.OUT_IN, 1, 3, false).only(Units.of("0..1"));
    FixedDelta delta =
        new FixedDelta(some, new DenseMatrix(TensorValue.ofDoubles(new double[] {0, 1}, 1, 2)));

    assertThat(DeltaAlgebra.share(delta, TensorValue.ofFloats(new float[] {3, 4, 100}, 3, 1)))
        .isEqualTo(0.2);
    assertThat(DeltaAlgebra.share(delta, TensorValue.ofFloats(new float[] {0, 0, 100}, 3, 1)))
        .isInfinite();
    assertThat(
            DeltaAlgebra.share(
                DeltaAlgebra.scaled(delta, 0), TensorValue.ofFloats(new float[3], 3, 1)))
        .isZero();
  }

  @Test
  void lowRankDeltasStayLowRank() {
    FixedDelta sum = DeltaAlgebra.sum(lowRank(1, 2), lowRank(2, 3));

    assertThat(((LowRankMatrix) sum.matrix()).rank()).isEqualTo(5);
    assertThat(DeltaAlgebra.negated(lowRank(1, 2)).matrix()).isInstanceOf(LowRankMatrix.class);
  }

  @Test
  void nothingThatIsGivenChanges() {
    FixedDelta one = lowRank(1, 2);
    FixedDelta other = dense(2);

    DeltaAlgebra.sum(one, other);
    DeltaAlgebra.scaled(one, 3);
    DeltaAlgebra.sparsified(other, 2);
    DeltaAlgebra.ofRank(other, 1);

    assertThat(one).isEqualTo(lowRank(1, 2));
    assertThat(other).isEqualTo(dense(2));
  }

  @ParameterizedTest
  @ValueSource(doubles = {1e-200, 1, 1e150})
  void theNormOfAProductIsThatOfItsNumbers(double size) {
    FixedDelta product = DeltaAlgebra.scaled(lowRank(3, 4), size);

    assertThat(product.matrix().norm() / size)
        .isCloseTo(norm(numbers(lowRank(3, 4))), within(1e-12));
    assertThat(product.matrix().dense().norm() / size)
        .isCloseTo(norm(numbers(lowRank(3, 4))), within(1e-12));
    assertThat(DeltaAlgebra.scaled(product, 0).matrix().norm()).isZero();
  }

  @ParameterizedTest
  @EnumSource(
      value = Layout.class,
      names = {"IN_OUT", "OUT_IN"})
  void aCapMakesJustTheLargeDeltasSmaller(Layout layout) {
    Site site = SampleSites.weight("w", layout, 2, 3, false);
    // The weight's norm is 10.
    TensorValue frozen =
        TensorValue.ofFloats(
            new float[] {5, 5, 5, 5, 0, 0}, site.dims().get(0), site.dims().get(1));
    LowRankMatrix product =
        new LowRankMatrix(
            TensorValue.ofDoubles(new double[] {3, 4}, 2, 1),
            TensorValue.ofDoubles(new double[] {0, 2, 0}, 1, 3));
    FixedDelta delta = new FixedDelta(site, product);

    assertThat(DeltaAlgebra.capped(delta, frozen, 1)).isSameAs(delta);
    FixedDelta half = DeltaAlgebra.capped(delta, frozen, 0.5);
    assertThat(half.matrix()).isInstanceOf(LowRankMatrix.class);
    assertThat(numbers(half)).containsExactly(new double[] {0, 3, 0, 0, 4, 0}, within(1e-12));
    assertThat(numbers(DeltaAlgebra.capped(new FixedDelta(site, product.dense()), frozen, 0.5)))
        .containsExactly(new double[] {0, 3, 0, 0, 4, 0}, within(1e-12));
    assertThat(numbers(DeltaAlgebra.capped(delta, frozen, 0))).containsOnly(0);
  }

  @ParameterizedTest
  @CsvSource({"IN_OUT, 5", "OUT_IN, 4"})
  void aCapLooksAtTheUnitsThatAreMeant(Layout layout, double expected) {
    // Of unit 1 the weights are 0 and 5 or 5 and 0 in one layout, 4 and 0 in the other.
    Site site = SampleSites.weight("w", layout, 2, 2, false).only(Units.of("1"));
    TensorValue frozen = TensorValue.ofFloats(new float[] {1, 0, 4, 5}, 2, 2);
    TensorValue outIn = TensorValue.ofFloats(new float[] {1, 5, 4, 0}, 2, 2);
    FixedDelta delta =
        new FixedDelta(site, new DenseMatrix(TensorValue.ofDoubles(new double[] {0, 100}, 2, 1)));

    assertThat(numbers(DeltaAlgebra.capped(delta, layout == Layout.IN_OUT ? frozen : outIn, 1)))
        .containsExactly(new double[] {0, expected}, within(1e-12));
  }

  @Test
  void onlyTheLargestNumbersStay() {
    Site site = SampleSites.weight("w", Layout.IN_OUT, 2, 3, false);
    FixedDelta delta =
        new FixedDelta(
            site,
            new DenseMatrix(TensorValue.ofDoubles(new double[] {1, -3, 2, -2, 0.5, 2}, 2, 3)));

    assertThat(numbers(DeltaAlgebra.sparsified(delta, 0))).containsOnly(0);
    assertThat(numbers(DeltaAlgebra.sparsified(delta, 1))).containsExactly(0, -3, 0, 0, 0, 0);
    assertThat(numbers(DeltaAlgebra.sparsified(delta, 3)))
        .as("of three equal ones the first two")
        .containsExactly(0, -3, 2, -2, 0, 0);
    assertThat(numbers(DeltaAlgebra.sparsified(delta, 6))).isEqualTo(numbers(delta));
  }

  @Test
  void aMatrixOfAKnownSpectrumLosesJustItsSmallestSingularValues() {
    // Singular values 6, 3, 1 in an orthonormal basis of sines: the error of rank r is the rest.
    double[] matrix = new double[IN * OUT];
    double[] singular = {6, 3, 1};
    for (int k = 0; k < 3; k++) {
      for (int i = 0; i < IN; i++) {
        for (int u = 0; u < OUT; u++) {
          matrix[i * OUT + u] += singular[k] * sine(IN, i, k) * sine(OUT, u, k);
        }
      }
    }
    FixedDelta delta =
        new FixedDelta(SITE, new DenseMatrix(TensorValue.ofDoubles(matrix, IN, OUT)));

    for (int rank = 1; rank <= OUT; rank++) {
      FixedDelta cut = DeltaAlgebra.ofRank(delta, rank);
      double rest = rank == 1 ? Math.sqrt(10) : rank == 2 ? 1 : 0;
      assertThat(((LowRankMatrix) cut.matrix()).rank()).isEqualTo(rank);
      assertThat(norm(numbers(DeltaAlgebra.sum(delta, DeltaAlgebra.negated(cut)))))
          .isCloseTo(rest, within(1e-12));
      assertThat(cut.matrix().norm()).isCloseTo(Math.sqrt(46 - rest * rest), within(1e-12));
    }
  }

  private static double sine(int size, int at, int k) {
    return Math.sqrt(2.0 / (size + 1)) * Math.sin(Math.PI * (at + 1) * (k + 1) / (size + 1));
  }

  @ParameterizedTest
  @CsvSource({"4, 1", "4, 3", "5, 2", "9, 3", "2, 2", "2, 4"})
  void aProductIsCutLikeItsDenseMatrix(int rank, int wanted) {
    FixedDelta product = lowRank(5, rank);

    FixedDelta cut = DeltaAlgebra.ofRank(product, wanted);
    FixedDelta dense = DeltaAlgebra.ofRank(new FixedDelta(SITE, product.matrix().dense()), wanted);

    assertThat(((LowRankMatrix) cut.matrix()).rank()).isEqualTo(Math.min(rank, wanted));
    assertThat(numbers(cut)).containsExactly(numbers(dense), within(1e-12));
  }

  @ParameterizedTest
  @ValueSource(ints = {-1, 0, 6})
  void aRankThatIsOutOfRangeIsRefused(int rank) {
    String message =
        "A fixed delta [7, 5] cannot be cut to rank %d. Expected a rank between 1 and 5."
            .formatted(rank);
    refused(() -> DeltaAlgebra.ofRank(dense(1), rank), message);
    refused(() -> DeltaAlgebra.ofRank(lowRank(1, 2), rank), message);
  }

  @Test
  void whatHasNoMeaningIsRefused() {
    FixedDelta delta = dense(1);
    FixedDelta elsewhere =
        new FixedDelta(SampleSites.weight("v", Layout.OUT_IN, IN, OUT, false), delta.matrix());
    TensorValue frozen = TensorValue.ofFloats(new float[IN * OUT], OUT, IN);

    refused(
        () -> DeltaAlgebra.sum(delta, elsewhere),
        "The fixed deltas on sites \"w\" and \"v\" have no sum. Expected one site.");
    refused(
        () -> DeltaAlgebra.scaled(delta, Double.NaN),
        "The fixed delta on site \"w\" cannot be scaled. Expected a finite factor, got NaN.");
    refused(
        () -> DeltaAlgebra.average(List.of()),
        "No fixed delta has no average. Expected at least one.");
    refused(
        () -> DeltaAlgebra.sparsified(delta, 36),
        "The fixed delta on site \"w\" cannot keep its 36 largest numbers. Expected a count between 0 and 35.");
    refused(
        () -> DeltaAlgebra.sparsified(delta, -1),
        "The fixed delta on site \"w\" cannot keep its -1 largest numbers. Expected a count between 0 and 35.");
    refused(
        () -> DeltaAlgebra.capped(delta, frozen, -0.5),
        "The fixed delta on site \"w\" cannot be capped. Expected a finite share of 0 or more, got -0.5.");
    refused(
        () -> DeltaAlgebra.capped(delta, frozen.reshaped(IN, OUT), 1),
        "The fixed delta on site \"w\" cannot be measured by another site's weight. Expected [5, 7], got FLOAT [7, 5].");
    refused(
        () -> DeltaAlgebra.scaled(DeltaAlgebra.scaled(delta, 1e300), 1e300),
        "The matrix of a fixed delta has a number that is not finite. Expected finite numbers, got Infinity. Maybe the adaptation's training diverged, or its scale is too large.");
  }

  private static void refused(ThrowingCallable call, String message) {
    assertThatThrownBy(call).isInstanceOf(IllegalArgumentException.class).hasMessage(message);
  }
}
