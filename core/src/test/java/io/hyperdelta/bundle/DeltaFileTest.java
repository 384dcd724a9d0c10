package io.hyperdelta.bundle;

import static io.hyperdelta.bundle.SampleAdapter.deltas;
import static io.hyperdelta.bundle.SampleAdapter.random;
import static io.hyperdelta.bundle.SampleAdapter.site;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hyperdelta.delta.DenseMatrix;
import io.hyperdelta.delta.FixedDelta;
import io.hyperdelta.graph.TensorValue;
import io.hyperdelta.target.Site;
import io.hyperdelta.target.Target;
import io.hyperdelta.target.Units;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Delta files, written and read, and files that are none. */
final class DeltaFileTest {
  private static final Target TARGET = SampleAdapter.target();
  private static final String QUERY = "bert.layer.0.query.weight";
  private static final Map<String, String> METADATA =
      Map.of("hyperdelta.delta", "1", "hyperdelta.target", TARGET.digest());

  private static final Site WEIGHT = site(TARGET, QUERY);

  private static DenseMatrix dense(Site site) {
    return new DenseMatrix(random(5, site.in(), site.width()));
  }

  @Test
  void whatIsWrittenIsReadBackBitForBit() {
    byte[] bytes = DeltaFile.bytes(TARGET, deltas());

    DeltaFile read = DeltaFile.read(bytes, "d.safetensors");
    assertThat(read.targetDigest()).isEqualTo(TARGET.digest());
    assertThat(read.on(TARGET)).containsExactlyInAnyOrderElementsOf(deltas());
    assertThat(read.on(TARGET))
        .extracting(FixedDelta::site)
        .isSortedAccordingTo((a, b) -> place(a) - place(b));
    assertThat(DeltaFile.bytes(TARGET, read.on(TARGET))).isEqualTo(bytes);
  }

  private static int place(Site site) {
    return TARGET.sites().indexOf(site.only(Units.ALL));
  }

  @Test
  void theFileIsPlainSafetensorsWithTheSitesNames() {
    Safetensors file = Safetensors.read(DeltaFile.bytes(TARGET, deltas()), "d.safetensors");

    assertThat(file.metadata()).isEqualTo(METADATA);
    assertThat(file.tensors())
        .containsOnlyKeys(
            QUERY + "/A",
            QUERY + "/B",
            "bert.conv.weight/W",
            "bert.words.weight/W",
            "bert.words.weight/units");
    assertThat(file.tensors()).containsEntry("bert.words.weight/units", TensorValue.longs(0, 2, 3));
    assertThat(file.tensors()).containsEntry(QUERY + "/A", random(1, 3, 2));
  }

  @Test
  void float64IsRounded() {
    double third = 1.0 / 3;
    double[] numbers = new double[12];
    numbers[7] = third;
    DenseMatrix matrix = new DenseMatrix(TensorValue.ofDoubles(numbers, 3, 4));

    byte[] bytes = DeltaFile.bytes(TARGET, List.of(new FixedDelta(WEIGHT, matrix)));
    assertThat(DeltaFile.read(bytes, "d").on(TARGET).get(0).matrix().dense().values().floats()[7])
        .isEqualTo((float) third);
  }

  @Test
  void aDeltaOfAnotherTargetIsRefused() {
    byte[] bytes =
        new Safetensors(
                Map.of(QUERY + "/W", random(1, 3, 4)),
                Map.of("hyperdelta.delta", "1", "hyperdelta.target", "0".repeat(64)))
            .bytes();

    assertThatThrownBy(() -> DeltaFile.read(bytes, "d.safetensors").on(TARGET))
        .isInstanceOf(BundleException.class)
        .hasMessage(
            "Delta file \"d.safetensors\" was made for another target. Expected one for the target with SHA-256 "
                + TARGET.digest()
                + ", got one for "
                + "0".repeat(64)
                + ". Deltas belong to the very weights that they were made for; give that target, or make them anew for this one.");
  }

  @Test
  void anotherFileIsRefused() {
    refused(
        Map.of(QUERY + "/W", random(1, 3, 4)),
        Map.of("format", "pt"),
        "File \"d.safetensors\" has no deltas of ours: its metadata lacks hyperdelta.delta. Expected a file that \"delta\" wrote. A PEFT adapter is given as its folder.");
    refused(
        Map.of(QUERY + "/W", random(1, 3, 4)),
        Map.of("hyperdelta.delta", "2"),
        "Delta file \"d.safetensors\" has format \"2\". Expected format 1. Maybe another version of HyperDelta wrote it.");
    refused(
        Map.of(QUERY + "/W", random(1, 3, 4)),
        Map.of("hyperdelta.delta", "1"),
        "Delta file \"d.safetensors\" cannot be used: its metadata lacks hyperdelta.target. Expected the SHA-256 of its target.");
    refused(
        Map.of(),
        METADATA,
        "Delta file \"d.safetensors\" cannot be used: it has no delta. Expected those of one site or more.");
    assertThatThrownBy(() -> DeltaFile.read(Path.of("none.safetensors")))
        .isInstanceOf(BundleException.class)
        .hasMessageContaining("there is no such file");
  }

