package io.hyperdelta.autodiff;

import io.hyperdelta.graph.TensorValue;
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
   * The leaf tensors that gradients flow to, in the order of {@link #names}; they belong to the
   * program, whose close frees them. Each has its numbers in the order and the shape in which nodes
   * read it, which need not be the model's.
   */
  public List<Tensor> tensors() {
    openCheck.run();
    return parameters.values().stream().map(Parameter::leaf).toList();
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
          Tensor gradient = parameter.leaf().grad();
          if (gradient.defined()) {
            gradients.put(name, parameter.layout().plain(gradient));
          }
        });
    return gradients;
  }

  /** Number of axes that a parameter has in the model, in the order of {@link #names}. */
  public List<Integer> ranks() {
    return parameters.values().stream().map(parameter -> parameter.dims().length).toList();
  }

  /** Number of trainable numbers. */
  public long elementCount() {
    openCheck.run();
    return parameters.values().stream().mapToLong(parameter -> parameter.leaf().numel()).sum();
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
