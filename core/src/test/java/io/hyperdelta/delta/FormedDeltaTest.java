package io.hyperdelta.delta;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.hyperdelta.graph.TensorValue;
import io.hyperdelta.target.Layout;
import io.hyperdelta.target.Site;
import io.hyperdelta.target.SiteKind;
import io.hyperdelta.target.Units;
import io.hyperdelta.target.Use;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Forms that are found for fixed deltas make the same deltas again. */
final class FormedDeltaTest {
  private static final Site WEIGHT = SampleSites.weight("w", Layout.OUT_IN, 4, 3, true);
  private static final Site SCALE =
      new Site(
          "s",
          SiteKind.SCALE,
          "s",
          List.of(3L),
          Layout.IN_OUT,
          1,
          3,
          false,
          List.of(new Use("Mul", "x", "y", 1)),
          Units.ALL);

  private static TensorValue random(long seed, long... dims) {
    int count = 1;
    for (long dim : dims) {
      count *= (int) dim;
    }
    double[] values = new Random(seed).doubles(count, -1, 1).toArray();
    return TensorValue.ofDoubles(values, dims);
  }

  private static FixedDelta lowRank(Site site, int rank) {
    return new FixedDelta(
        site, new LowRankMatrix(random(1, site.in(), rank), random(2, rank, site.width())));
  }

  private static FixedDelta dense(Site site) {
    return new FixedDelta(site, new DenseMatrix(random(3, site.in(), site.width())));
  }

  private static TensorValue frozen(Site site) {
    double[] values = new Random(7).doubles(site.in() * site.out(), 0.5, 1).toArray();
    return TensorValue.ofDoubles(values, site.dims().stream().mapToLong(Long::longValue).toArray());
  }

  static Stream<FixedDelta> deltas() {
    return Stream.of(
        lowRank(WEIGHT, 2),
        lowRank(WEIGHT, 5),
        lowRank(WEIGHT.only(Units.of("0,2")), 1),
        lowRank(WEIGHT.only(Units.of("0,2")), 2),
        dense(WEIGHT),
        dense(WEIGHT.only(Units.of("1..2"))),
        dense(SampleSites.weight("t", Layout.CHANNELS_OUT_WINDOW, 4, 3, false)),
        dense(SampleSites.bias("b", 3)),
        dense(SampleSites.bias("b", 3).only(Units.of("1"))),
        dense(SCALE),
        dense(SCALE.only(Units.of("0,2"))));
  }

  @ParameterizedTest
  @MethodSource("deltas")
  void theFormMakesTheDeltaAgain(FixedDelta delta) {
    TensorValue frozen = frozen(delta.site());

    FormedDelta formed = FormedDelta.of("lora", delta, frozen);
    FixedDelta again = FixedDelta.of(formed.delta(), frozen, formed.factors());

    assertThat(formed.delta().owner()).isEqualTo("lora");
    assertThat(again.site()).isEqualTo(delta.site());
    assertThat(again.stored()).containsExactly(delta.stored(), within(1e-6));
  }

  @Test
  void aRankThatIsNotLowBecomesADenseDelta() {
    assertThat(formed(lowRank(WEIGHT, 2))).isEqualTo(new LowRank(2));
    assertThat(formed(lowRank(WEIGHT, 3))).isEqualTo(new Full());
    assertThat(formed(dense(SampleSites.bias("b", 3)))).isEqualTo(new Shift());
    assertThat(formed(dense(SCALE))).isEqualTo(new Gain());
  }

  private static Form formed(FixedDelta delta) {
    return FormedDelta.of("h", delta, frozen(delta.site())).delta().form();
  }

  @Test
  void aScaleOfZeroTakesNoDeltaButZero() {
    TensorValue frozen = TensorValue.ofFloats(new float[] {0, 2, 4}, 3);
    FixedDelta some =
        new FixedDelta(SCALE, new DenseMatrix(TensorValue.ofDoubles(new double[] {0, 1, 1}, 1, 3)));

    assertThat(FormedDelta.of("h", some, frozen).factors())
        .containsExactly(TensorValue.ofFloats(new float[] {0, 0.5f, 0.25f}, 3));
    assertThatThrownBy(() -> FormedDelta.of("h", dense(SCALE), frozen))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "Site \"s\" cannot take its fixed delta while others are trained: it is a scale [3], which can only be multiplied. Expected one factor for each unit. Merge the delta into the target, and adapt what comes of it.");
  }

  @Test
  void numbersBeyondFloat32AreRefused() {
    FixedDelta factors = DeltaAlgebra.scaled(lowRank(WEIGHT, 2), 1e39);
    assertThatThrownBy(() -> FormedDelta.of("h", factors, frozen(WEIGHT)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith(
            "The fixed delta on site \"w\" has a number that leaves the range of float32. Expected at most 3.4028235E38 in size, got ");
    LowRankMatrix large =
        new LowRankMatrix(
            TensorValue.ofDoubles(fill(4 * 3, 1e30), 4, 3),
            TensorValue.ofDoubles(fill(9, 1e30), 3, 3));
    assertThatThrownBy(() -> FormedDelta.of("h", new FixedDelta(WEIGHT, large), frozen(WEIGHT)))
        .hasMessageContaining("leaves the range of float32");
  }

  private static double[] fill(int count, double value) {
    double[] values = new double[count];
    java.util.Arrays.fill(values, value);
    return values;
  }
}
