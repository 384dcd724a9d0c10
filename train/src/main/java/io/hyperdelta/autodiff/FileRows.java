package io.hyperdelta.autodiff;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.bytedeco.pytorch.Tensor;

/**
 * Rows kept in a file of the folder for temporary files, from which each step reads those of its
 * batch. The system keeps in memory what it has room for. The file goes when this is closed, and
 * with the process.
 */
final class FileRows implements KeptRows {
  /** Of the free disk space, the part that is left to others. */
  private static final long SHARE = 2;

  private final Tensor like;
  private final int rowBytes;
  private final FileChannel channel;

  /**
   * Makes the file.
   *
   * @param part tensor [some rows, ...] of the rows' shape and type
   * @throws UncheckedIOException if it cannot be made
   */
  FileRows(Tensor part) {
    try {
      // Deleted on close, which on most systems means that it never has a name for long.
      channel =
          FileChannel.open(
              Files.createTempFile(folder(), "hyperdelta-rows-", ".tmp"),
              StandardOpenOption.READ,
              StandardOpenOption.WRITE,
              StandardOpenOption.DELETE_ON_CLOSE);
    } catch (IOException e) {
      throw unusable(e);
    }
    rowBytes = Math.toIntExact(Cut.bytes(part) / part.size(0));
    long[] dims = Shapes.of(part);
    dims[0] = 0;
    like = part.new_empty(dims);
    like.retainReference();
  }

  /** Whether the disk has room for so many bytes, and for as many of others. */
  static boolean fit(long bytes) {
    try {
      return bytes <= Files.getFileStore(folder()).getUsableSpace() / SHARE;
    } catch (IOException e) {
      return false;
    }
  }

  private static Path folder() {
    return Path.of(System.getProperty("java.io.tmpdir"));
  }

  @Override
  public void put(int from, Tensor part) {
    Tensor rows = part.contiguous();
    ByteBuffer bytes = Tensors.memory(rows, 0, Math.toIntExact(Cut.bytes(rows)));
    try {
      for (long at = (long) from * rowBytes; bytes.hasRemaining(); ) {
        at += channel.write(bytes, at);
      }
    } catch (IOException e) {
      throw unusable(e);
    }
  }

  @Override
  public Tensor take(Pick pick) {
    long[] dims = Shapes.of(like);
    dims[0] = pick.positions().length;
    Tensor rows = like.new_empty(dims);
    long at = 0;
    for (long position : pick.positions()) {
      read(position, Tensors.memory(rows, at, rowBytes));
      at += rowBytes;
    }
    return rows;
  }

  private void read(long row, ByteBuffer bytes) {
    try {
      while (bytes.hasRemaining()) {
        if (channel.read(bytes, row * rowBytes + bytes.position()) < 0) {
          throw new IOException("it ends too soon");
        }
      }
    } catch (IOException e) {
      throw unusable(e);
    }
  }

  private static UncheckedIOException unusable(IOException e) {
    return new UncheckedIOException(
        "A temporary file in \"%s\" cannot be used: %s. Expected room for what the frozen layers make of all rows. Give Java another folder with -Djava.io.tmpdir."
            .formatted(folder(), e.getMessage()),
        e);
  }

  @Override
  public void close() {
    like.releaseReference();
    try {
      channel.close();
    } catch (IOException e) {
      throw unusable(e);
    }
  }
}
