package io.hyperdelta.autodiff;

import io.hyperdelta.graph.TensorValue;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.bytedeco.pytorch.Tensor;

/**
 * A program's trainable initializers, in the model's order. {@link #values} and {@link #set} copy,
 * so together they also serve as snapshot and restore. Not thread-safe.
 */
public final class Parameters {
  private final Map<String, Parameter> parameters;
  private final Runnable openCheck;

  Parameters(Map<String, Parameter> parameters, Runnable openCheck) {
    this.parameters = parameters;
    this.openCheck = openCheck;
  }

  /** Names of the initializers. */
  public List<String> names() {
    return List.copyOf(parameters.keySet());
  }

  /**
   * A tensor that gradients flow to.
   *
   * @param tensor its numbers stand in the order and the shape in which nodes read them, which need
   *     not be the model's; it belongs to the program, whose close frees it
   * @param names the initializers that it holds, side by side if there are several
   * @param rank number of axes that they have in the model
   */
  public record Leaf(Tensor tensor, List<String> names, int rank) {}

  /** What gradients flow to, in the order of {@link #names}. Each initializer is in one leaf. */
  public List<Leaf> leaves() {
    openCheck.run();
    Map<Tensor, List<String>> names = new LinkedHashMap<>();
    parameters.forEach(
        (name, parameter) ->
            names.computeIfAbsent(parameter.leaf(), key -> new ArrayList<>()).add(name));
    List<Leaf> leaves = new ArrayList<>();
    names.forEach((leaf, own) -> leaves.add(new Leaf(leaf, own, rank(own.get(0)))));
    return List.copyOf(leaves);
  }

  private int rank(String name) {
    return Objects.requireNonNull(parameters.get(name)).dims().length;
  }

  /** The tensors of {@link #leaves}. */
  public List<Tensor> tensors() {
    return leaves().stream().map(Leaf::tensor).toList();
  }

  /**
   * The gradients that reached the leaves so far, in the model's shapes and in the order of {@link
   * #names}; those that none reached are left out. They belong to the caller's open scope.
   */
  public Map<String, Tensor> gradients() {
    openCheck.run();
    Map<String, Tensor> gradients = new LinkedHashMap<>();
    parameters.forEach(
        (name, parameter) -> {
          Tensor gradient = parameter.gradient();
          if (gradient.defined()) {
            gradients.put(name, gradient);
          }
        });
    return gradients;
  }

  /** Number of trainable numbers. */
  public long elementCount() {
    openCheck.run();
    return parameters.values().stream().mapToLong(p -> Shapes.count(p.dims())).sum();
  }

  /** The present values as float32, narrowed in a {@link Precision#DOUBLE} program. */
  public Map<String, TensorValue> values() {
    openCheck.run();
    Map<String, TensorValue> values = new LinkedHashMap<>();
    parameters.forEach((name, parameter) -> values.put(name, parameter.value()));
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
          Parameter parameter = parameters.get(name);
          if (parameter == null || !Arrays.equals(parameter.dims(), value.dims())) {
            throw new IllegalArgumentException(
                "Parameter \"%s\" cannot be set. Expected %s, got %s."
                    .formatted(
                        name,
                        parameter == null
                            ? "one of " + parameters.keySet()
                            : "shape " + Arrays.toString(parameter.dims()),
                        value));
          }
        });
    parameters.forEach(
        (name, parameter) -> {
          TensorValue value = values.get(name);
          if (value != null) {
            parameter.set(value);
          }
        });
  }
}