  static List<Map<String, TensorValue>> unusable() {
    TensorValue a = random(1, 3, 2);
    TensorValue b = random(2, 2, 4);
    TensorValue w = random(3, 3, 4);
    return List.of(
        Map.of("qery/W", w),
        Map.of("W", w),
        Map.of("/W", w),
        Map.of(QUERY, w),
        Map.of(QUERY + "/C", w),
        Map.of(QUERY + "/W", TensorValue.longs(1)),
        Map.of(QUERY + "/A", a),
        Map.of(QUERY + "/B", b),
        Map.of(QUERY + "/W", w, QUERY + "/A", a, QUERY + "/B", b),
        Map.of(QUERY + "/W", random(3, 4, 3)),
        Map.of(QUERY + "/W", random(3, 12)),
        Map.of(QUERY + "/W", TensorValue.ofFloats(new float[] {Float.NaN}, 1, 1)),
        Map.of(QUERY + "/A", random(1, 3, 3), QUERY + "/B", b),
        Map.of(QUERY + "/A", random(1, 3, 0), QUERY + "/B", random(1, 0, 4)),
        Map.of(QUERY + "/A", b, QUERY + "/B", a),
        Map.of(QUERY + "/units", TensorValue.longs(1)),
        Map.of(QUERY + "/W", w, QUERY + "/units", TensorValue.longs(1)),
        Map.of(QUERY + "/W", w, QUERY + "/units", TensorValue.ofLongs(new long[0], 0)),
        Map.of(QUERY + "/W", w, QUERY + "/units", TensorValue.ofLongs(new long[4], 2, 2)),
        Map.of(QUERY + "/W", random(3, 3, 2), QUERY + "/units", TensorValue.longs(1, 4)),
        Map.of(QUERY + "/W", random(3, 3, 2), QUERY + "/units", TensorValue.longs(-1, 1)),
        Map.of(QUERY + "/W", random(3, 3, 2), QUERY + "/units", TensorValue.longs(2, 1)),
        Map.of(QUERY + "/W", random(3, 3, 2), QUERY + "/units", TensorValue.longs(1, 1)),
        Map.of(QUERY + "/W", random(3, 3, 1), QUERY + "/units", TensorValue.longs(1L << 32)));
  }

  @ParameterizedTest
  @MethodSource("unusable")
  void whatDoesNotFitIsRefusedInOneParagraph(Map<String, TensorValue> tensors) {
    byte[] bytes = new Safetensors(tensors, METADATA).bytes();

    assertThatThrownBy(() -> DeltaFile.read(bytes, "d.safetensors").on(TARGET))
        .isInstanceOf(BundleException.class)
        .hasMessageMatching("(?s)Delta file \"d\\.safetensors\" cannot be used: .*Expected .*\\.");
  }

  @Test
  void aMisspeltSiteIsToldItsLikeliestName() {
    byte[] bytes =
        new Safetensors(Map.of("bert.layer.0.qery.weight/W", random(3, 3, 4)), METADATA).bytes();

    assertThatThrownBy(() -> DeltaFile.read(bytes, "d.safetensors").on(TARGET))
        .hasMessage(
            "Delta file \"d.safetensors\" cannot be used: its target has no site \"bert.layer.0.qery.weight\". Expected sites of the target. Maybe you meant \"bert.layer.0.query.weight\".");
  }

  @ParameterizedTest
  @ValueSource(strings = {"{}", "no safetensors at all"})
  void damagedBytesAreRefused(String text) {
    assertThatThrownBy(
            () ->
                DeltaFile.read(
                    text.getBytes(java.nio.charset.StandardCharsets.UTF_8), "d.safetensors"))
        .isInstanceOf(BundleException.class);
  }

  @Test
  void whatCannotBeWrittenIsRefused() {
    FixedDelta delta = deltas().get(0);
    assertThatThrownBy(() -> DeltaFile.bytes(TARGET, List.of(delta, delta)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "The fixed delta on site \"bert.layer.0.query.weight\" cannot be written. Expected sites of the target, each once; add deltas on one site up first.");
    assertThatThrownBy(() -> DeltaFile.bytes(TARGET, List.of()))
        .hasMessage("No deltas are to be written. Expected those of one site or more.");
    FixedDelta huge = new FixedDelta(WEIGHT, dense(WEIGHT).times(1e39));
    assertThatThrownBy(() -> DeltaFile.bytes(TARGET, List.of(huge)))
        .hasMessageStartingWith(
            "The fixed delta on site \"bert.layer.0.query.weight\" has a number that leaves the range of float32. Expected at most 3.4028235E38 in size, got ");
  }

  private static void refused(
      Map<String, TensorValue> tensors, Map<String, String> metadata, String message) {
    byte[] bytes = new Safetensors(new HashMap<>(tensors), metadata).bytes();
    assertThatThrownBy(() -> DeltaFile.read(bytes, "d.safetensors"))
        .isInstanceOf(BundleException.class)
        .hasMessage(message);
  }
}
