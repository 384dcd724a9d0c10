package io.hyperdelta.problem;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.Locale;

/**
 * Why a file could not be read or written, in words: of most such exceptions the JDK's message is
 * only a path, with the reason in the class name. Stateless.
 */
public final class FileReason {
  private FileReason() {}

  /** The reason, to be put after a colon; it starts in lower case and has no full stop. */
  public static String of(IOException problem) {
    if (problem instanceof NoSuchFileException) {
      return "there is no such file or folder";
    }
    if (problem instanceof AccessDeniedException) {
      return "access is denied";
    }
    if (problem instanceof FileAlreadyExistsException || problem instanceof NotDirectoryException) {
      return "a file is in the way at " + ((FileSystemException) problem).getFile();
    }
    String reason =
        problem instanceof FileSystemException failure ? failure.getReason() : problem.getMessage();
    if (reason == null || reason.isBlank()) {
      return problem.getClass().getSimpleName();
    }
    String text = reason.strip();
    return text.substring(0, 1).toLowerCase(Locale.ROOT) + text.substring(1);
  }
}
