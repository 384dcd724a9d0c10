package io.hyperdelta.runtime;

import io.hyperdelta.bundle.Bundle;
import io.hyperdelta.bundle.EncodedNumbers;
import io.hyperdelta.bundle.RawKind;
import io.hyperdelta.condition.FrozenEncoder;
import io.hyperdelta.graph.ModelException;
import io.hyperdelta.graph.ModelWriter;
import io.hyperdelta.graph.TensorValue;
import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * A bundle's encoder of numbers in ONNX Runtime, run once for each distinct condition of a call.
 * Safe to use from many threads.
 */
final class NumberVectors implements AutoCloseable {
  private final EncodedNumbers step;
  private final FrozenEncoder encoder;
  private final OrtGraph graph;

  private NumberVectors(EncodedNumbers step, FrozenEncoder encoder, OrtGraph graph) {
    this.step = step;
    this.encoder = encoder;
    this.graph = graph;
  }

  /**
   * Loads an encoder.
   *
   * @throws io.hyperdelta.problem.InputException if its file is not as it was published
   */
  static NumberVectors open(Bundle bundle, EncodedNumbers step) {
    FrozenEncoder encoder =
        FrozenEncoder.of(
            bundle.read(step.encoderFile()),
            step.encoderFile(),
            step.input(),
            step.output(),
            step.vectors() ? 0 : step.from().size());
    return new NumberVectors(
        step, encoder, OrtGraph.load(ModelWriter.write(encoder.model()), step.encoderFile()));
  }

  /** A vector for each row. */
  float[][] encode(Rows rows) {
    float[][] values = values(rows);
    Map<ByteBuffer, Integer> distinct = new LinkedHashMap<>();
    int[] ofRow = new int[values.length];
    for (int row = 0; row < values.length; row++) {
      ByteBuffer bits = ByteBuffer.allocate(values[row].length * Float.BYTES);
      bits.asFloatBuffer().put(values[row]);
      Integer known = distinct.putIfAbsent(bits, distinct.size());
      ofRow[row] = known == null ? distinct.size() - 1 : known;
    }
    int width = values[0].length;
    float[] stacked = new float[Math.multiplyExact(distinct.size(), width)];
    distinct.forEach((bits, i) -> bits.asFloatBuffer().get(stacked, i * width, width));
    TensorValue input = TensorValue.ofFloats(stacked, distinct.size(), width);
    List<float[]> vectors = encoder.vectors(run(input), distinct.size());
    float[][] made = new float[values.length][];
    for (int row = 0; row < made.length; row++) {
      made[row] = vectors.get(ofRow[row]);
    }
    return made;
  }

  private TensorValue run(TensorValue input) {
    try {
      return Objects.requireNonNull(
          graph.run(Map.of(encoder.input(), input)).get(encoder.output()));
    } catch (ModelException e) {
      throw new RowsException(
          "Columns %s do not fit encoder \"%s\". %s"
              .formatted(String.join(", ", step.from()), step.encoder(), e.getMessage()));
    }
  }

  private float[][] values(Rows rows) {
    float[][] values = new float[rows.count()][];
    if (step.vectors()) {
      String name = step.from().get(0);
      float[][] vectors = rows.vectors(name);
      if (vectors == null) {
        throw InputTensors.absent(rows, name, RawKind.VECTOR.title());
      }
      for (int row = 0; row < values.length; row++) {
        if (vectors[row].length != vectors[0].length) {
          throw new RowsException(
              "Condition column \"%s\" has a vector of another length in row %d. Expected %d numbers, got %d."
                  .formatted(name, row + 1, vectors[0].length, vectors[row].length));
        }
        values[row] = new float[vectors[row].length];
        for (int i = 0; i < values[row].length; i++) {
          values[row][i] = finite(vectors[row][i], name, row);
        }
      }
      return values;
    }
    for (int i = 0; i < step.from().size(); i++) {
      String name = step.from().get(i);
      double[] column = rows.numbers(name);
      if (column == null) {
        throw InputTensors.absent(rows, name, RawKind.NUMBER.title());
      }
      for (int row = 0; row < values.length; row++) {
        values[row] = i == 0 ? new float[step.from().size()] : values[row];
        values[row][i] = finite(column[row], name, row);
      }
    }
    return values;
  }

  private static float finite(double value, String column, int row) {
    float narrow = (float) value;
    if (!Float.isFinite(narrow)) {
      throw new RowsException(
          "Condition column \"%s\" is not usable in row %d. Expected a finite number for its encoder, got %s."
              .formatted(column, row + 1, Double.isNaN(value) ? "NaN or a missing value" : value));
    }
    return narrow == 0 ? 0 : narrow;
  }

  @Override
  public void close() {
    graph.close();
  }
}
