package io.hyperdelta.bundle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hyperdelta.graph.Dtype;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PreparationsTest {
  @TempDir private Path folder;

  private static final JoinedColumns JOIN =
      new JoinedColumns("place", "cell", "id", columns(), false);
  private static final EncodedTexts TEXTS =
      new EncodedTexts("words.minilm", "words", "minilm", 128, true);
  private static final EncodedNumbers NUMBERS =
      new EncodedNumbers("a+b.net", List.of("a", "b"), false, "net", "x", "z");
  private static final Preparations ALL = new Preparations(List.of(JOIN, TEXTS, NUMBERS));

  private static Map<String, RawKind> columns() {
    Map<String, RawKind> columns = new LinkedHashMap<>();
    columns.put("population", RawKind.NUMBER);
    columns.put("words", RawKind.TEXT);
    return columns;
  }

  private static InputBinding input(String column, int vector) {
    InputBinding single = new InputBinding(column, List.of(column), false, false, false, true);
    return vector == 0 ? single : single.shaped(vector, Dtype.FLOAT, List.of((long) vector));
  }

  private static final List<InputBinding> INPUTS =
      List.of(input("words.minilm", 384), input("population", 0), input("a+b.net", 3));

  @Test
  void whatALaterStepReadsAnEarlierOneMakes() {
    Preparations.Plan plan = ALL.plan(INPUTS, name -> false);

    assertThat(plan.steps().keySet()).containsExactly(JOIN, TEXTS, NUMBERS);
    assertThat(plan.steps().get(JOIN)).containsExactly("population", "words");
    assertThat(plan.raw())
        .isEqualTo(Map.of("cell", RawKind.KEY, "a", RawKind.NUMBER, "b", RawKind.NUMBER));
  }

  @Test
  void whatTheRowsHaveIsNotMade() {
    assertThat(ALL.plan(INPUTS, Set.of("population", "a+b.net")::contains).steps())
        .isEqualTo(Map.of(JOIN, List.of("words"), TEXTS, List.of("words.minilm")));
    Preparations.Plan plan = ALL.plan(INPUTS, Set.of("population", "words", "a+b.net")::contains);
    assertThat(plan.raw().keySet()).containsExactlyInAnyOrder("population", "words", "a+b.net");
    assertThat(ALL.plan(List.of(INPUTS.get(2)), name -> false).steps().keySet())
        .containsExactly(NUMBERS);
  }

  @Test
  void aKeyThatIsAlsoANumberIsReadAsOne() {
    Preparations.Plan plan =
        ALL.plan(List.of(input("cell", 0), input("population", 0)), name -> false);
    assertThat(plan.raw()).isEqualTo(Map.of("cell", RawKind.NUMBER));
  }

  @Test
  void manifestsKeepAllKinds() {
    Manifest plain = SampleBundle.manifest(SampleBundle.target(1));
    Manifest manifest =
        new Manifest(
            plain.format(),
            plain.name(),
            plain.targetDigest(),
            plain.inputs(),
            plain.output(),
            plain.classes(),
            plain.deltas(),
            plain.parameters(),
            plain.seeds(),
            plain.versions(),
            ALL.steps(),
            plain.spec(),
            Map.of());
    try (BundleWriter writer = BundleWriter.to(folder.resolve("bundle"))) {
      assertThat(writer.seal(manifest).manifest().prepared()).isEqualTo(ALL.steps());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"../minilm", "a/b", "a\\\\b", "", ".", "..", "C:x", "a\\u0000b"})
  void namesThatLeadOutOfTheFolderAreRefused(String name) throws Exception {
    Path bundle = folder.resolve("hostile");
    SampleBundle.publish(bundle, SampleBundle.target(1));
    Path manifest = bundle.resolve("manifest.json");
    String step =
        "{\"kind\":\"texts\",\"column\":\"v\",\"from\":\"t\",\"encoder\":\"%s\",\"maxTokens\":9,\"unitNorm\":true}"
            .formatted(name);
    String text = Files.readString(manifest).replaceFirst("\"prepared\" : \\[ *\\]", "@");
    assertThat(text).contains("@");
    Files.writeString(manifest, text.replace("@", "\"prepared\" : [" + step + "]"));

    assertThatThrownBy(() -> Bundle.open(bundle))
        .isInstanceOf(BundleException.class)
        .hasMessageContaining("has a damaged manifest: A text encoder has an unusable name.");
  }

  @Test
  void manifestsOfEarlierVersionsPrepareNothing() throws Exception {
    Path bundle = folder.resolve("early");
    SampleBundle.publish(bundle, SampleBundle.target(1));
    Path manifest = bundle.resolve("manifest.json");
    String text = Files.readString(manifest, StandardCharsets.UTF_8);
    Files.writeString(manifest, text.replaceFirst("\"prepared\" : \\[ *\\],", ""));

    assertThat(Bundle.open(bundle).manifest().prepared()).isEmpty();
  }

  @Test
  void aTableThatIsNotJoinedIsNotFound() {
    assertThat(ALL.join("place")).isEqualTo(JOIN);
    assertThatThrownBy(() -> ALL.join("plate"))
        .hasMessage(
            "The bundle joins no context table \"plate\". Expected place. Maybe you meant \"place\".");
  }
}
