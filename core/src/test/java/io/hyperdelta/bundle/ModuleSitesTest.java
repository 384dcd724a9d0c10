package io.hyperdelta.bundle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hyperdelta.target.Layout;
import io.hyperdelta.target.Site;
import io.hyperdelta.target.SiteKind;
import io.hyperdelta.target.Units;
import io.hyperdelta.target.Use;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ModuleSitesTest {
  private static Site site(String name, SiteKind kind) {
    return new Site(
        name,
        kind,
        name,
        List.of(2L, 3L),
        Layout.IN_OUT,
        2,
        3,
        false,
        List.of(new Use("MatMul", "x", "y", 1)),
        Units.ALL);
  }

  private static ModuleSites sites(String... names) {
    return new ModuleSites(Stream.of(names).map(name -> site(name, SiteKind.WEIGHT)).toList());
  }

  @ParameterizedTest
  @CsvSource({
    "encoder.layer.0.query.weight, encoder.layer.0.query",
    "/encoder/layer.0/query/MatMul, encoder.layer.0.query",
    "/encoder/layer.0/query/MatMul.weight, encoder.layer.0.query",
    "/encoder/layer.0/query/Gemm_3, encoder.layer.0.query",
    "encoder/layer.0/query/kernel, encoder.layer.0.query",
    "base_model.model.encoder.layer.0.query.weight, encoder.layer.0.query",
    "layer.0.query.weight, model.encoder.layer.0.query",
    "query, layer.0.query",
    "weight, weight"
  })
  void aModuleIsFoundUnderTheNamesOfExporters(String name, String module) {
    assertThat(sites("other.weight", name).find(module, "a").name()).isEqualTo(name);
  }

  @Test
  void theWholeNameComesFirst() {
    ModuleSites sites = sites("head.fc.weight", "fc.weight");

    assertThat(sites.find("fc", "a").name()).isEqualTo("fc.weight");
    assertThat(sites.find("head.fc", "a").name()).isEqualTo("head.fc.weight");
  }

  @Test
  void aModuleThatMayBeMoreThanOneSiteIsRefused() {
    assertThatThrownBy(() -> sites("a.fc.weight", "b.fc.weight", "c.weight").find("fc", "folder"))
        .isInstanceOf(BundleException.class)
        .hasMessage(
            "PEFT adapter \"folder\" does not fit the target: its module \"fc\" may be more than one site. Expected one, got a.fc.weight, b.fc.weight.");
  }

  @ParameterizedTest
  @CsvSource({"c", "b.c.d", "a.b", "xb.c", "."})
  void partsOfNamesAreNoMatch(String module) {
    assertThatThrownBy(() -> sites("a.b.cc.weight").find(module, "folder"))
        .isInstanceOf(BundleException.class)
        .hasMessageStartingWith(
            "PEFT adapter \"folder\" does not fit the target: its module \"%s\" is no site. Expected a module among a.b.cc.weight."
                .formatted(module));
  }

  @Test
  void onlyMatricesAreModules() {
    ModuleSites sites =
        new ModuleSites(
            List.of(site("fc.bias", SiteKind.BIAS), site("norm.weight", SiteKind.SCALE)));

    for (String module : new String[] {"fc", "norm"}) {
      assertThatThrownBy(() -> sites.find(module, "folder"))
          .isInstanceOf(BundleException.class)
          .hasMessage(
              "PEFT adapter \"folder\" does not fit the target: its module \"%s\" is no site. Expected a module among the target's weights, but it has none."
                  .formatted(module));
    }
  }
}
