package io.hyperdelta.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files are read whole, whatever their size. */
class FileBytesTest {
  @TempDir private Path folder;

  @Test
  void readsAllOfAFile() throws IOException {
    for (int size : new int[] {0, 1, 1 << 20, (1 << 20) + 1, 3_000_000}) {
      byte[] bytes = new byte[size];
      new Random(size).nextBytes(bytes);
      Path file = Files.write(folder.resolve("file"), bytes);

      assertThat(FileBytes.read(file)).isEqualTo(bytes);
      assertThat(FileBytes.read(file, size / 2)).hasSize(size / 2);
      assertThat(FileBytes.read(file, size + 5)).isEqualTo(bytes);
    }
  }

  @Test
  void saysWhyAFileCannotBeRead() throws IOException {
    Path large = folder.resolve("large");
    try (RandomAccessFile file = new RandomAccessFile(large.toFile(), "rw")) {
      // Takes no room: nothing is written.
      file.setLength(1L << 31);
    }

    assertThatThrownBy(() -> FileBytes.read(large))
        .isInstanceOf(IOException.class)
        .hasMessage("it has 2147483648 bytes, and at most 2147483639 can be read");
    assertThatThrownBy(() -> FileBytes.read(folder.resolve("none")))
        .isInstanceOf(NoSuchFileException.class);
  }
}
