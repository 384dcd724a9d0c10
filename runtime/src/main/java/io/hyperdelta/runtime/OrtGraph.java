package io.hyperdelta.runtime;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OnnxTensorLike;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import ai.onnxruntime.OrtSession;
import io.hyperdelta.graph.Dtype;
import io.hyperdelta.graph.Graph;
import io.hyperdelta.graph.Model;
import io.hyperdelta.graph.ModelException;
import io.hyperdelta.graph.ModelReader;
import io.hyperdelta.graph.ModelWriter;
import io.hyperdelta.graph.TensorValue;
import io.hyperdelta.graph.ValueInfo;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.DoubleBuffer;
import java.nio.FloatBuffer;
import java.nio.LongBuffer;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * One ONNX graph in ONNX Runtime. Safe to use from many threads; {@link #close} must come after all
 * of them.
 */
public final class OrtGraph implements AutoCloseable {
  private final OrtSession session;
  private final AtomicBoolean closed = new AtomicBoolean();

  private final Map<String, TensorValue> defaults;

  private OrtGraph(OrtSession session, Map<String, TensorValue> defaults) {
    this.session = session;
    this.defaults = defaults;
  }

  /**
   * Loads a graph.
   *
   * @param source what messages call it
   * @throws ModelException if ONNX Runtime does not take it
   */
  public static OrtGraph load(byte[] model, String source) {
    try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
      options.setSessionLogLevel(OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL);
      // Waiting threads that spin take the processor from whoever else runs on the machine.
      options.addConfigEntry("session.intra_op.allow_spinning", "0");
      Model parsed = ModelReader.read(model, source);
      Map<String, TensorValue> defaults = defaults(parsed.graph());
      byte[] loaded = defaults.isEmpty() ? model : ModelWriter.write(requireAll(parsed, defaults));
      return new OrtGraph(environment().createSession(loaded, options), defaults);
    } catch (OrtException e) {
      throw new ModelException(
          "Model \"%s\" does not load in ONNX Runtime: %s".formatted(source, e.getMessage()), e);
    }
  }

  private static Map<String, TensorValue> defaults(Graph graph) {
    Map<String, TensorValue> defaults = new LinkedHashMap<>();
    for (ValueInfo input : graph.inputs()) {
      TensorValue value = graph.initializers().get(input.name());
      if (value != null) {
        defaults.put(input.name(), value);
      }
    }
    return defaults;
  }

  /**
   * ONNX Runtime's Java interface refuses to be given an input that has a default, so here every
   * input is required and the defaults are given with each run.
   */
  private static Model requireAll(Model model, Map<String, TensorValue> defaults) {
    Graph graph = model.graph();
    Map<String, TensorValue> others = new LinkedHashMap<>(graph.initializers());
    others.keySet().removeAll(defaults.keySet());
    return model.withGraph(
        new Graph(
            graph.name(), graph.inputs(), graph.outputs(), others, graph.nodes(), graph.values()));
  }

  private static OrtEnvironment environment() {
    return Environment.ONLY;
  }

  /**
   * The process's environment, asked for once: where somebody else made it with another level of
   * messages, ONNX Runtime complains of every time.
   */
  private static final class Environment {
    static final OrtEnvironment ONLY =
        OrtEnvironment.getEnvironment(OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL);
  }

  /** Whether an input may be left out. */
  boolean hasOptional(String input) {
    return defaults.containsKey(input);
  }

  /**
   * Runs the graph.
   *
   * @param inputs by name; optional inputs may be left out
   * @return float32, float64 and int64 outputs by name
   * @throws ModelException if the graph refuses the inputs
   */
  public Map<String, TensorValue> run(Map<String, TensorValue> inputs) {
    return run(inputs, session.getOutputNames());
  }

  /**
   * Runs the graph for some of its outputs.
   *
   * @param inputs by name; optional inputs may be left out
   * @param wanted names of outputs, float32, float64 or int64
   * @throws ModelException if the graph refuses the inputs
   */
  public Map<String, TensorValue> run(Map<String, TensorValue> inputs, Set<String> wanted) {
    Map<String, OnnxTensor> tensors = new LinkedHashMap<>();
    try {
      Map<String, TensorValue> all = new LinkedHashMap<>(defaults);
      all.putAll(inputs);
      for (Map.Entry<String, TensorValue> input : all.entrySet()) {
        tensors.put(input.getKey(), tensor(input.getValue()));
      }
      Map<String, OnnxTensorLike> given = new LinkedHashMap<>(tensors);
      try (OrtSession.Result result = session.run(given, wanted)) {
        Map<String, TensorValue> outputs = new LinkedHashMap<>();
        for (Map.Entry<String, ai.onnxruntime.OnnxValue> output : result) {
          outputs.put(output.getKey(), value((OnnxTensor) output.getValue()));
        }
        return outputs;
      }
    } catch (OrtException e) {
      throw new ModelException("ONNX Runtime could not run the graph: " + e.getMessage(), e);
    } finally {
      tensors.values().forEach(OnnxTensor::close);
    }
  }

  private static OnnxTensor tensor(TensorValue value) throws OrtException {
    if (value.dtype() == Dtype.STRING) {
      return OnnxTensor.createTensor(
          environment(), value.strings().toArray(new String[0]), value.dims());
    }
    ByteBuffer direct =
        ByteBuffer.allocateDirect(value.bytes().remaining()).order(ByteOrder.nativeOrder());
    direct.put(value.bytes()).rewind();
    OnnxJavaType type =
        switch (value.dtype()) {
          case FLOAT -> OnnxJavaType.FLOAT;
          case DOUBLE -> OnnxJavaType.DOUBLE;
          case INT64 -> OnnxJavaType.INT64;
          case INT32 -> OnnxJavaType.INT32;
          case BOOL -> OnnxJavaType.BOOL;
          case UINT8 -> OnnxJavaType.UINT8;
          case INT8 -> OnnxJavaType.INT8;
          default ->
              throw new IllegalArgumentException(
                  "An input of " + value.dtype() + " cannot be given.");
        };
    return OnnxTensor.createTensor(environment(), direct, value.dims(), type);
  }

  private static TensorValue value(OnnxTensor tensor) {
    long[] dims = tensor.getInfo().getShape();
    return switch (tensor.getInfo().type) {
      case FLOAT -> TensorValue.ofFloats(floats(tensor), dims);
      case DOUBLE -> {
        DoubleBuffer buffer = tensor.getDoubleBuffer();
        double[] values = new double[buffer.remaining()];
        buffer.get(values);
        yield TensorValue.ofDoubles(values, dims);
      }
      case INT64 -> {
        LongBuffer buffer = tensor.getLongBuffer();
        long[] values = new long[buffer.remaining()];
        buffer.get(values);
        yield TensorValue.ofLongs(values, dims);
      }
      default ->
          throw new ModelException(
              "The graph has an output of type " + tensor.getInfo().type + ". Expected numbers.");
    };
  }

  private static float[] floats(OnnxTensor tensor) {
    FloatBuffer buffer = tensor.getFloatBuffer();
    float[] values = new float[buffer.remaining()];
    buffer.get(values);
    return values;
  }

  /** Frees the native session; later calls do nothing. */
  @Override
  public void close() {
    try {
      if (!closed.getAndSet(true)) {
        session.close();
      }
    } catch (OrtException e) {
      throw new IllegalStateException("ONNX Runtime could not close a session.", e);
    }
  }
}
