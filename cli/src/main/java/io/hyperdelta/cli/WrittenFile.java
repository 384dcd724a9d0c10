package io.hyperdelta.cli;

import io.hyperdelta.bundle.Bundle;
import io.hyperdelta.problem.FileReason;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Objects;

/** Writes files whole: a failure leaves what was there before. Stateless. */
final class WrittenFile {
  private WrittenFile() {}

  /** What fills the file. */
  interface Content {
    void writeTo(Path draft) throws IOException;
  }

  /**
   * Refuses to write over what is read, or over a file of a bundle, which would then be broken.
   *
   * @throws OutputException if the file is one of the inputs, or is in a bundle
   */
  static void checkIsNoInput(Path file, List<Path> inputs) {
    for (Path input : inputs) {
      if (isSame(file, input)) {
        throw new OutputException(
            "File \"%s\" is read and would be written over. Expected another file to write."
                .formatted(file),
            null);
      }
    }
    Path folder = file.toAbsolutePath().getParent();
    if (folder != null && Bundle.isBundle(folder) && Files.exists(file)) {
      throw new OutputException(
          "File \"%s\" belongs to a bundle, which would no longer be what was published. Expected a file elsewhere."
              .formatted(file),
          null);
    }
  }

  private static boolean isSame(Path one, Path other) {
    try {
      return Files.exists(one) && Files.exists(other) && Files.isSameFile(one, other);
    } catch (IOException e) {
      return false;
    }
  }

  /**
   * Writes beside the file and renames.
   *
   * @throws OutputException if the place cannot be written
   */
  static void write(Path file, Content content) {
    Path absolute = file.toAbsolutePath();
    if (Files.isDirectory(absolute)) {
      throw new OutputException(
          "\"%s\" is a folder. Expected a file to write.".formatted(file), null);
    }
    Path draft =
        absolute.resolveSibling(
            "." + absolute.getFileName() + ".draft-" + ProcessHandle.current().pid());
    try {
      content.writeTo(draft);
      Files.move(
          draft, absolute, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw refused(file, e);
    } catch (UncheckedIOException e) {
      throw refused(file, Objects.requireNonNull(e.getCause()));
    } finally {
      deleteQuietly(draft);
    }
  }

  private static OutputException refused(Path file, IOException problem) {
    return new OutputException(
        "File \"%s\" cannot be written: %s. Expected a place in a folder that exists and can be written."
            .formatted(file, FileReason.of(problem)),
        problem);
  }

  private static void deleteQuietly(Path draft) {
    try {
      Files.deleteIfExists(draft);
    } catch (IOException e) {
      // The error that led here is the one to report.
      return;
    }
  }
}
