package io.hyperdelta.runtime;

import io.hyperdelta.graph.TensorValue;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * What a model predicts for some rows.
 *
 * @param name the output's name
 * @param tensor float32 {@code [rows, ...]}
 * @param spread of an ensemble: how far its members' predictions lie apart, their standard
 *     deviation, float32 of the same shape; else null
 */
public record Prediction(String name, TensorValue tensor, @Nullable TensorValue spread) {
  /** A prediction without a spread. */
  public Prediction(String name, TensorValue tensor) {
    this(name, tensor, null);
  }

  /** All values, row-major; a fresh array. */
  public float[] values() {
    return tensor.floats();
  }

  /** Values per row. */
  public int width() {
    return tensor.rank() < 2 ? 1 : Math.toIntExact(tensor.elementCount() / tensor.dim(0));
  }

  /** The values of one row, a fresh array. */
  public float[] row(int row) {
    return Arrays.copyOfRange(values(), row * width(), (row + 1) * width());
  }
}
