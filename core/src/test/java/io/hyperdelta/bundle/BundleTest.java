package io.hyperdelta.bundle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hyperdelta.delta.Chunked;
import io.hyperdelta.delta.LowRank;
import io.hyperdelta.delta.Shift;
import io.hyperdelta.delta.SiteDelta;
import io.hyperdelta.target.Site;
import io.hyperdelta.target.Target;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class BundleTest {
  private static final Target TARGET = SampleBundle.target(0);

  @TempDir private Path parent;

  private Path published() {
    Path folder = parent.resolve("model");
    SampleBundle.publish(folder, TARGET);
    return folder;
  }

  private static void rewrite(Path folder, String from, String to) throws IOException {
    Path file = folder.resolve(Bundle.MANIFEST);
    String text = Files.readString(file);
    assertThat(text).contains(from);
    Files.writeString(file, text.replace(from, to));
  }

  private static void refused(Path folder, String message) {
    assertThatThrownBy(() -> Bundle.open(folder))
        .isInstanceOf(BundleException.class)
        .hasMessage(message);
  }

  @Test
  void whatWasPublishedIsOpened() {
    Bundle bundle = Bundle.open(published());

    assertThat(bundle.manifest())
        .isEqualTo(
            SampleBundle.manifest(TARGET)
                .withFiles(
                    Map.of(
                        Bundle.TARGET,
                        TARGET.digest(),
                        Bundle.METRICS,
                        Target.sha256(new byte[] {'{', '}'}))));
    assertThat(bundle.target().bytes()).isEqualTo(TARGET.bytes());
    assertThat(bundle.deltas(bundle.target()))
        .containsExactly(
            new SiteDelta("h", TARGET.sites().get(0), new LowRank(1), 0.5),
            new SiteDelta("h", TARGET.sites().get(0), new Shift(), 1));
  }

  @Test
  void theManifestHasItsKeysInOrderAndStableBytes() throws IOException {
    Path folder = published();

    String expected =
        """
        {
          "format" : 1,
          "name" : "sample",
          "targetDigest" : "TARGET",
          "inputs" : [ {
            "input" : "x",
            "columns" : [ "c", "a", "b" ],
            "text" : false,
            "missing" : true,
            "target" : true,
            "condition" : false,
            "categories" : [ ],
            "closed" : false,
            "vector" : 0,
            "type" : "FLOAT",
            "rowShape" : [ 3 ]
          } ],
          "output" : "MatMul",
          "classes" : [ ],
          "deltas" : [ {
            "source" : "h",
            "site" : "w",
            "units" : "",
            "form" : "low-rank",
            "options" : {
              "rank" : 1
            },
            "replace" : false,
            "scale" : 0.5,
            "generated" : 5
          }, {
            "source" : "h",
            "site" : "w",
            "units" : "",
            "form" : "shift",
            "options" : { },
            "replace" : false,
            "scale" : 1.0,
            "generated" : 2
          } ],
          "parameters" : {
            "target" : 6
          },
          "seeds" : {
            "weights" : 2,
            "batches" : 1
          },
          "versions" : {
            "hyperdelta" : "1"
          },
          "prepared" : [ ],
          "spec" : {
            "z" : 1,
            "a" : "ü"
          },
          "files" : {
            "target.onnx" : "TARGET",
            "metrics.json" : "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"
          }
        }
        """;
    assertThat(Files.readString(folder.resolve(Bundle.MANIFEST)))
        .isEqualTo(expected.replace("TARGET", TARGET.digest()));
    assertThat(Bundle.json(Bundle.open(folder).manifest()))
        .isEqualTo(Files.readAllBytes(folder.resolve(Bundle.MANIFEST)));
  }

  @Test
  void aFolderWithoutAManifestIsNoBundle() {
    assertThat(Bundle.isBundle(parent)).isFalse();
    refused(
        parent,
        "Folder \"%s\" is no bundle: it has no manifest.json. Expected a folder that \"train\" wrote."
            .formatted(parent));
    Path gone = parent.resolve("gone");
    refused(
        gone,
        "Folder \"%s\" is no bundle: it has no manifest.json. Expected a folder that \"train\" wrote."
            .formatted(gone));
  }

  @Test
  void everyCutManifestIsRefused() throws IOException {
    Path folder = published();
    Path file = folder.resolve(Bundle.MANIFEST);
    byte[] bytes = Files.readAllBytes(file);
    // Without the line end at its end the manifest is whole.
    for (int length = 0; length < bytes.length - 1; length++) {
      Files.write(file, Arrays.copyOf(bytes, length));
      assertThatThrownBy(() -> Bundle.open(folder))
          .isInstanceOf(BundleException.class)
          .hasMessageStartingWith("Bundle \"%s\" has a damaged manifest: ".formatted(folder))
          .hasMessageEndingWith(". Expected the file that \"train\" wrote.");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"null", "[]", "7", "{}", "{\"format\": null}", "{\"format\": \"1\"}"})
  void aManifestWithoutAFormatIsDamaged(String text) throws IOException {
    Path folder = published();
    Files.writeString(folder.resolve(Bundle.MANIFEST), text);

    refused(
        folder,
        "Bundle \"%s\" has a damaged manifest: it states no format. Expected the file that \"train\" wrote."
            .formatted(folder));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"{\"format\": 1}", "{\"format\": 1, \"inputs\": 3}", "{\"format\": 1} trailing"})
  void aManifestOfThisFormatWithoutItsPropertiesIsDamaged(String text) throws IOException {
    Path folder = published();
    Files.writeString(folder.resolve(Bundle.MANIFEST), text);

    assertThatThrownBy(() -> Bundle.open(folder))
        .isInstanceOf(BundleException.class)
        .hasMessageStartingWith("Bundle \"%s\" has a damaged manifest: ".formatted(folder));
  }

  @Test
  void anotherFormatIsRefusedWhateverElseItHolds() throws IOException {
    Path folder = published();
    String message =
        "Bundle \"%s\" has format 2. Expected format 1. Maybe another version of HyperDelta wrote it."
            .formatted(folder);

    rewrite(folder, "\"format\" : 1", "\"format\" : 2");
    refused(folder, message);
    Files.writeString(folder.resolve(Bundle.MANIFEST), "{\"format\": 2, \"inputs\": 3}");
    refused(folder, message);
  }

  @Test
  void aChangedFileIsRefused() throws IOException {
    Path folder = published();
    Files.writeString(folder.resolve(Bundle.METRICS), "{ }");

    assertThatThrownBy(() -> Bundle.open(folder).read(Bundle.METRICS))
        .isInstanceOf(BundleException.class)
        .hasMessage(
            "File \"metrics.json\" of bundle \"%s\" is not the one that was published. Expected SHA-256 %s, got %s. Maybe it was edited or cut off; train again, or copy the bundle again."
                .formatted(
                    folder,
                    Target.sha256(new byte[] {'{', '}'}),
                    Target.sha256(new byte[] {'{', ' ', '}'})));
  }

  @Test
  void aForeignTargetIsRefused() throws IOException {
    Path folder = published();
    Target other = SampleBundle.target(9);
    Files.write(folder.resolve(Bundle.TARGET), other.bytes());

    assertThatThrownBy(() -> Bundle.open(folder).target())
        .isInstanceOf(BundleException.class)
        .hasMessage(
            "File \"target.onnx\" of bundle \"%s\" is not the one that was published. Expected SHA-256 %s, got %s. An adaptation works on the very target it was trained around; put that one back, or train for the new one."
                .formatted(folder, TARGET.digest(), other.digest()));

    rewrite(
        folder,
        "\"target.onnx\" : \"%s\"".formatted(TARGET.digest()),
        "\"target.onnx\" : \"%s\"".formatted(other.digest()));
    assertThatThrownBy(() -> Bundle.open(folder).target())
        .isInstanceOf(BundleException.class)
        .hasMessage(
            "Bundle \"%s\" was made for another target. Expected SHA-256 %s, got %s."
                .formatted(folder, TARGET.digest(), other.digest()));
  }

  @Test
  void aFileThatIsNotListedOrMissingIsNamed() throws IOException {
    Path folder = published();
    Bundle bundle = Bundle.open(folder);

    assertThatThrownBy(() -> bundle.read("../secret"))
        .isInstanceOf(BundleException.class)
        .hasMessage(
            "Bundle \"%s\" has no file \"../secret\". Expected one of [target.onnx, metrics.json]."
                .formatted(folder));
    Files.delete(folder.resolve(Bundle.METRICS));
    assertThatThrownBy(() -> bundle.read(Bundle.METRICS))
        .isInstanceOf(BundleException.class)
        .hasMessageStartingWith(
            "File \"metrics.json\" of bundle \"%s\" cannot be read: ".formatted(folder));
  }

  @Test
  void aDeltaOnASiteThatTheTargetLacksIsRefused() {
    DeltaEntry entry = new DeltaEntry("h", "v", "", "shift", Map.of(), false, 1, 2);

    assertThatThrownBy(() -> entry.resolve(TARGET))
        .isInstanceOf(BundleException.class)
        .hasMessage(
            "The manifest has a delta for site \"v\", which the target does not have. Expected the manifest and the target of one training run.");
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, -1})
  void aDeltaWithAnImpossibleCapIsRefused(double cap) {
    DeltaEntry entry =
        new DeltaEntry("h", "w", "", "low-rank", Map.of("rank", 1), false, 1, 2, cap);

    assertThatThrownBy(() -> entry.resolve(TARGET))
        .isInstanceOf(BundleException.class)
        .hasMessage(
            "The manifest has a delta for site \"w\" that cannot be: The delta of site \"w\" has no usable cap. Expected a number above 0, got %s."
                .formatted(cap));
  }

  @Test
  void aCapIsInTheManifestOnlyWhereThereIsOne() {
    SiteDelta capped = new SiteDelta("h", TARGET.sites().get(0), new LowRank(1), 0.5, 0.25);
    SiteDelta free = new SiteDelta("h", TARGET.sites().get(0), new LowRank(1), 0.5);

    assertThat(DeltaEntry.of(capped).resolve(TARGET)).isEqualTo(capped);
    assertThat(DeltaEntry.of(free).resolve(TARGET)).isEqualTo(free);
    assertThat(new String(Bundle.json(DeltaEntry.of(capped)), StandardCharsets.UTF_8))
        .contains("\"cap\" : 0.25");
    assertThat(new String(Bundle.json(DeltaEntry.of(free)), StandardCharsets.UTF_8))
        .doesNotContain("cap");
  }

  @ParameterizedTest
  @CsvSource({
    "twist,, 'form is unknown. Expected one of full, low-rank, core, diagonal-core, basis, chunked, gain, shift, got twist.'",
    "low-rank,, 'rank is missing. Expected a rank with form low-rank, got none.'",
    "low-rank, 0, 'A low-rank delta has no such rank. Expected 1 or more, got 0.'",
    "shift, 2, 'rank is given with form shift. Expected no rank with this form, got 2. Maybe you meant form low-rank or core or diagonal-core.'"
  })
  void aDeltaOfAnUnknownFormIsRefused(String form, @Nullable Integer rank, String reason) {
    Map<String, Integer> options = rank == null ? Map.of() : Map.of("rank", rank);
    DeltaEntry entry = new DeltaEntry("h", "w", "", form, options, false, 1, 2);

    assertThatThrownBy(() -> entry.resolve(TARGET))
        .isInstanceOf(BundleException.class)
        .hasMessage(
            "The manifest has a delta of form \"%s\" that cannot be read: %s Maybe a later version of HyperDelta wrote it."
                .formatted(form, reason));
  }

  @Test
  void aFormThatReplacesIsReadAsItWasWritten() {
    Site site = TARGET.sites().get(0);
    SiteDelta delta = new SiteDelta("h", site, new Chunked(2, 1, true), 0.5);

    DeltaEntry entry = DeltaEntry.of(delta);

    assertThat(List.copyOf(entry.options().keySet())).isEqualTo(List.of("chunk", "embedding"));
    assertThat(entry.resolve(TARGET)).isEqualTo(delta);
  }

  @Test
  void aManifestThatDoesNotSayWhetherAFormReplacesMeansThatItAdds() throws IOException {
    Path folder = published();
    List<SiteDelta> deltas = Bundle.open(folder).deltas(TARGET);
    rewrite(folder, "\"replace\" : false,", "");

    assertThat(Bundle.open(folder).deltas(TARGET)).isEqualTo(deltas).isNotEmpty();
  }

  @Test
  void aDeltaWithoutAFormIsRefused() throws IOException {
    Path folder = published();
    rewrite(folder, "\"shift\"", "null");
    Bundle bundle = Bundle.open(folder);

    assertThatThrownBy(() -> bundle.deltas(TARGET))
        .isInstanceOf(BundleException.class)
        .hasMessageStartingWith(
            "The manifest has a delta of form \"\" that cannot be read: form is unknown.");
  }

  @Test
  void theVersionsAreThoseOfTheBuild() {
    assertThat(Versions.all().keySet())
        .isEqualTo(java.util.Set.of("hyperdelta", "libtorch", "onnxruntime", "duckdb"));
    assertThat(List.copyOf(Versions.all().values()))
        .allSatisfy(version -> assertThat(version).matches("[0-9]+\\..*"));
  }
}
