package io.hyperdelta.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Places that nothing can be written to, or that hold what must not be lost. */
class BadOutputTest {
  private static final String NO_PLACE =
      "cannot be written: there is no such file or folder. Expected a place in a folder that exists and can be written.";
  private static final String KEEP_OUT =
      "Expected a new folder, an empty one or an earlier bundle. Nothing was changed; choose another folder with --out.";

  @TempDir private static Path folder;

  private static Workplace work;

  @BeforeAll
  static void train() {
    work = new Workplace(folder);
    work.train("sales", "epochs: 8", "epochs: 1").succeeded();
  }

  private static void assertTrainRefused(String out, String error) {
    Refusal.assertRefused(
        work, () -> work.run("train", work.at("spec.yaml"), "--out", work.at(out)), error);
  }

  private static Workplace.Run merge(String out) {
    return work.run(
        "merge", work.at("sales"), "-c", "east=1", "-c", "north=2", "--out", work.at(out));
  }

  @Test
  void predictionsOverTheirOwnRows() {
    Refusal.assertRefused(
        work,
        () ->
            work.run(
                "predict",
                work.at("sales"),
                "--data",
                work.at("sales.csv"),
                "--out",
                work.at("sales.csv")),
        "File \"@/sales.csv\" is read and would be written over. Expected another file to write.");
  }

  @Test
  void mergedModelOverAFileOfABundle() {
    Refusal.assertRefused(
        work,
        () -> merge("sales/target.onnx"),
        "File \"@/sales/target.onnx\" belongs to a bundle, which would no longer be what was published. Expected a file elsewhere.");
  }

  @Test
  void bundleWhereFileIs() {
    work.write("file", "text");
    assertTrainRefused(
        "file",
        "A bundle cannot be written to \"@/file\": it is a file. Expected a new folder or an earlier bundle.");
  }

  @Test
  void bundleBelowFile() {
    work.write("file", "text");
    assertTrainRefused(
        "file/bundle",
        "A bundle cannot be written to \"@/file/bundle\": a file is in the way at @/file. Expected a folder that can be made or replaced.");
  }

  @Test
  void bundleInFolderOfSomethingElse() {
    work.write("other/notes.txt", "text");
    assertTrainRefused(
        "other",
        "A bundle cannot be written to \"@/other\": the folder holds something that is no bundle, such as \"notes.txt\". "
            + KEEP_OUT);
  }

  @Test
  void bundleInFolderWithAnotherKindOfManifest() {
    work.write(
        "extension/manifest.json", "{\"name\": \"a browser's extension\", \"version\": \"1\"}");
    assertTrainRefused(
        "extension",
        "A bundle cannot be written to \"@/extension\": the folder holds something that is no bundle, such as \"manifest.json\". "
            + KEEP_OUT);
  }

  @Test
  void earlierBundleWithNotesOfItsOwner() {
    work.train("noted", "epochs: 8", "epochs: 1").succeeded();
    work.write("noted/notes.txt", "text");
    assertTrainRefused(
        "noted",
        "A bundle cannot be written to \"@/noted\": the folder holds something that is no bundle, such as \"notes.txt\". "
            + KEEP_OUT);
  }

  @Test
  void emptyFolderIsTaken() throws Exception {
    Files.createDirectory(work.path("empty"));
    work.train("empty", "epochs: 8", "epochs: 1").succeeded();
    assertThat(work.snapshot("empty")).isEqualTo(work.snapshot("sales"));
  }

  @Test
  void predictionsInFolderThatIsMissing() {
    Refusal.assertRefused(
        work,
        () ->
            work.run(
                "predict",
                work.at("sales"),
                "--data",
                work.at("sales.csv"),
                "--out",
                work.at("nowhere/p.csv")),
        "File \"@/nowhere/p.csv\" " + NO_PLACE);
  }

  @Test
  void predictionsWhereFolderIs() {
    Refusal.assertRefused(
        work,
        () ->
            work.run(
                "predict",
                work.at("sales"),
                "--data",
                work.at("sales.csv"),
                "--out",
                work.at("sales")),
        "\"@/sales\" is a folder. Expected a file to write.");
  }

  @Test
  void mergedModelInFolderThatIsMissing() {
    Refusal.assertRefused(
        work, () -> merge("nowhere/m.onnx"), "File \"@/nowhere/m.onnx\" " + NO_PLACE);
  }
}
