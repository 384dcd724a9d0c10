package io.hyperdelta.text;

import io.hyperdelta.graph.TensorValue;
import java.util.Map;

/**
 * What runs a pooled encoder's graph: libtorch, ONNX Runtime or anything else. It must be safe to
 * use from as many threads as its {@link TextEncoder}.
 */
@FunctionalInterface
public interface Engine {
  /**
   * Runs the graph of {@link PooledEncoder#model}.
   *
   * @param inputs {@link PooledEncoder#inputs} by name, each int64 [texts, tokens]
   * @return outputs by name, among them {@link PooledEncoder#output}, float32 [texts, dim]
   */
  Map<String, TensorValue> run(Map<String, TensorValue> inputs);
}
