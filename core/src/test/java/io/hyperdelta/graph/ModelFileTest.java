package io.hyperdelta.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What stands at a model's path is looked at before it is opened. */
final class ModelFileTest {
  private static final Duration SOON = Duration.ofSeconds(10);

  @TempDir private Path folder;

  private static void refused(Path file, String message) {
    // Preemptively, for a reader that waits at a pipe would wait for ever.
    assertTimeoutPreemptively(
        SOON,
        () ->
            assertThatThrownBy(() -> ModelReader.read(file))
                .isInstanceOf(ModelException.class)
                .hasMessage(message));
  }

  /** A file of that length with nothing in it, which takes no room on most file systems. */
  private Path sparse(long length) throws IOException {
    Path file = folder.resolve("large.onnx");
    try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw")) {
      sparse.setLength(length);
    }
    return file;
  }

  @Test
  void aModelIsRead() throws IOException {
    Path file = folder.resolve("m.onnx");
    Files.write(file, ModelWriter.write(SampleModels.full()));

    assertThat(ModelReader.read(file)).isEqualTo(SampleModels.full());
  }

  @Test
  void aMissingFileIsNamed() {
    Path file = folder.resolve("gone.onnx");
    refused(file, "Model file \"%s\" is not there. Expected an ONNX file.".formatted(file));
  }

  @Test
  void aFolderIsRefused() {
    for (Path path : new Path[] {folder, folder.getRoot()}) {
      refused(
          path,
          "Model file \"%s\" cannot be read: is a directory. Expected a readable ONNX file."
              .formatted(path));
    }
  }

  @Test
  void aPipeIsRefused() throws IOException, InterruptedException {
    Path pipe = folder.resolve("pipe.onnx");
    assumeTrue(Files.isExecutable(Path.of("/usr/bin/mkfifo")), "this platform has no mkfifo");
    assertThat(new ProcessBuilder("/usr/bin/mkfifo", pipe.toString()).start().waitFor()).isZero();

    refused(
        pipe,
        "Model file \"%s\" cannot be read: is a pipe or device. Expected a readable ONNX file."
            .formatted(pipe));
  }

  @Test
  void aDeviceIsRefused() {
    Path device = Path.of("/dev/zero");
    assumeTrue(Files.exists(device), "this platform has no device that never ends");

    refused(
        device,
        "Model file \"/dev/zero\" cannot be read: is a pipe or device. Expected a readable ONNX"
            + " file.");
  }

  @Test
  void moreThanTheFormatHoldsIsRefused() throws IOException {
    Path file = sparse(3L << 30);

    refused(
        file,
        "Model file \"%s\" is larger than ONNX files can be. Expected at most 2147483639 bytes, got 3221225472. Export it with its weights in other files, or cut it in two."
            .formatted(file));
  }

  @Test
  void moreThanMemoryHoldsIsRefused() throws IOException {
    long half = Runtime.getRuntime().maxMemory() / 2;
    assumeTrue(half < Integer.MAX_VALUE - 8, "memory holds any ONNX file");
    Path file = sparse(half + 1);

    refused(
        file,
        "Model file \"%s\" does not fit in memory. Expected at most %d bytes, half of what this process may use, got %d. Start Java with a larger -Xmx."
            .formatted(file, half, half + 1));
  }
}
