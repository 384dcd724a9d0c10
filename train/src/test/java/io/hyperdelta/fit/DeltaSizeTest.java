package io.hyperdelta.fit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.hyperdelta.delta.Full;
import io.hyperdelta.delta.LowRank;
import io.hyperdelta.delta.SiteDelta;
import io.hyperdelta.graph.TensorValue;
import io.hyperdelta.spec.ProductPrecision;
import io.hyperdelta.target.Layout;
import io.hyperdelta.target.Site;
import io.hyperdelta.target.SiteKind;
import io.hyperdelta.target.Units;
import io.hyperdelta.target.Use;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class DeltaSizeTest {
  private static final TensorValue WEIGHT = TensorValue.ofFloats(new float[] {3, 0, 0, 4}, 2, 2);
  private static final SiteDelta DELTA =
      new SiteDelta(
          "h",
          new Site(
              "w",
              SiteKind.WEIGHT,
              "w",
              List.of(2L, 2L),
              Layout.IN_OUT,
              2,
              2,
              true,
              List.of(new Use("Gemm", "x", "y", 1)),
              Units.ALL),
          new LowRank(1),
          1);

  /** Two conditions whose delta is [a, 0; 0, 0]. */
  private static DeltaSize size(float first, float second) {
    return DeltaSize.of(
        DELTA,
        WEIGHT,
        Map.of(
            "h/w/low-rank/A", TensorValue.ofFloats(new float[] {1, 0, 1, 0}, 2, 2, 1),
            "h/w/low-rank/B", TensorValue.ofFloats(new float[] {first, 0, second, 0}, 2, 1, 2)));
  }

  @Test
  void oppositeDeltasShareNothing() {
    assertThat(size(1, -1)).isEqualTo(new DeltaSize("h/w/low-rank", 2, true, 0.2, 1));
    assertThat(size(1, -1).alarms()).isEmpty();
  }

  @Test
  void equalDeltasAreAnAlarm() {
    DeltaSize size = size(1, 1);
    assertThat(size.spread()).isCloseTo(0, within(1e-9));
    assertThat(size.alarms())
        .containsExactly(
            "Delta h/w/low-rank is the same for all conditions (spread 0.0000): one shared delta would do.");
  }

  @Test
  void deltasThatAreZeroOrLargerThanTheWeightAreAlarms() {
    assertThat(size(0, 0).alarms())
        .containsExactly("Delta h/w/low-rank is zero: it changes nothing.");
    assertThat(size(10, -10).alarms())
        .containsExactly(
            "Delta h/w/low-rank is larger than what it adapts (2.00 times): little is left of the frozen parameter.");
  }

  @Test
  void aWeightThatIsReplacedMayBeFarFromTheFrozenOne() {
    SiteDelta replaced = new SiteDelta("h", DELTA.site(), new Full(true), 1);
    TensorValue generated = TensorValue.ofFloats(new float[] {0, 9, -9, 0, 0, 5, 5, 0}, 2, 2, 2);

    DeltaSize size = DeltaSize.of(replaced, WEIGHT, Map.of("h/w/full/W", generated));

    // The squares of (-3, 9, -9, -4) and (-3, 5, 5, -4), over those of (3, 0, 0, 4).
    assertThat(size.relative()).isCloseTo(Math.sqrt((187 + 75) / 2.0 / 25), within(1e-6));
    assertThat(size.alarms()).isEmpty();
  }

  @Test
  void aRunThatLearnsNothingIsNotSaidToBeTheTargetUnlessItBeganThere() {
    assertThat(summary(true).alarms())
        .containsExactly(
            "No epoch was better than the start on the validation rows: what was trained does nothing.");
    assertThat(summary(false).alarms())
        .containsExactly(
            "No epoch was better on the validation rows than the random weights that fitting began with: nothing was learned.");
  }

  @Test
  void aPrecisionThatTheProcessorLacksIsSaid() {
    assertThat(summary(true, true).alarms())
        .contains(
            "This processor has no products in bfloat16, which fit.products asks for: they were computed in float32.");
  }

  private static Summary summary(boolean fromTarget) {
    return summary(fromTarget, false);
  }

  private static Summary summary(boolean fromTarget, boolean deniedPrecision) {
    return new Summary(
        Map.of(),
        0,
        Map.of(),
        4,
        4,
        4,
        4,
        List.of(new Summary.Fit("", 1, "4 rows", 0, 0.5, 4, ProductPrecision.FLOAT32)),
        List.of(),
        fromTarget,
        deniedPrecision);
  }
}
