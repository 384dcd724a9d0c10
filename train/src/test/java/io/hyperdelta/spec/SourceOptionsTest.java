package io.hyperdelta.spec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hyperdelta.delta.Cap;
import io.hyperdelta.delta.Gain;
import io.hyperdelta.hypernetwork.HeadLayout;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a spec may say of single sources and of the size of deltas. */
final class SourceOptionsTest {
  private static final String SPEC =
      """
      name: tenants
      data: {rows: rows.csv, label: amount, features: [a, b]}
      target: {train: {network: mlp, hidden: [8], fit: {epochs: 2}}}
      conditions: {who: [size]}
      hypernetworks:
        h: {condition: who, heads: shared, embedding: 5, dropout: 0.25, seed: 3, learningRate: 0.01, adaptations: [{part: "*", form: shift}]}
      tables:
        t: {column: tenant, learningRate: 0.5, adaptations: [{part: "*", form: shift}]}
      shared:
        s: {seed: 0, adaptations: [{part: "*", form: gain, cap: 0.5}, {part: "*", form: shift}]}
      fit: {epochs: 3, penalty: 1e-3}
      """;

  @TempDir Path folder;

  private Spec read(String yaml) throws IOException {
    return SpecReader.read(Files.writeString(folder.resolve("spec.yaml"), yaml));
  }

  private static HypernetworkSpec hypernetwork(Spec spec) {
    return Objects.requireNonNull(spec.hypernetworks().get("h"));
  }

  /** The spec that the same settings give when they are built in code, written and read. */
  private Spec writtenAndRead(Spec spec) throws IOException {
    Spec.Builder builder =
        Spec.builder(spec.name()).data(spec.data()).target(spec.target()).fit(spec.fit());
    spec.conditions().forEach(builder::condition);
    spec.hypernetworks().forEach(builder::hypernetwork);
    spec.tables().forEach(builder::table);
    spec.shared().forEach(builder::shared);
    Path file = Files.writeString(folder.resolve("again.json"), builder.build().json());
    return SpecReader.read(file);
  }

  @Test
  void seedsAndLearningRatesOfSourcesAreReadAndWritten() throws IOException {
    Spec spec = read(SPEC);

    assertThat(hypernetwork(spec).dropout()).isEqualTo(0.25);
    assertThat(hypernetwork(spec).heads()).isEqualTo(new HeadLayout.Shared(5));
    assertThat(writtenAndRead(spec).hypernetworks()).isEqualTo(spec.hypernetworks());
    assertThat(hypernetwork(spec).fit()).isEqualTo(new SourceFit(3L, 0.01));
    assertThat(Objects.requireNonNull(spec.tables().get("t")).fit())
        .isEqualTo(new SourceFit(null, 0.5));
    assertThat(Objects.requireNonNull(spec.shared().get("s")).fit())
        .isEqualTo(new SourceFit(0L, null));
    assertThat(SourceFit.seeds(spec)).isEqualTo(Map.of("h", 3L, "s", 0L));
    assertThat(SourceFit.learningRates(spec)).isEqualTo(Map.of("h", 0.01, "t", 0.5));
    assertThat(writtenAndRead(spec).sourceFits()).isEqualTo(spec.sourceFits());
    assertThat(HypernetworkSpec.of("who", AdaptationSpec.shift("*")).fit())
        .isEqualTo(SourceFit.defaults());
  }

  @Test
  void aPenaltyIsReadAndWritten() throws IOException {
    Spec spec = read(SPEC);

    assertThat(spec.fit()).isEqualTo(FitSpec.builder().epochs(3).penalty(0.001).build());
    assertThat(writtenAndRead(spec).fit()).isEqualTo(spec.fit());
    assertThat(FitSpec.defaults().penalty()).isZero();
  }

