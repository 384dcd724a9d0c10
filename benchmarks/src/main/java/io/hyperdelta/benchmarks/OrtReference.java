package io.hyperdelta.benchmarks;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import io.hyperdelta.graph.Dtype;
import io.hyperdelta.graph.TensorValue;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.util.LinkedHashMap;
import java.util.Map;

/** A network in plain ONNX Runtime: what programs are compared with. Not thread-safe. */
public final class OrtReference implements AutoCloseable {
  private final OrtEnvironment environment = OrtEnvironment.getEnvironment();
  private final OrtSession session;
  private final Map<String, OnnxTensor> inputs = new LinkedHashMap<>();

  /**
   * Loads a network, with all of ONNX Runtime's optimisations.
   *
   * @param model the bytes of its file
   * @param inputs by name, float32 or int64
   */
  public OrtReference(byte[] model, int threads, Map<String, TensorValue> inputs) {
    try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
      options.setIntraOpNumThreads(threads);
      options.setOptimizationLevel(OrtSession.SessionOptions.OptLevel.ALL_OPT);
      session = environment.createSession(model, options);
      for (Map.Entry<String, TensorValue> input : inputs.entrySet()) {
        this.inputs.put(input.getKey(), tensor(input.getValue()));
      }
    } catch (OrtException e) {
      throw new IllegalStateException(e);
    }
  }

  private OnnxTensor tensor(TensorValue value) throws OrtException {
    return value.dtype() == Dtype.FLOAT
        ? OnnxTensor.createTensor(environment, FloatBuffer.wrap(value.floats()), value.dims())
        : OnnxTensor.createTensor(environment, LongBuffer.wrap(value.longs()), value.dims());
  }

  /** Computes the outputs and drops them. */
  public void compute() {
    try {
      session.run(inputs).close();
    } catch (OrtException e) {
      throw new IllegalStateException(e);
    }
  }

  /** The first output, float32. */
  public TensorValue run() {
    try (OrtSession.Result result = session.run(inputs)) {
      OnnxTensor tensor = (OnnxTensor) result.get(0);
      FloatBuffer buffer = tensor.getFloatBuffer();
      float[] values = new float[buffer.remaining()];
      buffer.get(values);
      return TensorValue.ofFloats(values, tensor.getInfo().getShape());
    } catch (OrtException e) {
      throw new IllegalStateException(e);
    }
  }

  @Override
  public void close() {
    inputs.values().forEach(OnnxTensor::close);
    try {
      session.close();
    } catch (OrtException e) {
      throw new IllegalStateException(e);
    }
  }
}
