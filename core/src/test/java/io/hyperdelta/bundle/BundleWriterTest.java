package io.hyperdelta.bundle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hyperdelta.target.Target;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class BundleWriterTest {
  private static final Target EARLIER = SampleBundle.target(0);
  private static final Target LATER = SampleBundle.target(9);

  /** Above what Linux (2^22), macOS and Windows in practice give to a process. */
  private static final long DEAD = 999_999_999_999L;

  @TempDir private Path parent;
  private Path destination = Path.of("");

  @BeforeEach
  void choose() {
    destination = parent.resolve("model");
  }

  private List<String> names() throws IOException {
    try (Stream<Path> entries = Files.list(parent)) {
      return entries.map(path -> path.getFileName().toString()).sorted().toList();
    }
  }

  private Path leftOver(String role, long pid) throws IOException {
    return Files.createDirectory(parent.resolve(".model." + role + "-" + pid));
  }

  @Test
  void aBundleIsPublishedWhole() throws IOException {
    try (BundleWriter writer = BundleWriter.to(destination)) {
      writer.put(Bundle.TARGET, EARLIER.bytes());
      Bundle draft = writer.seal(SampleBundle.manifest(EARLIER));
      assertThat(draft.target().digest()).isEqualTo(EARLIER.digest());
      assertThat(names()).containsExactly(".model.draft-" + ProcessHandle.current().pid());

      assertThat(writer.publish().target().digest()).isEqualTo(EARLIER.digest());
    }
    assertThat(names()).containsExactly("model");
    try (Stream<Path> files = Files.list(destination)) {
      assertThat(files.map(path -> path.getFileName().toString()))
          .containsExactlyInAnyOrder("target.onnx", "manifest.json");
    }
  }

  @Test
  void aLaterBundleReplacesAnEarlierOneWhole() throws IOException {
    SampleBundle.publish(destination, EARLIER);
    try (BundleWriter writer = BundleWriter.to(destination)) {
      writer.put(Bundle.TARGET, LATER.bytes());
      writer.seal(SampleBundle.manifest(LATER));
      assertThat(Bundle.open(destination).target().digest())
          .as("until it is published, the earlier one stays")
          .isEqualTo(EARLIER.digest());
      writer.publish();
    }

    assertThat(Bundle.open(destination).target().digest()).isEqualTo(LATER.digest());
    assertThat(destination.resolve(Bundle.METRICS)).doesNotExist();
    assertThat(names()).containsExactly("model");
  }

  @Test
  void anEmptyFolderIsReplacedAndFoldersAboveAreMade() throws IOException {
    Files.createDirectory(destination);
    SampleBundle.publish(destination, EARLIER);
    assertThat(Bundle.isBundle(destination)).isTrue();

    Path deep = parent.resolve("a/b/model");
    SampleBundle.publish(deep, EARLIER);
    assertThat(Bundle.isBundle(deep)).isTrue();
  }

  @Test
  void closingClearsWhatWasNotPublished() throws IOException {
    SampleBundle.publish(destination, EARLIER);
    try (BundleWriter writer = BundleWriter.to(destination)) {
      writer.put(Bundle.TARGET, LATER.bytes());
    }

    assertThat(names()).containsExactly("model");
    assertThat(Bundle.open(destination).target().digest()).isEqualTo(EARLIER.digest());
  }

  @Test
  void closingTwiceIsClosingOnce() throws IOException {
    BundleWriter writer = BundleWriter.to(destination);
    writer.close();
    writer.close();

    assertThat(names()).isEmpty();
  }

  @Test
  void theDraftOfAKilledRunIsCleared() throws IOException {
    Path draft = leftOver("draft", DEAD);
    Files.writeString(draft.resolve("target.onnx"), "half");

    BundleWriter.to(destination).close();

    assertThat(names()).isEmpty();
  }

  @Test
  void aRunKilledBetweenItsRenamesIsUndone() throws IOException {
    SampleBundle.publish(destination, EARLIER);
    Files.move(destination, parent.resolve(".model.previous-" + DEAD));

    BundleWriter.to(destination).close();

    assertThat(names()).containsExactly("model");
    assertThat(Bundle.open(destination).target().digest()).isEqualTo(EARLIER.digest());
  }

  @Test
  void whatARunKilledAfterItsRenamesLeftIsCleared() throws IOException {
    Path previous = parent.resolve(".model.previous-" + DEAD);
    SampleBundle.publish(previous, EARLIER);
    SampleBundle.publish(destination, LATER);

    assertThat(names()).containsExactly("model");
    assertThat(Bundle.open(destination).target().digest()).isEqualTo(LATER.digest());
  }

  /** In containers every run has the same process id. */
  @Test
  void aKilledRunWithOurOwnProcessIdIsRecoveredFromAsWell() throws IOException {
    long own = ProcessHandle.current().pid();
    SampleBundle.publish(destination, EARLIER);
    Files.move(destination, parent.resolve(".model.previous-" + own));
    BundleWriter.to(destination).close();
    assertThat(Bundle.open(destination).target().digest()).isEqualTo(EARLIER.digest());

    Files.writeString(leftOver("previous", own).resolve("x"), "left by a killed run");
    Files.writeString(leftOver("draft", own).resolve("x"), "left by a killed run");
    SampleBundle.publish(destination, LATER);
    assertThat(Bundle.open(destination).target().digest()).isEqualTo(LATER.digest());
    assertThat(names()).containsExactly("model");
    assertThat(destination.resolve("x")).doesNotExist();
  }

  @Test
  void foldersOfLivingRunsAndOtherDestinationsStay() throws IOException {
    long living = ProcessHandle.current().parent().orElseThrow().pid();
    leftOver("draft", living);
    Files.createDirectory(parent.resolve(".model.draft-notes"));
    Files.createDirectory(parent.resolve(".model2.draft-" + DEAD));
    List<String> before = names();

    BundleWriter.to(destination).close();

    assertThat(names()).isEqualTo(before).hasSize(3);
  }

  @Test
  void aFolderThatHoldsSomethingElseIsRefusedAndUntouched() throws IOException {
    Files.createDirectory(destination);
    Path thesis = destination.resolve("thesis.txt");
    Files.writeString(thesis, "years of work");

    assertThatThrownBy(() -> BundleWriter.to(destination))
        .isInstanceOf(BundleException.class)
        .hasMessage(
            "A bundle cannot be written to \"%s\": the folder holds something that is no bundle, such as \"thesis.txt\". Expected a new folder, an empty one or an earlier bundle. Nothing was changed; choose another folder with --out."
                .formatted(destination));
    assertThat(thesis).hasContent("years of work");
    assertThat(names()).containsExactly("model");
  }

  @Test
  void aFileIsRefusedAndUntouched() throws IOException {
    Files.writeString(destination, "years of work");

    assertThatThrownBy(() -> BundleWriter.to(destination))
        .isInstanceOf(BundleException.class)
        .hasMessage(
            "A bundle cannot be written to \"%s\": it is a file. Expected a new folder or an earlier bundle."
                .formatted(destination));
    assertThat(destination).hasContent("years of work");
    assertThat(names()).containsExactly("model");
  }

  @Test
  void aFolderBelowAFileIsRefused() throws IOException {
    Files.writeString(destination, "a file");

    assertThatThrownBy(() -> BundleWriter.to(destination.resolve("inner")))
        .isInstanceOf(BundleException.class)
        .hasMessageStartingWith(
            "A bundle cannot be written to \"%s\": ".formatted(destination.resolve("inner")))
        .hasMessageEndingWith(" Expected a folder that can be made or replaced.");
    assertThat(destination).hasContent("a file");
  }

  @Test
  void theRootOfAFileSystemIsRefused() {
    Path root = parent.toAbsolutePath().getRoot();
    assertThatThrownBy(() -> BundleWriter.to(root))
        .isInstanceOf(BundleException.class)
        .hasMessage(
            "A bundle cannot be written to \"%s\". Expected a folder below another."
                .formatted(root));
  }
}
