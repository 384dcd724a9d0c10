package io.hyperdelta.data;

import java.util.Arrays;

/**
 * A column with a vector of numbers in every row. Immutable, and so safe to share between threads.
 */
public final class VectorColumn implements Column {
  private final String name;
  private final float[] values;
  private final int width;

  /**
   * Creates a column.
   *
   * @param name the column's name
   * @param values the rows' vectors one after another; copied
   * @param width numbers in a vector, 1 or more
   */
  public VectorColumn(String name, float[] values, int width) {
    if (width < 1 || values.length % width != 0) {
      throw new IllegalArgumentException(
          "Column \"%s\" has no whole vectors. Expected a multiple of %d numbers, got %d."
              .formatted(name, width, values.length));
    }
    this.name = name;
    this.values = values.clone();
    this.width = width;
  }

  @Override
  public String name() {
    return name;
  }

  /** Numbers in a vector. */
  public int width() {
    return width;
  }

  @Override
  public int rowCount() {
    return values.length / width;
  }

  @Override
  public String content() {
    return "vectors";
  }

  @Override
  public boolean missing(int row) {
    return false;
  }

  @Override
  public int missingCount() {
    return 0;
  }

  /** One number of a row's vector. */
  public float value(int row, int element) {
    return values[row * width + element];
  }

  /** A copy of the vectors, one after another. */
  public float[] values() {
    return values.clone();
  }

  /** Copies of the rows' vectors. */
  public float[][] vectors() {
    float[][] vectors = new float[rowCount()][];
    for (int row = 0; row < vectors.length; row++) {
      vectors[row] = Arrays.copyOfRange(values, row * width, (row + 1) * width);
    }
    return vectors;
  }

  @Override
  public VectorColumn rows(int[] index) {
    float[] chosen = new float[Math.multiplyExact(index.length, width)];
    for (int i = 0; i < index.length; i++) {
      System.arraycopy(values, index[i] * width, chosen, i * width, width);
    }
    return new VectorColumn(name, chosen, width);
  }
}
