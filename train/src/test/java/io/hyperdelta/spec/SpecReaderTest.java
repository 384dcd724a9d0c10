package io.hyperdelta.spec;

import static org.assertj.core.api.Assertions.assertThat;

import io.hyperdelta.delta.Chunked;
import io.hyperdelta.delta.Shift;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class SpecReaderTest {
  static final String SMALL =
      """
      name: houses
      data:
        rows: houses.csv
        label: ln(price)
        features: [TLA, {column: syear, type: category}, {column: beds, type: number}]
      target:
        train: {network: mlp, hidden: [128, 64]}
      conditions:
        place: [long, lat]
      hypernetworks:
        neighbourhood:
          condition: place
          adaptations:
            - {part: "*", form: low-rank, rank: 4}
            - {part: "*", form: shift, scale: 0.5}
      """;

  static final String FIXED =
      SMALL.replaceFirst("(?s)  train:.*?(?=conditions:)", "  onnx: net.onnx\n");

  @TempDir Path folder;

  @Test
  void aShortSpecIsFilledWithDefaults() throws IOException {
    Spec spec = SpecReader.read(file(SMALL));

    assertThat(spec.name()).isEqualTo("houses");
    assertThat(spec.data())
        .isEqualTo(
            new DataSpec(
                new RowsSpec.File(folder.resolve("houses.csv")),
                "ln(price)",
                List.of(
                    FeatureSpec.of("TLA"),
                    FeatureSpec.category("syear"),
                    FeatureSpec.number("beds")),
                List.of(),
                new SplitSpec(0.25, 0.15, 0.1, 7),
                List.of()));
    assertThat(spec.target()).isEqualTo(TargetSpec.mlp(128, 64));
    assertThat(spec.objective()).isEqualTo(Objective.MSE);
    assertThat(spec.conditions()).isEqualTo(Map.of("place", ConditionSpec.of("long", "lat")));
    assertThat(spec.hypernetworks().get("neighbourhood"))
        .isEqualTo(
            new HypernetworkSpec(
                "place",
                List.of(64, 64),
                16,
                List.of(
                    AdaptationSpec.lowRank("*", 4), new AdaptationSpec("*", new Shift(), 0.5))));
    assertThat(spec.fit())
        .isEqualTo(
            new FitSpec(40, 256, 0.001, 0.01, 0.05, 1.0, 10, 7, 0, ProductPrecision.FLOAT32));
    assertThat(spec.evaluate()).isEqualTo(new EvaluationSpec(2000, 7));
  }

  @Test
  void everyKeyIsRead() throws IOException {
    String yaml =
        """
        name: fields
        data:
          sql: select * from 'rows.parquet'
          label: amount
          contexts: [farm, floor(x / 2)]
          split: {unseenContexts: 0.5, test: 0.2, validation: 0.3, seed: 9007199254740991}
          missing: ["NA", "-"]
        target:
          onnx: nets/field.onnx
          inputs: {x: [a, b], t: [c]}
          output: y
        objective: cross-entropy
        conditions: {soil: [ph], place: [x, y]}
        hypernetworks:
          ground: {condition: soil, trunk: [8], latent: 2, adaptations: [{part: l.*, form: shift}]}
          where: {condition: place, adaptations: [{part: out, form: low-rank, rank: 1}]}
        fit: {epochs: 3, batch: 5, learningRate: 0.1, weightDecay: 0, warmup: 0, clip: 9,
              patience: 2, seed: 1, penalty: 0.5, products: bfloat16}
        evaluate: {bootstrap: 100, seed: 3}
        """;

    Spec spec = SpecReader.read(file(yaml));

    assertThat(spec.data().rows())
        .isEqualTo(new RowsSpec.Query("select * from 'rows.parquet'", folder));
    assertThat(spec.data().contexts()).containsExactly("farm", "floor(x / 2)");
    assertThat(spec.data().split()).isEqualTo(new SplitSpec(0.5, 0.2, 0.3, 9007199254740991L));
    assertThat(spec.data().missing()).containsExactly("NA", "-");
    assertThat(spec.target())
        .isEqualTo(
            new TargetSpec.Onnx(
                folder.resolve("nets/field.onnx"),
                Map.of(
                    "x", InputSpec.columns(List.of("a", "b")),
                    "t", InputSpec.columns(List.of("c"))),
                "y"));
    assertThat(spec.objective()).isEqualTo(Objective.CROSS_ENTROPY);
    assertThat(spec.conditions().keySet()).containsExactly("soil", "place");
    assertThat(spec.hypernetworks().keySet()).containsExactly("ground", "where");
    assertThat(spec.fit())
        .isEqualTo(new FitSpec(3, 5, 0.1, 0, 0, 9, 2, 1, 0.5, ProductPrecision.BFLOAT16));
    assertThat(spec.evaluate()).isEqualTo(new EvaluationSpec(100, 3));
  }

  @Test
  void sourcesAndColumnsOfEveryKindAreRead() throws IOException {
    String yaml =
        """
        name: tenants
        data: {rows: rows.csv, label: amount, features: [a, b]}
        target: {onnx: net.onnx}
        conditions:
          who:
            columns:
              - size
              - {column: tenant, type: category, width: 5, unknown: refuse}
              - {column: hour, type: cyclic, period: 24}
            constantNorm: true
          plain: [size, {column: kind, type: category}]
        hypernetworks:
          h: {condition: who, trunk: [], adaptations: [{part: "*", form: shift}]}
        tables:
          t: {column: tenant, unknown: refuse, adaptations: [{part: "*", form: low-rank, rank: 2}]}
        shared:
          s: {adaptations: [{part: "kind:bias", form: shift}]}
        """;

    Spec spec = SpecReader.read(file(yaml));

    assertThat(spec.conditions().get("who"))
        .isEqualTo(
            new ConditionSpec(
                List.of(
                    ConditionColumn.number("size"),
                    new ConditionColumn.Category("tenant", 5, true),
                    ConditionColumn.cyclic("hour", 24)),
                true));
    assertThat(spec.conditions().get("plain"))
        .isEqualTo(
            ConditionSpec.of(ConditionColumn.number("size"), ConditionColumn.category("kind")));
    assertThat(spec.hypernetworks().get("h"))
        .isEqualTo(new HypernetworkSpec("who", List.of(), 16, List.of(AdaptationSpec.shift("*"))));
    assertThat(spec.tables().get("t"))
        .isEqualTo(new TableSpec("tenant", true, List.of(AdaptationSpec.lowRank("*", 2))));
    assertThat(spec.shared().get("s")).isEqualTo(SharedSpec.of(AdaptationSpec.shift("kind:bias")));
  }

  @Test
  void fixedDeltasAreRead() throws IOException {
    Spec spec =
        SpecReader.read(
            file(
                FIXED
                    + """
                    fixed:
                      style: {peft: adapters/style}
                      base: {safetensors: base.safetensors, scale: -0.5}
                    """));

    assertThat(spec.fixed())
        .containsExactly(
            Map.entry("style", FixedSpec.peft(folder.resolve("adapters/style"))),
            Map.entry(
                "base",
                new FixedSpec(
                    FixedSpec.Format.SAFETENSORS, folder.resolve("base.safetensors"), -0.5)));
  }

  @Test
  void aFormMayHaveSeveralNumbersAndReplaceTheWeight() throws IOException {
    String written = "form: chunked, chunk: 784, embedding: 5, replace: true";

    Spec spec = SpecReader.read(file(SMALL.replace("form: low-rank, rank: 4", written)));

    assertThat(Objects.requireNonNull(spec.hypernetworks().get("neighbourhood")).adaptations())
        .startsWith(new AdaptationSpec("*", new Chunked(784, 5, true), 1));
    assertThat(SpecWriter.json(spec))
        .contains("\"form\":\"chunked\",\"chunk\":784,\"embedding\":5,\"replace\":true,");
  }

  @Test
  void jsonKeepsTheKeysAsWritten() throws IOException {
    Spec spec = SpecReader.read(file(SMALL));

    assertThat(spec.json())
        .isEqualTo(
            "{\"name\":\"houses\",\"data\":{\"rows\":\"houses.csv\",\"label\":\"ln(price)\","
                + "\"features\":[\"TLA\",{\"column\":\"syear\",\"type\":\"category\"},"
                + "{\"column\":\"beds\",\"type\":\"number\"}]},"
                + "\"target\":{\"train\":{\"network\":\"mlp\",\"hidden\":[128,64]}},"
                + "\"conditions\":{\"place\":[\"long\",\"lat\"]},"
                + "\"hypernetworks\":{\"neighbourhood\":{\"condition\":\"place\",\"adaptations\":["
                + "{\"part\":\"*\",\"form\":\"low-rank\",\"rank\":4},"
                + "{\"part\":\"*\",\"form\":\"shift\",\"scale\":0.5}]}}}");
  }

  @Test
  void aJsonFileSaysTheSame() throws IOException {
    Spec yaml = SpecReader.read(file(SMALL));
    Path json = Files.writeString(folder.resolve("spec.json"), yaml.json());

    assertThat(SpecReader.read(json)).isEqualTo(yaml);
  }

  private Path file(String yaml) throws IOException {
    return Files.writeString(folder.resolve("spec.yaml"), yaml);
  }
}
