package io.hyperdelta.bundle;

import io.hyperdelta.graph.Dtype;
import io.hyperdelta.graph.FileBytes;
import io.hyperdelta.graph.TensorValue;
import io.hyperdelta.problem.FileReason;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/**
 * The tensors of a safetensors file. Immutable, so safe to share between threads.
 *
 * <p>The format: the header's length as a little-endian unsigned 64-bit number, the header in JSON,
 * and the elements, little-endian and in row-major order, without overlaps or holes. It holds
 * nothing that could be executed. What breaks a rule of the format is refused, and no size that a
 * file claims is believed before it has been compared with the bytes that are there.
 *
 * <p>F64, F16 and BF16 are read as float32, so such a file is not written again as it was; F32 and
 * I64 are kept bit for bit.
 *
 * @param tensors by name, in the names' order: float32 or int64, with any axes up to {@link
 *     #MAX_RANK}
 * @param metadata notes of the writer, in the keys' order
 * @see <a href="https://github.com/huggingface/safetensors#format">Format</a>
 */
public record Safetensors(Map<String, TensorValue> tensors, Map<String, String> metadata) {
  /** The format's limit of the header, in bytes. */
  public static final int MAX_HEADER_BYTES = 100_000_000;

  /** More axes than any network's parameter has. */
  public static final int MAX_RANK = 8;

  /** More tensors than any adapter has: each costs memory, whatever is in it. */
  public static final int MAX_TENSOR_COUNT = 100_000;

  /** A Java array ends a little below 2 GB. */
  private static final long MAX_BYTES = Integer.MAX_VALUE - 8;

  /**
   * Tensors that can be written.
   *
   * @throws IllegalArgumentException if one is neither float32 nor int64 or has too many axes, if a
   *     name is reserved, or if a text has no UTF-8 form
   */
  public Safetensors {
    tensors = Collections.unmodifiableMap(new TreeMap<>(tensors));
    metadata = Collections.unmodifiableMap(new TreeMap<>(metadata));
    tensors.forEach(SafetensorsHeaderWriter::checkWritable);
    metadata.forEach(SafetensorsHeaderWriter::checkWritable);
    if (tensors.size() > MAX_TENSOR_COUNT) {
      throw new IllegalArgumentException(
          "%d tensors are too many for a safetensors file. Expected at most %d."
              .formatted(tensors.size(), MAX_TENSOR_COUNT));
    }
  }

  /**
   * Reads a file.
   *
   * @throws BundleException if it is missing, unreadable, larger than 2 GB, or breaks a rule of the
   *     format
   */
  public static Safetensors read(Path file) {
    return read(bytes(file, "safetensors", MAX_BYTES), file.toString());
  }

  /**
   * Reads the bytes of a file.
   *
   * @param bytes which the tensors share, so that nobody may change them any more
   * @param source what messages call it
   * @throws BundleException if they break a rule of the format, or hold a type other than F64, F32,
   *     F16, BF16 and I64 or an F64 number beyond float32
   */
  public static Safetensors read(byte[] bytes, String source) {
    SafetensorsHeader header = SafetensorsHeader.read(bytes, source);
    Map<String, TensorValue> tensors = new TreeMap<>();
    for (SafetensorsHeader.Entry entry : header.entries()) {
      ByteBuffer region =
          ByteBuffer.wrap(
              bytes,
              Math.toIntExact(header.dataOffset() + entry.begin()),
              Math.toIntExact(entry.end() - entry.begin()));
      tensors.put(
          entry.name(),
          kept(
              TensorValue.sharing(entry.type().dtype(), entry.shape(), region),
              entry.name(),
              source));
    }
    return new Safetensors(tensors, header.metadata());
  }

  /** The tensor as int64 if it is that, else as float32. */
  private static TensorValue kept(TensorValue value, String name, String source) {
    if (value.dtype() == Dtype.FLOAT || value.dtype() == Dtype.INT64) {
      return value;
    }
    double[] numbers = value.doubles();
    float[] rounded = new float[numbers.length];
    for (int i = 0; i < numbers.length; i++) {
      rounded[i] = (float) numbers[i];
      if (Float.isInfinite(rounded[i]) && !Double.isInfinite(numbers[i])) {
        throw new BundleException(
            "Safetensors file \"%s\" cannot be read: tensor \"%s\" has a number beyond float32. Expected at most %s in size, got %s. Maybe its training diverged."
                .formatted(source, name, Float.MAX_VALUE, numbers[i]));
      }
    }
    return TensorValue.ofFloats(rounded, value.dims());
  }

  /**
   * The bytes of the file: the same for the same tensors. As in the files of the format's authors,
   * wider types come first, so that all elements are aligned, and names are in order.
   *
   * @throws BundleException if the file would be larger than 2 GB or its header larger than the
   *     format allows
   */
  public byte[] bytes() {
    byte[] header = SafetensorsHeaderWriter.write(tensors, metadata);
    long size = 8L + header.length;
    for (TensorValue value : tensors.values()) {
      size += value.bytes().remaining();
    }
    if (header.length > MAX_HEADER_BYTES || size > MAX_BYTES) {
      throw new BundleException(
          "%d tensors are too large for a safetensors file. Expected a header of at most %d bytes and %d bytes in all, got %d and %d. Write them to several files."
              .formatted(tensors.size(), MAX_HEADER_BYTES, MAX_BYTES, header.length, size));
    }
    ByteBuffer file = ByteBuffer.allocate((int) size).order(ByteOrder.LITTLE_ENDIAN);
    file.putLong(header.length).put(header);
    SafetensorsHeaderWriter.order(tensors).forEach(entry -> file.put(entry.getValue().bytes()));
    return file.array();
  }

  /**
   * The bytes of a file that somebody else made.
   *
   * @param format what it should be, for messages
   * @throws BundleException if it is missing, cannot be read or is too large
   */
  static byte[] bytes(Path file, String format, long maxBytes) {
    try {
      BasicFileAttributes attributes = Files.readAttributes(file, BasicFileAttributes.class);
      if (!attributes.isRegularFile()) {
        // To open a pipe is to wait for whoever may write to it.
        throw new BundleException(
            "File \"%s\" cannot be read: it is a %s. Expected a readable %s file."
                .formatted(file, attributes.isDirectory() ? "folder" : "pipe or device", format));
      }
      if (attributes.size() > maxBytes) {
        throw new BundleException(
            "File \"%s\" is too large to be read. Expected a %s file of at most %d bytes, got %d."
                .formatted(file, format, maxBytes, attributes.size()));
      }
      return FileBytes.read(file, (int) attributes.size());
    } catch (IOException e) {
      throw new BundleException(
          "File \"%s\" cannot be read: %s. Expected a readable %s file."
              .formatted(file, FileReason.of(e), format),
          e);
    }
  }
}
