package io.hyperdelta.autodiff;

import io.hyperdelta.graph.TensorValue;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.Tensor;

/**
 * A program's trainable initializers, in the model's order. {@link #values} and {@link #set} copy,
 * so together they also serve as snapshot and restore. Not thread-safe.
 */
public final class Parameters {
  private final Map<String, Tensor> leaves;
  private final Runnable openCheck;

  Parameters(Map<String, Tensor> leaves, Runnable openCheck) {
    this.leaves = leaves;
    this.openCheck = openCheck;
  }

  /** Names of the initializers. */
  public List<String> names() {
    return List.copyOf(leaves.keySet());
  }

  /**
   * The leaf tensors that gradients flow to, in the order of {@link #names}; they belong to the
   * program, whose close frees them.
   */
  public List<Tensor> tensors() {
    openCheck.run();
    return new ArrayList<>(leaves.values());
  }

  /** Number of trainable numbers. */
  public long elementCount() {
    openCheck.run();
    return leaves.values().stream().mapToLong(Tensor::numel).sum();
  }

  /** The present values as float32, narrowed in a {@link Precision#DOUBLE} program. */
  public Map<String, TensorValue> values() {
    openCheck.run();
    Map<String, TensorValue> values = new LinkedHashMap<>();
    leaves.forEach((name, tensor) -> values.put(name, Tensors.toFloatValue(tensor)));
    return values;
  }

  /**
   * Overwrites parameters in place; those not named stay.
   *
   * @param values float32 or float64, of the parameters' shapes
   * @throws IllegalArgumentException if a name is no parameter or a shape differs; nothing is
   *     changed then
   */
  public void set(Map<String, TensorValue> values) {
    openCheck.run();
    values.forEach(
        (name, value) -> {
          Tensor leaf = leaves.get(name);
          if (leaf == null || !Arrays.equals(Shapes.of(leaf), value.dims())) {
            throw new IllegalArgumentException(
                "Parameter \"%s\" cannot be set. Expected %s, got %s."
                    .formatted(
                        name,
                        leaf == null
                            ? "one of " + leaves.keySet()
                            : "shape " + Arrays.toString(Shapes.of(leaf)),
                        value));
          }
        });
    leaves.forEach(
        (name, leaf) -> {
          TensorValue value = values.get(name);
          if (value != null) {
            Tensors.assign(leaf, value);
          }
        });
  }
}
