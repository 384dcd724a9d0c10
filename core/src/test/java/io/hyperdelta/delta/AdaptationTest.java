package io.hyperdelta.delta;

import static io.hyperdelta.delta.SampleSites.bias;
import static io.hyperdelta.delta.SampleSites.weight;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hyperdelta.target.Layout;
import io.hyperdelta.target.Part;
import io.hyperdelta.target.Site;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class AdaptationTest {
  private static final Site WIDE = weight("fc1.weight", Layout.OUT_IN, 16, 12, true);
  private static final Site WIDE_BIAS = bias("fc1.bias", 12);
  private static final Site NARROW = weight("fc2.weight", Layout.OUT_IN, 12, 3, false);
  private static final List<Site> SITES = List.of(WIDE, WIDE_BIAS, NARROW);

  @Test
  void aNameWantsJustThat() {
    assertThat(Adaptation.of("fc1.weight", new LowRank(4)).resolve(SITES, "h"))
        .containsExactly(new SiteDelta("h", WIDE, new LowRank(4), 1));
    assertThatThrownBy(() -> Adaptation.of("fc2.weight", new LowRank(4)).resolve(SITES, "h"))
        .as("a name is not narrowed")
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "Site \"fc2.weight\" cannot take a low-rank delta of rank 4: the weight is [3, 12]."
                + " Expected a rank between 1 and 2, got 4. Maybe you meant a smaller rank.");
    assertThatThrownBy(() -> Adaptation.of("fc1.bias", new LowRank(1)).resolve(SITES, "h"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "Site \"fc1.bias\" cannot take a low-rank delta: it is a bias [12]. Expected a weight,"
                + " a kernel or an embedding. Maybe you meant form shift.");
  }

  @Test
  void aGlobPassesOverOtherKindsAndNarrows() {
    assertThat(new Adaptation(new Part("*"), new LowRank(4), 0.5).resolve(SITES, "h"))
        .containsExactly(
            new SiteDelta("h", WIDE, new LowRank(4), 0.5),
            new SiteDelta("h", NARROW, new LowRank(2), 0.5));
    assertThat(Adaptation.of("*", new Shift()).resolve(SITES, "h"))
        .containsExactly(
            new SiteDelta("h", WIDE_BIAS, new Shift(), 1),
            new SiteDelta("h", NARROW, new Shift(), 1));
  }

  @Test
  void aCappedShiftNeedsABiasToBeComparedWith() {
    assertThat(Adaptation.of("*", new Shift()).withCap(0.5).resolve(SITES, "h"))
        .as("a glob passes over layers without a bias")
        .containsExactly(new SiteDelta("h", WIDE_BIAS, new Shift(), 1, 0.5));
    assertThat(Adaptation.of("*", new LowRank(4)).withCap(0.5).resolve(SITES, "h"))
        .extracting(SiteDelta::title)
        .containsExactly("low-rank 4, cap 0.5", "low-rank 2, cap 0.5");
    assertThatThrownBy(
            () -> Adaptation.of("fc2.weight", new Shift()).withCap(0.5).resolve(SITES, "h"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "Site \"fc2.weight\" cannot take a capped shift: its layer has no bias that the shift could be compared with. Expected a layer with a bias, or no cap, got cap 0.5. Maybe you meant form low-rank or gain, which are compared with the weight.");
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, -1, Double.NaN})
  void aCapIsAboveZero(double cap) {
    assertThatThrownBy(() -> Adaptation.of("*", new Shift()).withCap(cap))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "The adaptation of part \"*\" has no usable cap. Expected a number above 0, got "
                + cap
                + ".");
  }

  @Test
  void aGlobOfWhichNoSiteTakesTheFormAsItIsIsRefusedWithTheTellingReason() {
    assertThatThrownBy(() -> Adaptation.of("fc*", new LowRank(12)).resolve(SITES, "h"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "Site \"fc1.weight\" cannot take a low-rank delta of rank 12: the weight is [12, 16]."
                + " Expected a rank between 1 and 11, got 12. Maybe you meant a smaller rank.");
    assertThatThrownBy(
            () -> Adaptation.of("*", new LowRank(12)).resolve(List.of(WIDE_BIAS, NARROW), "h"))
        .as("the weight's refusal says more than the bias's")
        .hasMessageStartingWith("Site \"fc2.weight\" cannot take a low-rank delta of rank 12");
    assertThatThrownBy(() -> Adaptation.of("*.bias", new LowRank(2)).resolve(SITES, "h"))
        .hasMessageStartingWith("Site \"fc1.bias\" cannot take a low-rank delta: it is a bias");
    assertThatThrownBy(() -> Adaptation.of("fc1.w*", new Shift()).resolve(SITES, "h"))
        .hasMessageStartingWith("Site \"fc1.weight\" cannot take a shift: its layer has a bias");
  }

  @Test
  void aPartThatMatchesNothingIsRefused() {
    assertThatThrownBy(() -> Adaptation.of("fc3.weight", new Shift()).resolve(SITES, "h"))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "Part \"fc3.weight\" matches no site of the target. Expected a name or glob over"
                + " fc1.weight, fc1.bias, fc2.weight. Maybe you meant \"fc1.weight\".");
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, -0.0, Double.NaN, Double.POSITIVE_INFINITY})
  void anUnusableScaleIsRefused(double scale) {
    assertThatThrownBy(() -> new Adaptation(new Part("fc*"), new Shift(), scale))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "The adaptation of part \"fc*\" has no usable scale. Expected a finite number other"
                + " than 0, got "
                + scale
                + ".");
  }

  @Test
  void deltasAndFactorsHaveNames() {
    SiteDelta delta = new SiteDelta("h", WIDE, new LowRank(4), 1);

    assertThat(delta.name()).isEqualTo("h/fc1.weight/low-rank");
    assertThat(delta.factorName(new LowRank(4).factors(WIDE).get(1)))
        .isEqualTo("h/fc1.weight/low-rank/B");
  }
}
