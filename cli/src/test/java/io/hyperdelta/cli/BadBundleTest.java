package io.hyperdelta.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.hyperdelta.target.Target;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Bundles that are none, or not as they were published. */
class BadBundleTest {
  @TempDir private static Path folder;

  private static Workplace work;
  private static byte[] manifest;
  private static byte[] target;
  private static byte[] fused;

  @BeforeAll
  static void train() {
    work = new Workplace(folder);
    work.train("sales", "epochs: 8", "epochs: 1").succeeded();
    manifest = work.read("sales/manifest.json");
    target = work.read("sales/target.onnx");
    fused = work.read("sales/fused.onnx");
  }

  @AfterEach
  void repair() {
    work.write("sales/manifest.json", manifest);
    work.write("sales/target.onnx", target);
    work.write("sales/fused.onnx", fused);
  }

  private static void assertRefused(String error) {
    Refusal.assertRefused(work, () -> predict("sales"), error);
  }

  private static Workplace.Run predict(String bundle) {
    return work.run(
        "predict", work.at(bundle), "--data", work.at("sales.csv"), "--out", work.at("p.csv"));
  }

  private static String otherDigest(String file, byte[] published, byte[] found) {
    return "File \"%s\" of bundle \"@/sales\" is not the one that was published. Expected SHA-256 %s, got %s. "
        .formatted(file, Target.sha256(published), Target.sha256(found));
  }

  @Test
  void folderWithoutManifest() {
    work.write("other/notes.txt", "text");
    Refusal.assertRefused(
        work,
        () -> predict("other"),
        "Folder \"@/other\" is no bundle: it has no manifest.json. Expected a folder that \"train\" wrote.");
  }

  @Test
  void folderThatIsMissing() {
    Refusal.assertRefused(
        work,
        () -> predict("nothing"),
        "Folder \"@/nothing\" is no bundle: it has no manifest.json. Expected a folder that \"train\" wrote.");
  }

  @Test
  void foreignTarget() {
    byte[] foreign = Networks.linear();
    work.write("sales/target.onnx", foreign);
    assertRefused(
        otherDigest("target.onnx", target, foreign)
            + "An adaptation works on the very target it was trained around; put that one back, or train for the new one.");
  }

  @Test
  void changedGraph() {
    byte[] changed = fused.clone();
    changed[changed.length / 2] ^= 1;
    work.write("sales/fused.onnx", changed);
    assertRefused(
        otherDigest("fused.onnx", fused, changed)
            + "Maybe it was edited or cut off; train again, or copy the bundle again.");
  }

  @Test
  void graphThatIsCutOff() {
    byte[] cut = Arrays.copyOf(fused, fused.length / 2);
    work.write("sales/fused.onnx", cut);
    assertRefused(
        otherDigest("fused.onnx", fused, cut)
            + "Maybe it was edited or cut off; train again, or copy the bundle again.");
  }

  @Test
  void graphThatIsMissing() throws Exception {
    Files.delete(work.path("sales/fused.onnx"));
    assertRefused(
        "File \"fused.onnx\" of bundle \"@/sales\" cannot be read: there is no such file or folder. Expected the file that \"train\" wrote.");
  }

  @Test
  void damagedGraphHurtsOnlyWhatUsesIt() {
    work.write("sales/fused.onnx", Arrays.copyOf(fused, 10));
    Workplace.Run frozen =
        work.run("predict", work.at("sales"), "--data", work.at("sales.csv"), "--strength", "0");
    assertThat(frozen.succeeded().out().lines()).hasSize(Workplace.ROWS + 1);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "null | it states no format",
        "{\"format\": 1} | a key is missing in it",
        "{\"format\": 1, \"name\" | Unexpected end-of-input within/between Object entries"
      })
  void damagedManifest(String text, String reason) {
    work.write("sales/manifest.json", text);
    assertRefused(
        "Bundle \"@/sales\" has a damaged manifest: %s. Expected the file that \"train\" wrote."
            .formatted(reason));
  }

  @Test
  void bundleOfAnotherFormat() {
    work.write(
        "sales/manifest.json",
        work.text("sales/manifest.json").replace("\"format\" : 1,", "\"format\" : 9,"));
    assertRefused(
        "Bundle \"@/sales\" has format 9. Expected format 1. Maybe another version of HyperDelta wrote it.");
  }
}
