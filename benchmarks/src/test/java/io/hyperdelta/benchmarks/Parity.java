package io.hyperdelta.benchmarks;

import static org.assertj.core.api.Assertions.assertThat;

import io.hyperdelta.autodiff.Precision;
import io.hyperdelta.autodiff.Program;
import io.hyperdelta.autodiff.Tensors;
import io.hyperdelta.autodiff.Value;
import io.hyperdelta.graph.ModelReader;
import io.hyperdelta.graph.TensorValue;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import org.bytedeco.javacpp.PointerScope;

/** A program's first output beside ONNX Runtime's. */
final class Parity {
  private Parity() {}

  /** The largest absolute difference between the two; shapes must be equal. */
  static double difference(byte[] model, Map<String, TensorValue> inputs) {
    return Arrays.stream(differences(model, inputs)).max().orElseThrow();
  }

  /** The absolute difference of each element, row-major; shapes must be equal. */
  @SuppressWarnings("try") // scopes work by being open
  static double[] differences(byte[] model, Map<String, TensorValue> inputs) {
    TensorValue expected;
    try (OrtReference reference = new OrtReference(model, Threads.COUNT, inputs)) {
      expected = reference.run();
    }
    try (PointerScope scope = new PointerScope();
        Program program =
            Program.compile(ModelReader.read(model, "network"), Set.of(), Precision.FLOAT)) {
      Map<String, Value> values = new LinkedHashMap<>();
      inputs.forEach(
          (name, value) -> values.put(name, Value.of(Tensors.of(value, Precision.FLOAT))));
      TensorValue got = program.run(values).get(0).toTensorValue();
      assertThat(got.dims()).containsExactly(expected.dims());
      return differences(expected.floats(), got.floats());
    }
  }

  private static double[] differences(float[] expected, float[] got) {
    double[] differences = new double[expected.length];
    for (int i = 0; i < expected.length; i++) {
      double difference = Math.abs(expected[i] - (double) got[i]);
      // NaN would slip through comparisons.
      differences[i] = Double.isNaN(difference) ? Double.POSITIVE_INFINITY : difference;
    }
    return differences;
  }
}
