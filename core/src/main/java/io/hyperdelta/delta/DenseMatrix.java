package io.hyperdelta.delta;

import io.hyperdelta.graph.TensorValue;

/**
 * A delta of which each number is spelled out.
 *
 * @param values float64 or float32 {@code [in, width]}, all finite
 */
public record DenseMatrix(TensorValue values) implements DeltaMatrix {
  /**
   * Checks the values.
   *
   * @throws IllegalArgumentException if they are no matrix of finite real numbers
   */
  public DenseMatrix {
    DeltaMatrix.check(values, "matrix");
  }

  @Override
  public long in() {
    return values.dim(0);
  }

  @Override
  public long width() {
    return values.dim(1);
  }

  @Override
  public DenseMatrix dense() {
    return this;
  }

  @Override
  public DenseMatrix times(double factor) {
    return new DenseMatrix(Matrix.times(values, factor));
  }

  @Override
  public double norm() {
    double[] numbers = values.doubles();
    double largest = DeltaMatrix.largest(numbers);
    if (largest == 0) {
      return 0;
    }
    // Relative to the largest, so that no square leaves the range of float64.
    double sum = 0;
    for (double number : numbers) {
      sum += (number / largest) * (number / largest);
    }
    return largest * Math.sqrt(sum);
  }

  @Override
  public LowRankMatrix ofRank(int rank) {
    return SingularValues.truncated(this, rank);
  }
}
