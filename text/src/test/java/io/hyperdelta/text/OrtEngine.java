package io.hyperdelta.text;

import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import io.hyperdelta.graph.ModelWriter;
import io.hyperdelta.graph.TensorValue;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;

/** ONNX Runtime as an engine that remembers what it was given. */
final class OrtEngine implements Engine, AutoCloseable {
  private final OrtSession session;
  private final List<Map<String, TensorValue>> runs =
      Collections.synchronizedList(new ArrayList<>());

  OrtEngine(PooledEncoder pooled) {
    try {
      session = OrtEnvironment.getEnvironment().createSession(ModelWriter.write(pooled.model()));
    } catch (OrtException e) {
      throw new IllegalStateException(e);
    }
  }

  /** Inputs of each run so far. */
  List<Map<String, TensorValue>> runs() {
    return runs;
  }

  /** What an input was given in a run. */
  TensorValue given(int run, String input) {
    return Objects.requireNonNull(runs.get(run).get(input), input);
  }

  private List<TensorValue> ids() {
    return IntStream.range(0, runs.size()).mapToObj(run -> given(run, "input_ids")).toList();
  }

  /** Axes of the ids of each run so far, as text. */
  List<String> shapes() {
    return ids().stream().map(ids -> ids.dim(0) + "x" + ids.dim(1)).toList();
  }

  /** Texts that went through it so far. */
  long textCount() {
    return ids().stream().mapToLong(ids -> ids.dim(0)).sum();
  }

  @Override
  public Map<String, TensorValue> run(Map<String, TensorValue> inputs) {
    runs.add(inputs);
    Map<String, OnnxTensor> tensors = new LinkedHashMap<>();
    try {
      for (Map.Entry<String, TensorValue> input : inputs.entrySet()) {
        tensors.put(
            input.getKey(),
            OnnxTensor.createTensor(
                OrtEnvironment.getEnvironment(),
                LongBuffer.wrap(input.getValue().longs()),
                input.getValue().dims()));
      }
      try (OrtSession.Result result = session.run(tensors)) {
        Map<String, TensorValue> outputs = new LinkedHashMap<>();
        result.forEach(
            output -> outputs.put(output.getKey(), value((OnnxTensor) output.getValue())));
        return outputs;
      }
    } catch (OrtException e) {
      throw new IllegalStateException(e);
    } finally {
      tensors.values().forEach(OnnxTensor::close);
    }
  }

  private static TensorValue value(OnnxTensor tensor) {
    FloatBuffer buffer = tensor.getFloatBuffer();
    float[] values = new float[buffer.remaining()];
    buffer.get(values);
    return TensorValue.ofFloats(values, tensor.getInfo().getShape());
  }

  @Override
  public void close() {
    try {
      session.close();
    } catch (OrtException e) {
      throw new IllegalStateException(e);
    }
  }
}
