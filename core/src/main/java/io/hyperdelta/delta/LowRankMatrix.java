package io.hyperdelta.delta;

import io.hyperdelta.graph.TensorValue;

/**
 * A delta as the product A B of two narrow matrices, as {@link LowRank} has it.
 *
 * @param a A, float64 or float32 {@code [in, rank]}, all finite
 * @param b B, float64 or float32 {@code [rank, width]}, all finite
 */
public record LowRankMatrix(TensorValue a, TensorValue b) implements DeltaMatrix {
  /**
   * Checks the factors.
   *
   * @throws IllegalArgumentException if they are no matrices of finite real numbers, or their ranks
   *     differ
   */
  public LowRankMatrix {
    DeltaMatrix.check(a, "factor A");
    DeltaMatrix.check(b, "factor B");
    if (a.dim(1) != b.dim(0)) {
      throw new IllegalArgumentException(
          "The factors of a fixed delta do not fit each other. Expected A [in, rank] and B [rank, width], got %s and %s."
              .formatted(a, b));
    }
  }

  /** The width of A: the product's own rank is that or less. */
  public int rank() {
    return Math.toIntExact(a.dim(1));
  }

  @Override
  public long in() {
    return a.dim(0);
  }

  @Override
  public long width() {
    return b.dim(1);
  }

  @Override
  public DenseMatrix dense() {
    int rows = Math.toIntExact(in());
    int columns = Math.toIntExact(width());
    return new DenseMatrix(
        TensorValue.ofDoubles(
            Matrix.product(a.doubles(), b.doubles(), rows, rank(), columns), rows, columns));
  }

  /** The product times a number, which goes into A. */
  @Override
  public LowRankMatrix times(double factor) {
    return new LowRankMatrix(Matrix.times(a, factor), b);
  }

  /**
   * The norm without the product: {@code |A B|^2 = trace(A'A BB')}, the sum of the products of the
   * elements of two matrices {@code [rank, rank]}.
   *
   * <p>Where parts of the factors cancel each other, such as in the sum of a delta and its
   * opposite, what is left is only known to about a hundred-millionth of the parts.
   */
  @Override
  public double norm() {
    double[] left = a.doubles();
    double[] right = b.doubles();
    double largestLeft = DeltaMatrix.largest(left);
    double largestRight = DeltaMatrix.largest(right);
    if (largestLeft == 0 || largestRight == 0) {
      return 0;
    }
    int rank = rank();
    int in = Math.toIntExact(in());
    int width = Math.toIntExact(width());
    double sum = 0;
    for (int k = 0; k < rank; k++) {
      for (int l = k; l < rank; l++) {
        double ofA = 0;
        for (int i = 0; i < in; i++) {
          ofA += (left[i * rank + k] / largestLeft) * (left[i * rank + l] / largestLeft);
        }
        double ofB = 0;
        for (int u = 0; u < width; u++) {
          ofB += (right[k * width + u] / largestRight) * (right[l * width + u] / largestRight);
        }
        sum += (k == l ? 1 : 2) * ofA * ofB;
      }
    }
    return largestLeft * largestRight * Math.sqrt(Math.max(0, sum));
  }

  /** The sum with another product: factors side by side, so that the ranks add up. */
  LowRankMatrix plus(LowRankMatrix other) {
    int in = Math.toIntExact(in());
    int first = rank();
    int second = other.rank();
    int rank = Math.addExact(first, second);
    double[] left = a.doubles();
    double[] otherLeft = other.a.doubles();
    double[] wide = new double[Math.multiplyExact(in, rank)];
    for (int i = 0; i < in; i++) {
      System.arraycopy(left, i * first, wide, i * rank, first);
      System.arraycopy(otherLeft, i * second, wide, i * rank + first, second);
    }
    double[] right = b.doubles();
    double[] otherRight = other.b.doubles();
    double[] tall = new double[Math.addExact(right.length, otherRight.length)];
    System.arraycopy(right, 0, tall, 0, right.length);
    System.arraycopy(otherRight, 0, tall, right.length, otherRight.length);
    return new LowRankMatrix(
        TensorValue.ofDoubles(wide, in, rank), TensorValue.ofDoubles(tall, rank, width()));
  }

  @Override
  public LowRankMatrix ofRank(int rank) {
    return SingularValues.truncated(this, rank);
  }
}
