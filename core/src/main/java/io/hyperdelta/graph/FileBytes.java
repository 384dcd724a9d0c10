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

  private FileBytes() {}

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
