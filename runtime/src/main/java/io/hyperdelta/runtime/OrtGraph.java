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
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicBoolean;

/**
 * One ONNX graph in ONNX Runtime. Safe to use from many threads; {@link #close} must come after all
 * of them.
 */
public final class OrtGraph implements AutoCloseable {
  /** A run has as many threads as suit it: one if it is small, else one for each processor. */
  public static final int DEFAULT_THREADS = 0;

  /**
   * ONNX Runtime 1.29 ends the process when it starts with a command line of some 4,000 characters
   * in a thread with Java's usual megabyte of stack, and does not with a larger one. Memory is
   * taken only as far as it is used.
   */
  private static final long START_STACK_BYTES = 512L << 20;

  /** Memory for more inputs than these is not kept for the next run. */
  private static final int MAX_KEPT_BYTES = 4 << 20;

  /** Inputs of a run lie in one piece of memory, each from a multiple of so many bytes on. */
  private static final int ALIGNMENT = 64;

  private final Sessions sessions;
  private final AtomicBoolean closed = new AtomicBoolean();

  /** Memory for inputs that no run has now, so that not each run makes some for the collector. */
  private final Queue<ByteBuffer> idle = new ConcurrentLinkedQueue<>();

  /** What optional inputs are that are left out, made once for all runs. */
  private final Map<String, OnnxTensor> defaults;

  private OrtGraph(Sessions sessions, Map<String, OnnxTensor> defaults) {
    this.sessions = sessions;
    this.defaults = defaults;
  }

  /** See the other method; as many threads as suit a run. */
  public static OrtGraph load(byte[] model, String source) {
    return load(model, source, DEFAULT_THREADS);
  }

  /**
   * Loads a graph.
   *
   * @param source what messages call it
   * @param threads that a run has, the caller's among them; {@link #DEFAULT_THREADS} for as many as
   *     suit it
   * @throws ModelException if ONNX Runtime does not take it
   * @throws IllegalArgumentException if the number of threads is negative
   */
  public static OrtGraph load(byte[] model, String source, int threads) {
    if (threads < 0) {
      throw new IllegalArgumentException(
          "Model \"%s\" cannot run on %d threads. Expected 1 or more, or %d for as many as suit a run."
              .formatted(source, threads, DEFAULT_THREADS));
    }
    try {
      Model parsed = ModelReader.read(model, source);
      Map<String, TensorValue> defaults = defaults(parsed.graph());
      byte[] loaded = defaults.isEmpty() ? model : ModelWriter.write(requireAll(parsed, defaults));
      Map<String, OnnxTensor> tensors = new LinkedHashMap<>();
      Sessions sessions = new Sessions(environment(), loaded, parsed.graph(), threads);
      add(defaults, ByteBuffer.allocateDirect(size(defaults)), tensors);
      return new OrtGraph(sessions, tensors);
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
    static final OrtEnvironment ONLY = started();
  }

  /** Not within {@link Environment}, for whose own start the thread would wait. */
  private static OrtEnvironment started() {
    FutureTask<OrtEnvironment> started =
        new FutureTask<>(
            () -> OrtEnvironment.getEnvironment(OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL));
    new Thread(null, started, "onnxruntime-start", START_STACK_BYTES).start();
    boolean interrupted = false;
    try {
      while (true) {
        try {
          return started.get();
        } catch (InterruptedException e) {
          // To give up here would leave the whole process without ONNX Runtime.
          interrupted = true;
        }
      }
    } catch (ExecutionException e) {
      throw new IllegalStateException("ONNX Runtime does not start: " + e.getCause(), e);
    } finally {
      if (interrupted) {
        Thread.currentThread().interrupt();
      }
    }
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
    return run(inputs, sessions.any().getOutputNames());
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
    ByteBuffer memory = memory(inputs);
    try {
      add(inputs, memory, tensors);
      Map<String, OnnxTensorLike> given = new LinkedHashMap<>(defaults);
      given.putAll(tensors);
      try (OrtSession.Result result = sessions.forRun(inputs).run(given, wanted)) {
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
      if (memory.capacity() <= MAX_KEPT_BYTES) {
        idle.add(memory);
      }
    }
  }

  /** Memory for a run's inputs, from an earlier run if that had as much. */
  private ByteBuffer memory(Map<String, TensorValue> inputs) {
    int size = size(inputs);
    ByteBuffer known = idle.poll();
    return known != null && known.capacity() >= size ? known : ByteBuffer.allocateDirect(size);
  }

  private static int size(Map<String, TensorValue> values) {
    int size = 0;
    for (TensorValue value : values.values()) {
      size = Math.addExact(size, room(value));
    }
    return size;
  }

  /** Makes tensors of values, and puts them where they are closed. */
  private static void add(
      Map<String, TensorValue> values, ByteBuffer memory, Map<String, OnnxTensor> tensors)
      throws OrtException {
    int at = 0;
    for (Map.Entry<String, TensorValue> entry : values.entrySet()) {
      TensorValue value = entry.getValue();
      ByteBuffer bytes = value.bytes();
      ByteBuffer own = memory.slice(at, bytes.remaining()).order(ByteOrder.nativeOrder());
      own.put(bytes).rewind();
      tensors.put(entry.getKey(), tensor(value, own));
      at += room(value);
    }
  }

  /** Bytes that a value takes of a run's memory; of texts none. */
  private static int room(TensorValue value) {
    return Math.addExact(value.bytes().remaining(), ALIGNMENT - 1) & -ALIGNMENT;
  }

  private static OnnxTensor tensor(TensorValue value, ByteBuffer bytes) throws OrtException {
    if (value.dtype() == Dtype.STRING) {
      return OnnxTensor.createTensor(
          environment(), value.strings().toArray(new String[0]), value.dims());
    }
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
    return OnnxTensor.createTensor(environment(), bytes, value.dims(), type);
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
        defaults.values().forEach(OnnxTensor::close);
        sessions.close();
      }
    } catch (OrtException e) {
      throw new IllegalStateException("ONNX Runtime could not close a session.", e);
    }
  }
}
