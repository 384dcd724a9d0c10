package io.hyperdelta.target;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class UnitsTest {
  @ParameterizedTest
  @ValueSource(strings = {"0", "7", "0..31", "0,2", "1..2,5,7..9", "999999"})
  void areWrittenAsTheyAreRead(String text) {
    assertThat(Units.of(text)).hasToString(text);
  }

  @Test
  void neighboursAreJoined() {
    assertThat(Units.of("3,0..1,2")).isEqualTo(new Units(List.of(0, 1, 2, 3)));
    assertThat(Units.of("3,0..1,2")).hasToString("0..3");
    assertThat(Units.of("0..3").isRange()).isTrue();
    assertThat(Units.of("0,2").isRange()).isFalse();
    assertThat(Units.ALL.isAll()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "a",
        "-1",
        "1..",
        "..1",
        "1...2",
        "1,",
        ",1",
        "1 2",
        "1000000",
        "0..999999999"
      })
  void otherTextsAreRefused(String text) {
    assertThatThrownBy(() -> Units.of(text))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "Units \"%s\" cannot be read. Expected units and ranges such as 0..31,40."
                .formatted(text));
  }

  @Test
  void aSiteKnowsItsUnits() {
    Site site =
        new Site(
            "w",
            SiteKind.WEIGHT,
            "w",
            List.of(5L, 4L),
            Layout.IN_OUT,
            5,
            4,
            false,
            List.of(new Use("MatMul", "x", "y", 1)),
            Units.ALL);

    assertThat(site.only(Units.of("1..2")).parameterCount()).isEqualTo(10);
    assertThat(site.only(Units.of("0..3"))).isEqualTo(site);
    assertThatThrownBy(() -> site.only(Units.of("4")))
        .hasMessage("Site \"w\" has no unit 4. Expected 0 to 3.");
  }
}
