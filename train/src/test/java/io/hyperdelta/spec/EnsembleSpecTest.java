package io.hyperdelta.spec;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hyperdelta.spec.EnsembleSpec.Bootstrap;
import io.hyperdelta.spec.EnsembleSpec.Combine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Ensembles in specs: members are changes to the spec around them. */
final class EnsembleSpecTest {
  private static final String HOUSES =
      """
      name: houses
      data: {rows: houses.csv, label: ln(price), features: [TLA], contexts: [floor(long / 2500)]}
      target:
        train: {network: mlp, hidden: [8]}
      conditions:
        place: [long, lat]
      hypernetworks:
        local: {condition: place, latent: 4, adaptations: [{part: "*", form: low-rank, rank: 2}]}
      shared:
        lora: {adaptations: [{part: "*", form: shift}]}
      fit: {epochs: 5, seed: 3}
      """;

  @TempDir Path folder;

  private Spec read(String ensemble) {
    try {
      return SpecReader.read(
          Files.writeString(folder.resolve("spec.yaml"), HOUSES + "ensemble: " + ensemble));
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static EnsembleSpec ensemble(Spec spec) {
    return Objects.requireNonNull(spec.ensemble());
  }

  private static Spec member(Spec spec, String name) {
    return Objects.requireNonNull(spec.members().get(name));
  }

  @Test
  void aNumberOfMembersDifferByTheirSeeds() {
    Spec spec = read("{members: 3}");

    assertThat(ensemble(spec).combine()).isEqualTo(Combine.MEAN);
    assertThat(ensemble(spec).bootstrap()).isEqualTo(Bootstrap.NONE);
    assertThat(spec.members().keySet()).containsExactly("1", "2", "3");
    assertThat(spec.members().values())
        .extracting(member -> member.fit().seed())
        .containsExactly(3L, 1003L, 2003L);
    assertThat(spec.members().values())
        .allSatisfy(
            member -> {
              assertThat(member.ensemble()).isNull();
              assertThat(member.fit().epochs()).isEqualTo(5);
              assertThat(member.hypernetworks()).isEqualTo(spec.hypernetworks());
              assertThat(member.conditions()).isEqualTo(spec.conditions());
            });
  }

  @Test
  void withoutAnEnsembleASpecIsItsOnlyMember() throws IOException {
    Spec spec = SpecReader.read(Files.writeString(folder.resolve("spec.yaml"), HOUSES));

    assertThat(spec.ensemble()).isNull();
    assertThat(spec.members()).isEqualTo(Map.of("", spec));
  }

  @Test
  void aMemberChangesWhatItSaysAndNothingElse() {
    Spec spec =
        read(
            """
            {combine: learned, bootstrap: contexts, members: {
              near: ,
              far: {objective: huber, conditions: {place: [long]},
                    hypernetworks: {local: {latent: 2}}, fit: {seed: 4}},
              plain: {hypernetworks: {local: null}}}}
            """);

    assertThat(ensemble(spec).combine()).isEqualTo(Combine.LEARNED);
    assertThat(ensemble(spec).bootstrap()).isEqualTo(Bootstrap.CONTEXTS);
    assertThat(member(spec, "near").hypernetworks()).isEqualTo(spec.hypernetworks());
    Spec far = member(spec, "far");
    assertThat(far.objective()).isEqualTo(Objective.HUBER);
    assertThat(far.conditions()).isEqualTo(Map.of("place", ConditionSpec.of("long")));
    assertThat(far.hypernetworks().get("local"))
        .isEqualTo(
            new HypernetworkSpec(
                "place",
                HypernetworkSpec.DEFAULT_TRUNK,
                2,
                List.of(AdaptationSpec.lowRank("*", 2))));
    assertThat(far.fit().seed()).isEqualTo(4);
    assertThat(far.fit().epochs()).isEqualTo(5);
    assertThat(member(spec, "plain").hypernetworks()).isEmpty();
    assertThat(member(spec, "plain").shared()).isEqualTo(spec.shared());
    assertThat(member(spec, "plain").fit().seed()).isEqualTo(2003);
  }

  @Test
  void whatIsBuiltReadsBackFromItsJson() throws IOException {
    Spec built =
        Spec.builder("houses")
            .data(DataSpec.rows(Path.of("h.csv")).label("y").features("x").contexts("z"))
            .target(TargetSpec.mlp(8))
            .condition("place", "long", "lat")
            .hypernetwork("local", HypernetworkSpec.of("place", AdaptationSpec.shift("*")))
            .hypernetwork("more", HypernetworkSpec.of("place", AdaptationSpec.lowRank("*", 1)))
            .table("cells", TableSpec.of("cell", AdaptationSpec.shift("*")))
            .shared("lora", SharedSpec.of(AdaptationSpec.shift("*")))
            .member("near", member -> {})
            .member(
                "far",
                member ->
                    member
                        .condition("place", "long")
                        .objective(Objective.HUBER)
                        .without("more")
                        .fit(FitSpec.builder().seed(FitSpec.DEFAULT_SEED).epochs(2).build()))
            .combine(Combine.MEAN_DELTA)
            .bootstrap(Bootstrap.ROWS)
            .build();

    Spec read = SpecReader.read(Files.writeString(folder.resolve("s.json"), built.json()));

    assertThat(read.ensemble()).isEqualTo(built.ensemble());
    assertThat(member(built, "far").hypernetworks()).containsOnlyKeys("local");
    assertThat(member(built, "far").fit().seed()).isEqualTo(FitSpec.DEFAULT_SEED);
    assertThat(member(built, "near").fit().seed()).isEqualTo(FitSpec.DEFAULT_SEED);
    assertThat(built.json())
        .as("only what differs is written")
        .contains("\"near\":{\"fit\":{\"seed\":7}}");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          {members: 0}                           | ensemble.members has an unusable value. Expected a whole number or keys with values of at least 2 and of at most 100
          {members: 101}                         | ensemble.members has an unusable value. Expected
          {members: {one: {}}}                   | ensemble.members has an unusable value. Expected
          {members: 2, combine: median}          | ensemble.combine has an unusable value. Expected one of mean, learned, mean-delta, got "median".
          {members: 2, combine: meen}            | Maybe you meant "mean".
          {members: 2, bootstrap: houses}        | ensemble.bootstrap has an unusable value. Expected one of none, contexts, rows
          {combine: mean}                        | ensemble.members is missing.
          {members: {a: {}, b: {data: {}}}}      | ensemble.members.b.data is not a key of a spec. Expected one of objective, conditions, hypernetworks, tables, shared, fit
          {members: {a: {}, b: {fit: {seeds: 1}}}} | ensemble.members.b: fit.seeds is not a key of a spec.
          {members: {a: {}, b: {fit: {epochs: 0}}}} | ensemble.members.b: fit.epochs has an unusable value.
          {members: {a: {}, b: {hypernetworks: {lokal: {latent: 2}}}}} | ensemble.members.b: hypernetworks.lokal.condition is missing.
          {members: {a: {}, b: {conditions: {place: null}}}} | ensemble.members.b: hypernetworks.local.condition is unknown.
          {members: {a: {}, b: {hypernetworks: null, shared: null}}} | ensemble.members.b: Nothing adapts the target.
          {members: {a: {}, b: {objective: bce}}} | ensemble.members.b.objective predicts something else than the other members. Expected mse, got bce.
          {members: {a: {}, "b/c": {}}}          | b/c
          """)
  void mistakesAreSaid(String ensemble, String message) {
    assertThatThrownBy(() -> read(ensemble))
        .isInstanceOf(SpecException.class)
        .hasMessageContaining(message);
  }

  @Test
  void contextsAreDrawnOnlyWhereThereAreSome() {
    Spec.Builder builder =
        Spec.builder("houses")
            .data(DataSpec.rows(Path.of("h.csv")).label("y").features("x"))
            .target(TargetSpec.mlp(8))
            .shared("lora", SharedSpec.of(AdaptationSpec.shift("*")))
            .members(2)
            .bootstrap(Bootstrap.CONTEXTS);
    assertThatThrownBy(builder::build)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "ensemble.bootstrap draws contexts, and data.contexts names none. Expected contexts to draw from, got none. Name some, or use bootstrap: rows.");
    assertThatThrownBy(
            () ->
                Spec.builder("houses")
                    .data(DataSpec.rows(Path.of("h.csv")).label("y").features("x"))
                    .target(TargetSpec.mlp(8))
                    .shared("lora", SharedSpec.of(AdaptationSpec.shift("*")))
                    .combine(Combine.LEARNED)
                    .build())
        .hasMessage("ensemble.members is out of range. Expected 2 to 100, got 0.");
  }
}
