package io.hyperdelta.examples;

import java.io.BufferedWriter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.IntStream;

/**
 * The handwritten digits of MNIST (LeCun et al. 1998), from their files as published: {@code
 * train-images-idx3-ubyte} and the like, unpacked. Immutable.
 */
final class Mnist {
  /** Side of an image in pixels. */
  static final int SIDE = 28;

  static final int PIXELS = SIDE * SIDE;

  private final byte[] images;
  private final byte[] labels;

  private Mnist(byte[] images, byte[] labels) {
    this.images = images;
    this.labels = labels;
  }

  /**
   * Reads the first digits of a set.
   *
   * @param set {@code "train"} or {@code "t10k"}
   * @param most how many to take at most
   * @throws IOException if a file cannot be read or is none of MNIST's
   */
  static Mnist read(Path folder, String set, int most) throws IOException {
    ByteBuffer images = file(folder.resolve(set + "-images-idx3-ubyte"), 2051, 3);
    ByteBuffer labels = file(folder.resolve(set + "-labels-idx1-ubyte"), 2049, 1);
    int count = Math.min(most, labels.remaining());
    if (images.remaining() != (long) labels.remaining() * PIXELS) {
      throw new IOException(
          "Set %s of MNIST has %d labels and %d pixels. Expected %d pixels for each label."
              .formatted(set, labels.remaining(), images.remaining(), PIXELS));
    }
    byte[] pixels = new byte[Math.multiplyExact(count, PIXELS)];
    images.get(pixels);
    byte[] digits = new byte[count];
    labels.get(digits);
    return new Mnist(pixels, digits);
  }

  /** What is behind the head of a file, which is a magic number and the size of each axis. */
  private static ByteBuffer file(Path file, int magic, int axes) throws IOException {
    ByteBuffer bytes = ByteBuffer.wrap(Files.readAllBytes(file));
    int head = Integer.BYTES * (1 + axes);
    if (bytes.remaining() < head || bytes.getInt(0) != magic) {
      throw new IOException(
          "File \"%s\" is none of MNIST's, unpacked. Expected magic number %d and %d axes."
              .formatted(file.getFileName(), magic, axes));
    }
    return bytes.position(head);
  }

  int count() {
    return labels.length;
  }

  int digit(int image) {
    return labels[image];
  }

  /** A pixel, from 0 for the background to 255. */
  int pixel(int image, int place) {
    return images[image * PIXELS + place] & 0xff;
  }

  /** The names of the columns that pixels have in {@link #write}. */
  static String[] columns() {
    return IntStream.range(0, PIXELS).mapToObj(place -> "p" + place).toArray(String[]::new);
  }

  /** Writes a table with a row for each image: its pixels, then {@code digit}. */
  void write(Path csv) throws IOException {
    try (BufferedWriter writer = Files.newBufferedWriter(csv)) {
      writer.write(String.join(",", columns()) + ",digit\n");
      StringBuilder row = new StringBuilder();
      for (int image = 0; image < count(); image++) {
        row.setLength(0);
        for (int place = 0; place < PIXELS; place++) {
          row.append(pixel(image, place)).append(',');
        }
        writer.append(row).append((char) ('0' + digit(image))).append('\n');
      }
    }
  }
}
