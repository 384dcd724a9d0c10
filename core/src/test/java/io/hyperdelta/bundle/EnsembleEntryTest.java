package io.hyperdelta.bundle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

class EnsembleEntryTest {
  private static EnsembleEntry entry(String combine) {
    return new EnsembleEntry(List.of("a", "b"), combine, "none", List.of(0.5, 0.5));
  }

  @ParameterizedTest
  @CsvSource({"mean,true", "learned,true", "mean-delta,false"})
  void onlyOneNetworkHasNoSpread(String combine, boolean spreads) {
    assertThat(entry(combine).spreads()).isEqualTo(spreads);
  }

  @Test
  void aWayToCombineThatIsUnknownIsSaid() {
    assertThatThrownBy(() -> entry("median").spreads())
        .isInstanceOf(BundleException.class)
        .hasMessage(
            "The manifest combines the members of an ensemble by \"median\". Expected mean, learned or mean-delta. Maybe a later version of HyperDelta wrote it.");
  }

  @Test
  void itIsReadBackFromAManifestAndAbsentFromThatOfASingleModel() {
    JsonMapper mapper = JsonMapper.shared();
    byte[] written = Bundle.json(entry("learned"));
    assertThat(mapper.readValue(written, EnsembleEntry.class)).isEqualTo(entry("learned"));
    JsonNode single =
        mapper.readTree(
            Bundle.json(
                new Manifest(
                    Manifest.FORMAT,
                    "m",
                    "",
                    List.of(),
                    "y",
                    List.of(),
                    List.of(),
                    Map.of(),
                    Map.of(),
                    Map.of(),
                    List.of(),
                    mapper.createObjectNode(),
                    Map.of())));
    assertThat(single.has("ensemble")).isFalse();
    assertThat(single.has("spec")).isTrue();
  }
}