  @Test
  void capsAreReadAndWritten() throws IOException {
    Spec spec = read(SPEC);

    assertThat(Objects.requireNonNull(spec.shared().get("s")).adaptations())
        .containsExactly(
            new AdaptationSpec("*", new Gain(), 1).withCap(0.5), AdaptationSpec.shift("*"));
    assertThat(AdaptationSpec.shift("*").cap()).isEqualTo(Cap.NONE);
    assertThat(writtenAndRead(spec).shared()).isEqualTo(spec.shared());
  }

  @Test
  void headsArePerSiteUnlessAskedForAndEmbeddingsHaveADefault() throws IOException {
    String shared = "heads: shared, embedding: 5, ";
    assertThat(hypernetwork(read(SPEC.replace(shared, "heads: shared, "))).heads())
        .isEqualTo(new HeadLayout.Shared(8));
    assertThat(hypernetwork(read(SPEC.replace(shared, "heads: per-site, "))).heads())
        .isEqualTo(HeadLayout.PER_SITE);
    assertThat(hypernetwork(read(SPEC.replace(shared, ""))).heads()).isEqualTo(HeadLayout.PER_SITE);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "learningRate: 0.5 | learningRate: 0 | tables.t.learningRate has an unusable value."
            + " Expected a number above 0 and of at most 10, got 0.",
        "dropout: 0.25 | dropout: 1 | hypernetworks.h.dropout has an unusable value. Expected a"
            + " number of at least 0 and below 1, got 1.",
        "dropout: 0.25 | 'dropout: 0.25, trunk: []' | 'hypernetworks.h: dropout is given without a"
            + " trunk, whose units it would drop. Expected at least one width in trunk, or no"
            + " dropout, got dropout 0.25 and trunk [].'",
        "heads: shared, | heads: per-site, | 'hypernetworks.h: embedding is given without shared"
            + " heads, whose sites it would tell apart. Expected it only with heads: shared.'",
        "heads: shared | heads: sharde | hypernetworks.h.heads has an unusable value. Expected one"
            + " of per-site, shared, got \"sharde\". Maybe you meant \"shared\".",
        "column: tenant, | 'column: tenant, heads: shared, ' | 'tables.t.heads is not a key of a"
            + " spec. Expected one of column, unknown, seed, learningRate, adaptations, got"
            + " heads. Only hypernetworks have it, which generate factors through a trunk and heads; what"
            + " tables and shared learn are the factors themselves.'",
        "cap: 0.5 | cap: 0 | shared.s.adaptations[0].cap has an unusable value. Expected a number"
            + " above 0 and of at most 1000000, got 0.",
        "penalty: 1e-3 | penalty: -1 | fit.penalty has an unusable value. Expected a number of at"
            + " least 0 and of at most 1000000, got -1.",
        "fit: {epochs: 2} | 'fit: {penalty: 0.5}' | 'target.train.fit.penalty is given for a"
            + " target, which has no deltas. Expected it only in the fit of the hypernetworks, got"
            + " 0.5.'",
        "seed: 0 | seed: -1 | shared.s.seed has an unusable value. Expected a whole number of at"
            + " least 0 and of at most 9007199254740991, got -1.",
      })
  void whatCannotBeIsExplained(String from, String to, String problem) {
    assertThat(SPEC).contains(from);
    assertThatThrownBy(() -> read(SPEC.replace(from, to)))
        .isInstanceOf(SpecException.class)
        .hasMessage("Spec \"" + folder.resolve("spec.yaml") + "\": " + problem);
  }

  @Test
  void settingsInCodeAreCheckedToo() {
    assertThatThrownBy(() -> FitSpec.builder().penalty(Double.POSITIVE_INFINITY).build())
        .hasMessage("penalty is out of range. Expected a finite number above 0, got Infinity.");
    assertThatThrownBy(() -> AdaptationSpec.shift("*").withCap(-1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("cap is out of range. Expected a finite number above 0, got -1.0.");
    assertThatThrownBy(() -> SourceFit.defaults().withLearningRate(0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("learningRate is out of range. Expected a finite number above 0, got 0.0.");
  }
}
