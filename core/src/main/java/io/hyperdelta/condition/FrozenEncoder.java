package io.hyperdelta.condition;

import io.hyperdelta.graph.Dim;
import io.hyperdelta.graph.Dtype;
import io.hyperdelta.graph.Graph;
import io.hyperdelta.graph.Model;
import io.hyperdelta.graph.ModelException;
import io.hyperdelta.graph.ModelReader;
import io.hyperdelta.graph.TensorType;
import io.hyperdelta.graph.TensorValue;
import io.hyperdelta.graph.ValueInfo;
import io.hyperdelta.problem.Spelling;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A trained graph that makes a vector of numbers before a hypernetwork sees them, and is not
 * trained any further. Immutable.
 *
 * @param model the graph with one output
 * @param source what messages call it, usually its file name
 * @param input its only required input, float32 {@code [rows, width]}
 * @param output float32 {@code [rows, dim]}
 */
public record FrozenEncoder(Model model, String source, String input, String output) {
  /**
   * Reads an encoder.
   *
   * @param onnx the bytes of an ONNX file
   * @param source what messages call it, usually its file name
   * @param input name of its input; null where it has only one
   * @param output name of its output; null where it has only one
   * @param width numbers that it is given for each row; 0 if that is not known yet
   * @throws ModelException if the bytes are no ONNX model, or the graph is no such encoder
   */
  public static FrozenEncoder of(
      byte[] onnx, String source, @Nullable String input, @Nullable String output, int width) {
    Model model = ModelReader.read(onnx, source);
    Graph graph = model.graph();
    if (graph.requiredInputs().size() > 1) {
      throw new ModelException(
          "Encoder \"%s\" asks for several inputs. Expected one, float [rows, %s], got %s. Export it with one input, or use the columns without it."
              .formatted(source, width == 0 ? "width" : width, names(graph.requiredInputs())));
    }
    ValueInfo in = one("input", graph.requiredInputs(), input, source);
    ValueInfo out = one("output", graph.outputs(), output, source);
    checkType("Input", in, source, width);
    checkType("Output", out, source, 0);
    Graph single =
        new Graph(
            graph.name(),
            graph.inputs(),
            List.of(out),
            graph.initializers(),
            graph.nodes(),
            graph.values());
    return new FrozenEncoder(model.withGraph(single), source, in.name(), out.name());
  }

  private static ValueInfo one(
      String role, List<ValueInfo> values, @Nullable String wanted, String source) {
    for (ValueInfo value : values) {
      if (wanted == null ? values.size() == 1 : value.name().equals(wanted)) {
        return value;
      }
    }
    List<String> names = values.stream().map(ValueInfo::name).toList();
    throw new ModelException(
        "Encoder \"%s\" has no such %s. Expected %s, got %s.%s"
            .formatted(
                source,
                role,
                names.isEmpty()
                    ? "a graph with an " + role
                    : (names.size() == 1 ? "" : "one of ") + names(values),
                wanted == null ? "no name" : '"' + wanted + '"',
                wanted == null
                    ? " Name it as %s of the column.".formatted(role)
                    : Spelling.advice(wanted, names)));
  }

  private static String names(List<ValueInfo> values) {
    return values.stream().map(value -> '"' + value.name() + '"').collect(Collectors.joining(", "));
  }

  private static void checkType(String role, ValueInfo value, String source, int width) {
    TensorType type = value.type();
    List<Dim> dims = type.dims();
    boolean fits =
        type.dtype() == Dtype.FLOAT
            && (dims == null || (dims.size() == 2 && !(dims.get(0) instanceof Dim.Fixed)));
    if (fits && width > 0 && dims != null && dims.get(1) instanceof Dim.Fixed fixed) {
      fits = fixed.size() == width;
    }
    if (!fits) {
      throw new ModelException(
          "%s \"%s\" of encoder \"%s\" has another type or width than its columns. Expected float [rows, %s] with a free first axis, got %s."
              .formatted(
                  role,
                  value.name(),
                  source,
                  width > 0 ? width : role.equals("Input") ? "width" : "dim",
                  type));
    }
  }

  /**
   * Cuts what the graph gave into vectors.
   *
   * @param made the graph's output for some rows
   * @param rowCount how many
   * @return a vector for each row, all of one length, finite
   * @throws ModelException if the output is not {@code [rows, dim]}, or not finite
   */
  public List<float[]> vectors(@Nullable TensorValue made, int rowCount) {
    if (made == null
        || made.dtype() != Dtype.FLOAT
        || made.rank() != 2
        || made.dim(0) != rowCount
        || made.dim(1) == 0) {
      throw new ModelException(
          "Output \"%s\" of encoder \"%s\" is no vector for each row. Expected float [%d, dim], got %s."
              .formatted(output, source, rowCount, made == null ? "nothing" : made.toString()));
    }
    float[] values = made.floats();
    int dim = Math.toIntExact(made.dim(1));
    List<float[]> vectors = new ArrayList<>(rowCount);
    for (int row = 0; row < rowCount; row++) {
      float[] vector = Arrays.copyOfRange(values, row * dim, (row + 1) * dim);
      for (int i = 0; i < dim; i++) {
        if (!Float.isFinite(vector[i])) {
          throw new ModelException(
              "Encoder \"%s\" makes a vector that is not finite. Expected numbers, got %s at element %d of %d. Maybe a column has values far from those that it was trained with."
                  .formatted(source, vector[i], i + 1, dim));
        }
      }
      vectors.add(vector);
    }
    return vectors;
  }
}
