package io.hyperdelta.runtime;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtLoggingLevel;
import ai.onnxruntime.OrtSession;
import io.hyperdelta.graph.Graph;
import io.hyperdelta.graph.TensorValue;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One graph in ONNX Runtime, which settles how many threads a run has when a session is made. Where
 * nobody says how many, a small graph has two sessions: one with a single thread, and for runs that
 * are worth it one with a thread for each processor, made when the first of them comes. Safe to use
 * from many threads.
 */
final class Sessions implements AutoCloseable {
  /**
   * Multiplications of the largest product from which more threads are faster, since threads sleep
   * between two products. On an EPYC with two of them, three layers of 256 x 256 take 1.3 times as
   * long on two at 64 rows, 0.92 at 256 and 0.76 at 1024; of 512 x 512 1.13, 0.85 and 0.7 at 16, 64
   * and 256 rows.
   */
  static final long MIN_SHARED = 1L << 25;

  /** Larger graphs are not loaded twice. */
  static final int MAX_TWICE_BYTES = 4 << 20;

  private final OrtEnvironment environment;
  private final LargestProduct product;
  private final OrtSession first;
  private byte @Nullable [] again;
  private @Nullable OrtSession shared;

  /**
   * Loads a graph.
   *
   * @param model the bytes of its file
   * @param threads of each run; {@link OrtGraph#DEFAULT_THREADS} for as many as suit it
   */
  Sessions(OrtEnvironment environment, byte[] model, Graph graph, int threads) throws OrtException {
    this.environment = environment;
    this.product = LargestProduct.of(graph);
    int processors = Runtime.getRuntime().availableProcessors();
    boolean chosen = threads == OrtGraph.DEFAULT_THREADS;
    boolean small = model.length <= MAX_TWICE_BYTES && product.each() < MIN_SHARED;
    this.again = chosen && small && processors > 1 ? model : null;
    this.first = session(model, chosen ? (small ? 1 : processors) : threads);
  }

  private OrtSession session(byte[] model, int threads) throws OrtException {
    try (OrtSession.SessionOptions options = new OrtSession.SessionOptions()) {
      options.setSessionLogLevel(OrtLoggingLevel.ORT_LOGGING_LEVEL_FATAL);
      // Waiting threads that spin take the processor from whoever else runs on the machine.
      options.addConfigEntry("session.intra_op.allow_spinning", "0");
      options.setIntraOpNumThreads(threads);
      return environment.createSession(model, options);
    }
  }

  /** Any of them, to ask about the graph. */
  OrtSession any() {
    return first;
  }

  /** The one for a run. */
  OrtSession forRun(Map<String, TensorValue> inputs) {
    return product.in(inputs) < MIN_SHARED ? first : shared();
  }

  private synchronized OrtSession shared() {
    byte[] model = again;
    if (model != null) {
      again = null;
      try {
        shared = session(model, Runtime.getRuntime().availableProcessors());
      } catch (OrtException e) {
        // No memory or no threads for another one: the first computes the same, slower.
      }
    }
    return shared == null ? first : shared;
  }

  /** Frees the native sessions. To be called once, after all runs. */
  @Override
  public synchronized void close() throws OrtException {
    again = null;
    try {
      first.close();
    } finally {
      if (shared != null) {
        shared.close();
      }
    }
  }
}
