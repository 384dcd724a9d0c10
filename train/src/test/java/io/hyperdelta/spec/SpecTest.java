package io.hyperdelta.spec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

final class SpecTest {
  @TempDir Path folder;

  @Test
  void aSpecIsBuiltWithoutAFile() {
    Spec spec = houses().build();

    assertThat(spec.data().rows())
        .isEqualTo(new RowsSpec.File(Path.of("houses.csv").toAbsolutePath()));
    assertThat(spec.fit()).isEqualTo(FitSpec.defaults());
    assertThat(spec.json()).startsWith("{\"name\":\"houses\",\"data\":{\"rows\":\"houses.csv\",");
  }

  @Test
  void whatIsBuiltReadsBackFromItsJson() throws IOException {
    Spec built =
        houses()
            .target(
                new TargetSpec.Onnx(
                    Path.of("t.onnx"),
                    Map.of(
                        "x", InputSpec.columns(List.of("TLA", "beds")),
                        "image", InputSpec.vector("pixels", 1, 2, 3)),
                    "price"))
            .objective(Objective.HUBER)
            .fit(FitSpec.builder().epochs(3).learningRate(0.01).seed(1).build())
            .evaluate(new EvaluationSpec(500, 2))
            .condition(
                "who",
                new ConditionSpec(
                    List.of(
                        ConditionColumn.number("beds"),
                        new ConditionColumn.Category("agent", 3, true),
                        ConditionColumn.category("wall"),
                        ConditionColumn.vector("embedding"),
                        ConditionColumn.cyclic("month", 12),
                        new ConditionColumn.Text("words", Path.of("enc"), 64, false),
                        ConditionColumn.text("more words", Path.of("enc")),
                        new ConditionColumn.Encoded(
                            List.of("e"), true, Path.of("v.onnx"), null, null),
                        new ConditionColumn.Encoded(
                            List.of("a", "b"), false, Path.of("n.onnx"), "x", "z")),
                    true))
            .condition(
                "where",
                new ConditionSpec(
                    List.of(ConditionColumn.number("people"), ConditionColumn.category("region")),
                    false,
                    new JoinSpec(Path.of("cells.csv"), "cell", "id", true)))
            .table("agents", TableSpec.of("agent", AdaptationSpec.lowRank("*", 2)))
            .shared("lora", SharedSpec.of(AdaptationSpec.shift("*")))
            .fixed("style", FixedSpec.peft(Path.of("style")))
            .fixed(
                "base", new FixedSpec(FixedSpec.Format.SAFETENSORS, Path.of("b.safetensors"), -2))
            .build();
    Path file = Files.writeString(folder.resolve("spec.json"), built.json());

    Spec read = SpecReader.read(file);

    assertThat(read.json()).isEqualTo(built.json());
    assertThat(read.data().features()).isEqualTo(built.data().features());
    assertThat(read.data().split()).isEqualTo(built.data().split());
    assertThat(read.objective()).isEqualTo(Objective.HUBER);
    assertThat(read.hypernetworks()).isEqualTo(built.hypernetworks());
    // Of paths elsewhere the writer shows only the last name.
    assertThat(SpecWriter.json(read)).isEqualTo(built.json());
    assertThat(read.tables()).isEqualTo(built.tables());
    assertThat(read.shared()).isEqualTo(built.shared());
    assertThat(read.fixed())
        .containsExactly(
            Map.entry("style", FixedSpec.peft(folder.resolve("style"))),
            Map.entry(
                "base",
                new FixedSpec(FixedSpec.Format.SAFETENSORS, folder.resolve("b.safetensors"), -2)));
    assertThat(read.fit()).isEqualTo(built.fit());
    assertThat(read.evaluate()).isEqualTo(built.evaluate());
    assertThat(((TargetSpec.Onnx) read.target()).inputs())
        .isEqualTo(((TargetSpec.Onnx) built.target()).inputs());
  }

  @Test
  void jsonTellsNothingOfTheMachine() {
    Spec spec =
        houses().data(DataSpec.rows(folder.resolve("a.csv")).label("y").features("x")).build();

    assertThat(spec.json()).contains("\"rows\":\"a.csv\"").doesNotContain(folder.toString());
  }

  @Test
  void mapsAreOrderedAndUnmodifiable() {
    Spec spec = houses().condition("alpha", "beds").condition("zeta", "baths").build();

    assertThat(spec.conditions().keySet()).containsExactly("place", "alpha", "zeta");
    assertThatThrownBy(() -> spec.conditions().clear())
        .isInstanceOf(UnsupportedOperationException.class);
  }

  @Test
  void wrongSettingsAreRefused() {
    assertThatThrownBy(() -> Spec.builder("a b").data(rows()).target(TargetSpec.mlp(8)).build())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "name is not a name. Expected letters, digits, dots, underscores and hyphens, at most"
                + " 128, starting with a letter or digit, got \"a b\".");
    assertThatThrownBy(() -> Spec.builder("a").target(TargetSpec.mlp(8)).build())
        .hasMessage("data is missing. Expected it to be set, got nothing.");
    assertThatThrownBy(
            () -> houses().hypernetwork("n", HypernetworkSpec.of("soil", shift())).build())
        .hasMessage("hypernetworks.n.condition is unknown. Expected one of place, got \"soil\".");
    assertThatThrownBy(() -> FitSpec.builder().warmup(1).build())
        .hasMessage("warmup is out of range. Expected 0 or more and less than 1, got 1.0.");
    assertThatThrownBy(() -> FitSpec.builder().learningRate(Double.NaN).build())
        .hasMessage("learningRate is out of range. Expected a finite number above 0, got NaN.");
    assertThatThrownBy(() -> TargetSpec.mlp())
        .hasMessage(
            "target.train.hidden is empty. Expected at least one number of units, got none.");
    assertThatThrownBy(() -> AdaptationSpec.lowRank("*", 0))
        .hasMessage("A low-rank delta has no such rank. Expected 1 or more, got 0.");
  }

  @Test
  void theSchemaExplainsEveryKey() {
    JsonNode schema = JsonMapper.shared().readTree(SpecReader.schema());

    explained("", schema);
    assertThat(schema.get("$schema").stringValue())
        .isEqualTo("https://json-schema.org/draft/2020-12/schema");
  }

  private static void explained(String place, JsonNode node) {
    if (node.has("properties") && !place.endsWith("/if") && !place.endsWith("/then")) {
      assertThat(node.has("additionalProperties")).as(place).isTrue();
      node.get("properties")
          .properties()
          .forEach(
              key -> {
                assertThat(key.getValue().has("title")).as(place + "/" + key.getKey()).isTrue();
                assertThat(key.getValue().has("description"))
                    .as(place + "/" + key.getKey())
                    .isTrue();
              });
    }
    node.properties().forEach(child -> explained(place + "/" + child.getKey(), child.getValue()));
  }

  private static AdaptationSpec shift() {
    return AdaptationSpec.shift("*");
  }

  private static DataSpec.Builder rows() {
    return DataSpec.rows(Path.of("houses.csv"))
        .label("ln(price)")
        .features("TLA", "wall")
        .features(FeatureSpec.category("syear"))
        .contexts("floor(long/2500)", "floor(lat/2500)")
        .missing("NA");
  }

  private static Spec.Builder houses() {
    return Spec.builder("houses")
        .data(rows())
        .target(TargetSpec.mlp(128, 64))
        .condition("place", "long", "lat")
        .hypernetwork(
            "neighbourhood", HypernetworkSpec.of("place", AdaptationSpec.lowRank("*", 4), shift()));
  }
}
