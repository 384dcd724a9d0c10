package io.hyperdelta.graph;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/** Reads files whose size is known into one array. Stateless. */
public final class FileBytes {
  /** Java reads by way of native memory, as much as it is asked for, and does not give it back. */
  private static final int PIECE = 1 << 20;

  /** Some of Java's arrays end a few elements before the largest number. */
  private static final long MAX_SIZE = Integer.MAX_VALUE - 8L;

  private FileBytes() {}

  /**
   * All bytes of a file.
   *
   * @throws IOException if the file is missing, cannot be read, or has more than an array holds
   */
  public static byte[] read(Path file) throws IOException {
    long size = Files.size(file);
    if (size > MAX_SIZE) {
      throw new IOException(
          "it has %d bytes, and at most %d can be read".formatted(size, MAX_SIZE));
    }
    return read(file, (int) size);
  }

  /**
   * The first bytes of a file: all of them, unless it has become longer.
   *
   * @param size how many bytes; fewer come back if there are no more
   * @throws IOException if the file is missing or cannot be read
   */
  public static byte[] read(Path file, int size) throws IOException {
    byte[] bytes = new byte[size];
    int done = 0;
    try (InputStream stream = Files.newInputStream(file)) {
      while (done < size) {
        int count = stream.read(bytes, done, Math.min(PIECE, size - done));
        if (count < 0) {
          return Arrays.copyOf(bytes, done);
        }
        done += count;
      }
    }
    return bytes;
  }
}
