package io.hyperdelta.text;

import io.hyperdelta.graph.FileBytes;
import io.hyperdelta.problem.FileReason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import org.jspecify.annotations.Nullable;

/**
 * The bytes of a {@code tokenizer.json}, the file in which Hugging Face's tokenizers keep all they
 * know. Not parsed yet: {@link TextEncoder} does that. Immutable.
 */
public final class TokenizerFile {
  /** Vocabularies of a million entries are a third of this. */
  private static final long MAX_BYTES = 1L << 27;

  private final byte[] bytes;
  private final String source;

  private TokenizerFile(byte[] bytes, String source) {
    this.bytes = bytes;
    this.source = source;
  }

  /**
   * Reads a file.
   *
   * @throws TextException if the file is missing, cannot be read, or is too large
   */
  public static TokenizerFile read(Path file) {
    try {
      BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
      if (!attributes.isRegularFile()) {
        // To open a pipe is to wait for whoever may write to it.
        throw unreadable(
            file, "is a " + (attributes.isDirectory() ? "folder" : "pipe or device"), null);
      }
      checkSize(attributes.size(), file.toString());
      byte[] bytes = FileBytes.read(file, Math.toIntExact(attributes.size()));
      return new TokenizerFile(bytes, String.valueOf(file.getFileName()));
    } catch (IOException e) {
      throw unreadable(file, FileReason.of(e), e);
    }
  }

  /**
   * The bytes of a file, which are copied.
   *
   * @param source what messages call the tokenizer, usually its file name
   * @throws TextException if they are too many
   */
  public static TokenizerFile of(byte[] bytes, String source) {
    checkSize(bytes.length, source);
    return new TokenizerFile(bytes.clone(), source);
  }

  private static TextException unreadable(Path file, String reason, @Nullable IOException cause) {
    return new TextException(
        "Tokenizer file \"%s\" cannot be read: %s. Expected a readable tokenizer.json."
            .formatted(file, reason),
        cause);
  }

  private static void checkSize(long size, String title) {
    if (size > MAX_BYTES) {
      throw new TextException(
          "Tokenizer file \"%s\" is too large. Expected at most %d bytes, got %d. Maybe it is another file than tokenizer.json."
              .formatted(title, MAX_BYTES, size));
    }
  }

  /** The bytes, a fresh array. */
  public byte[] bytes() {
    return bytes.clone();
  }

  /** What messages call the tokenizer. */
  public String source() {
    return source;
  }
}
