package io.hyperdelta.weave;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hyperdelta.target.Layout;
import io.hyperdelta.target.Site;
import io.hyperdelta.target.SiteKind;
import io.hyperdelta.target.Units;
import io.hyperdelta.target.Use;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** What layers see of a batch. */
class WorkloadTest {
  private static Site site(String initializer) {
    Use use = new Use("MatMul", "x", "y", 1);
    return new Site(
        "layer.weight",
        SiteKind.WEIGHT,
        initializer,
        List.of(8L, 8L),
        Layout.IN_OUT,
        8,
        8,
        false,
        List.of(use),
        Units.ALL);
  }

  @Test
  void layersThatAreNamedHaveMoreRows() {
    Workload workload = Workload.training(16, 4).with(Map.of("tokens", 64));

    assertThat(workload.at(site("tokens"))).isEqualTo(Workload.training(1024, 4));
    assertThat(workload.at(site("pooled"))).isEqualTo(Workload.training(16, 4));
    assertThat(workload.at(site("pooled"), 9)).isEqualTo(Workload.training(144, 4));
    assertThat(workload.at(site("tokens"), 9)).isEqualTo(Workload.training(1024, 4));
  }

  @Test
  void manyRowsDoNotOverflow() {
    Workload workload = new Workload(1 << 20, 1).with(Map.of("pixels", 1 << 20));
    assertThat(workload.at(site("pixels")).rows()).isEqualTo(Integer.MAX_VALUE);
  }

  /** 16 sentences with a condition each: a factor for each is cheap beside 64 tokens. */
  @Test
  void tokensSpeakForFactors() {
    Workload batch = Workload.training(16, 16).with(Map.of("tokens", 64));
    assertThat(Contraction.cheapest(batch.at(site("tokens")), 384, 8, 17, 0))
        .isEqualTo(Contraction.FACTORS_FIRST);
    assertThat(Contraction.cheapest(batch.at(site("pooled")), 384, 8, 17, 0))
        .isNotEqualTo(Contraction.FACTORS_FIRST);
  }

  @Test
  void layersHaveRows() {
    assertThatThrownBy(() -> Workload.MIXED.with(Map.of("w", 0)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "A workload has impossible sizes. Expected layers with one row or more for each row of the batch, got {w=0}.");
  }
}
