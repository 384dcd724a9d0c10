package io.hyperdelta.graph;

import ai.onnx.proto.OnnxMl.StringStringEntryProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import io.hyperdelta.problem.FileReason;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Reads the values that tensors keep in other files, as far as the policy allows. Used once. */
final class ExternalTensors {
  private final @Nullable Path folder;
  private final Map<String, Path> files = new HashMap<>();
  private final Map<Region, ByteBuffer> regions = new HashMap<>();
  private long bytesRead;

  /** Bytes of a file; tensors that share them share the memory. */
  private record Region(Path file, long offset, long length) {}

  private ExternalTensors(@Nullable Path folder) {
    this.folder = folder;
  }

  /** Refuses every tensor that keeps its values elsewhere. */
  static ExternalTensors refused() {
    return new ExternalTensors(null);
  }

  /**
   * Reads what the policy allows to a model's file.
   *
   * @throws ModelException if the model's folder cannot be read
   */
  static ExternalTensors beside(Path model, ExternalData policy) {
    if (policy == ExternalData.REFUSED) {
      return refused();
    }
    try {
      Path parent = model.toAbsolutePath().getParent();
      return new ExternalTensors((parent == null ? model : parent).toRealPath());
    } catch (IOException e) {
      throw new ModelException(
          "The folder of model file \"%s\" cannot be read: %s. Expected a readable folder."
              .formatted(model, FileReason.of(e)),
          e);
    }
  }

  /**
   * The little-endian bytes of a tensor.
   *
   * @param length how many bytes its type and shape need
   * @param subject what messages call the tensor
   * @throws ModelException if the policy forbids it or the bytes are not there
   */
  ByteBuffer bytes(TensorProto proto, long length, String subject) {
    if (folder == null) {
      throw new ModelException(
          subject
              + " keeps its values in another file, which is not read. Expected a model in one file.");
    }
    Map<String, String> entries = new HashMap<>();
    for (StringStringEntryProto entry : proto.getExternalDataList()) {
      if (entries.put(entry.getKey(), entry.getValue()) != null) {
        throw new ModelException(
            "%s says twice what the \"%s\" of its values in another file is. Expected it once."
                .formatted(subject, entry.getKey()));
      }
    }
    String location = entries.get("location");
    if (location == null || location.isEmpty()) {
      throw new ModelException(
          subject
              + " keeps its values in another file but does not say in which. Expected a path.");
    }
    String place = "%s keeps its values in file \"%s\"".formatted(subject, location);
    long offset = number(entries.get("offset"), "offset", 0, place);
    long stated = number(entries.get("length"), "length", length, place);
    if (stated != length) {
      throw new ModelException(
          "%s, %d bytes long. Expected %d bytes, as its type and shape say."
              .formatted(place, stated, length));
    }
    Path file = files.get(location);
    if (file == null) {
      file = file(folder, location, place);
      files.put(location, file);
    }
    return region(new Region(file, offset, length), place);
  }

  private static long number(@Nullable String text, String key, long otherwise, String place) {
    if (text == null) {
      return otherwise;
    }
    // So many digits always fit a long, and no file is longer.
    if (!text.matches("[0-9]{1,18}")) {
      throw new ModelException(
          "%s with an unusable %s. Expected a whole number of bytes, 0 or more, got \"%s\"."
              .formatted(place, key, text));
    }
    return Long.parseLong(text);
  }

  /** The file at a location, after a look at every step of the way to it. */
  private static Path file(Path folder, String location, String place) {
    try {
      Path relative = Path.of(location);
      if (relative.getRoot() != null) {
        throw new ModelException(
            place + ", an absolute path. Expected a path from the model's folder.");
      }
      Path file = folder;
      for (Path name : relative) {
        if (name.toString().equals("..")) {
          throw new ModelException(
              place
                  + ", on a way out of the model's folder. Expected a file in that folder or below it.");
        }
        if (!name.toString().equals(".")) {
          file = file.resolve(name);
          checkStep(file, place);
        }
      }
      checkFile(file, place);
      if (!file.toRealPath().startsWith(folder)) {
        throw link(place);
      }
      return file;
    } catch (InvalidPathException e) {
      throw new ModelException(
          place + ", which is no path on this machine. Expected a path from the model's folder.",
          e);
    } catch (NoSuchFileException e) {
      throw new ModelException(
          place
              + ", which is not there. Expected it where the model's folder has it; copy it with the model.",
          e);
    } catch (IOException e) {
      throw unreadable(place, e);
    }
  }

  private static void checkStep(Path step, String place) throws IOException {
    BasicFileAttributes attributes =
        Files.readAttributes(step, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
    if (attributes.isSymbolicLink()) {
      throw link(place);
    }
  }

  private static void checkFile(Path file, String place) throws IOException {
    if (!Files.isRegularFile(file, LinkOption.NOFOLLOW_LINKS)) {
      throw new ModelException(place + ", which is no regular file. Expected one.");
    }
    int links = hardLinkCount(file);
    if (links > 1) {
      throw new ModelException(
          "%s, which has %d hard links and so may be a file from elsewhere. Expected a file with one name; copy it there."
              .formatted(place, links));
    }
  }

  private static int hardLinkCount(Path file) throws IOException {
    try {
      return (int) Files.getAttribute(file, "unix:nlink", LinkOption.NOFOLLOW_LINKS);
    } catch (UnsupportedOperationException | IllegalArgumentException e) {
      // Not every platform tells.
      return 1;
    }
  }

  private ByteBuffer region(Region region, String place) {
    ByteBuffer known = regions.get(region);
    if (known != null) {
      return known.duplicate();
    }
    try (FileChannel channel =
        FileChannel.open(
            region.file(), Set.of(StandardOpenOption.READ, LinkOption.NOFOLLOW_LINKS))) {
      long size = channel.size();
      if (region.length() > size - region.offset()) {
        throw new ModelException(
            "%s, which ends too soon. Expected %d bytes from offset %d on, got a file of %d bytes. Maybe it was cut off."
                .formatted(place, region.length(), region.offset(), size));
      }
      checkMemory(region.length(), place);
      ByteBuffer bytes = ByteBuffer.allocate((int) region.length());
      while (bytes.hasRemaining()) {
        if (channel.read(bytes, region.offset() + bytes.position()) < 0) {
          throw new IOException("it became shorter while it was read");
        }
      }
      regions.put(region, bytes.flip());
      return bytes.duplicate();
    } catch (IOException e) {
      throw unreadable(place, e);
    }
  }

  /** Overlapping regions can add up to far more than the files hold. */
  private void checkMemory(long length, String place) {
    bytesRead += length;
    long limit = Runtime.getRuntime().maxMemory();
    if (length > Integer.MAX_VALUE - 8 || bytesRead > limit) {
      throw new ModelException(
          "%s, and there is no room for them. Expected tensors of at most %d bytes that fit in %d bytes together, got %d and %d. Start Java with a larger -Xmx if they are real."
              .formatted(place, Integer.MAX_VALUE - 8, limit, length, bytesRead));
    }
  }

  private static ModelException link(String place) {
    return new ModelException(
        place + ", behind a symbolic link. Expected the file itself; copy it there.");
  }

  private static ModelException unreadable(String place, IOException e) {
    return new ModelException(
        "%s, which cannot be read: %s. Expected a readable file."
            .formatted(place, FileReason.of(e)),
        e);
  }
}
