package io.hyperdelta.fit;

import io.hyperdelta.bundle.InputBinding;
import io.hyperdelta.data.Column;
import io.hyperdelta.data.Table;
import io.hyperdelta.data.TextColumn;
import io.hyperdelta.data.VectorColumn;
import io.hyperdelta.graph.Dim;
import io.hyperdelta.graph.Dtype;
import io.hyperdelta.graph.Graph;
import io.hyperdelta.graph.TensorType;
import io.hyperdelta.graph.ValueInfo;
import io.hyperdelta.problem.Spelling;
import io.hyperdelta.spec.InputSpec;
import io.hyperdelta.spec.SpecException;
import io.hyperdelta.spec.TargetSpec;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** How the inputs of a target that the user brings are filled from columns. Stateless. */
final class TargetBindings {
  /** Element types that columns can be turned into. */
  private static final Set<Dtype> TYPES =
      Set.of(Dtype.FLOAT, Dtype.INT64, Dtype.INT32, Dtype.STRING);

  private TargetBindings() {}

  /**
   * What fills each required input: what the spec says, or the column of the input's own name.
   *
   * @throws SpecException if the spec names an input that is not there, or an input cannot be
   *     filled by its columns, whatever the rows are
   */
  static Map<String, InputSpec> inputs(TargetSpec.Onnx spec, Graph graph) {
    List<String> names = graph.requiredInputs().stream().map(ValueInfo::name).toList();
    for (String named : spec.inputs().keySet()) {
      if (!names.contains(named)) {
        throw new SpecException(
            "target.inputs names an input \"%s\" that model \"%s\" does not have. Expected one of %s.%s"
                .formatted(
                    named,
                    spec.path().getFileName(),
                    String.join(", ", names),
                    Spelling.advice(named, names)),
            null);
      }
    }
    Map<String, InputSpec> inputs = new LinkedHashMap<>();
    for (ValueInfo input : graph.requiredInputs()) {
      InputSpec filled =
          spec.inputs().getOrDefault(input.name(), InputSpec.columns(List.of(input.name())));
      checkType(input.type(), subject(spec, input));
      if (!filled.vector()) {
        ofColumns(input, filled.columns(), subject(spec, input));
      }
      inputs.put(input.name(), filled);
    }
    return inputs;
  }

  /**
   * How each required input is filled.
   *
   * @throws SpecException if the spec names an input that is not there, or an input that columns
   *     cannot fill
   */
  static List<InputBinding> of(TargetSpec.Onnx spec, Graph graph, Table table) {
    Map<String, InputSpec> inputs = inputs(spec, graph);
    List<InputBinding> bindings = new ArrayList<>();
    for (ValueInfo input : graph.requiredInputs()) {
      InputSpec filled = Objects.requireNonNull(inputs.get(input.name()));
      String subject = subject(spec, input);
      bindings.add(
          filled.vector()
              ? ofVectors(input, filled, table, subject)
              : ofColumns(input, filled.columns(), subject));
    }
    return bindings;
  }

  private static String subject(TargetSpec.Onnx spec, ValueInfo input) {
    return "Input \"%s\" of model \"%s\"".formatted(input.name(), spec.path().getFileName());
  }

  private static void checkType(TensorType type, String subject) {
    List<Dim> dims = type.dims();
    if (!TYPES.contains(type.dtype()) || (dims != null && dims.isEmpty())) {
      throw new SpecException(
          "%s cannot be filled from columns. Expected float, int64, int32 or string with rows on the first axis, got %s."
              .formatted(subject, type),
          null);
    }
    if (dims != null && dims.get(0) instanceof Dim.Fixed rows) {
      throw new SpecException(
          "%s takes exactly %d rows at a time. Expected a first axis of any size, got %s. Export the model again with a free first axis (dynamic_axes in PyTorch)."
              .formatted(subject, rows.size(), type),
          null);
    }
  }

  private static InputBinding ofColumns(ValueInfo input, List<String> columns, String subject) {
    TensorType type = input.type();
    List<Dim> dims = type.dims();
    boolean single = dims != null && dims.size() == 1;
    if (dims != null && dims.size() > 2) {
      throw new SpecException(
          "%s cannot be filled from columns of single values. Expected [rows, columns], got %s. Maybe you meant a column of vectors, {column: %s, shape: [...]}."
              .formatted(subject, type, columns.get(0)),
          null);
    }
    long width = single ? 1 : width(dims, columns.size());
    if (width != columns.size()) {
      throw new SpecException(
          "%s has another width than its columns. Expected %d columns, got %d: %s. Name them in order under target.inputs."
              .formatted(subject, width, columns.size(), String.join(", ", columns)),
          null);
    }
    boolean text = type.dtype() == Dtype.STRING;
    return new InputBinding(input.name(), columns, text, text, true, false)
        .shaped(0, type.dtype(), single ? List.of() : List.of(width));
  }

  private static long width(@Nullable List<Dim> dims, int otherwise) {
    return dims != null && dims.get(1) instanceof Dim.Fixed width ? width.size() : otherwise;
  }

  private static InputBinding ofVectors(
      ValueInfo input, InputSpec filled, Table table, String subject) {
    String name = filled.columns().get(0);
    if (input.type().dtype() == Dtype.STRING) {
      throw new SpecException(
          "%s takes texts. Expected columns of texts, got a column of vectors \"%s\"."
              .formatted(subject, name),
          null);
    }
    if (!(table.column(name) instanceof VectorColumn column)) {
      throw new SpecException(
          "%s is to be filled by vectors. Expected lists of numbers in column \"%s\", got %s."
              .formatted(subject, name, table.column(name).content()),
          null);
    }
    List<Long> shape = shape(input.type(), filled, column.width(), subject);
    return new InputBinding(input.name(), filled.columns(), false, false, true, false)
        .shaped(column.width(), input.type().dtype(), shape);
  }

  /** Axes of a row: as the spec says, else as the file says, else one. */
  private static List<Long> shape(TensorType type, InputSpec filled, int width, String subject) {
    List<Dim> dims = type.dims();
    List<Long> shape = filled.shape().stream().map(Integer::longValue).toList();
    if (shape.isEmpty() && (dims == null || dims.size() == 2)) {
      shape = List.of((long) width);
    }
    if (shape.isEmpty()
        && dims != null
        && dims.stream().skip(1).allMatch(Dim.Fixed.class::isInstance)) {
      shape = dims.stream().skip(1).map(dim -> ((Dim.Fixed) dim).size()).toList();
    }
    if (shape.isEmpty()) {
      throw new SpecException(
          "%s leaves open which shape a row has. Expected a shape in the spec, such as {column: %s, shape: [3, 48, 192]}, got %s."
              .formatted(subject, filled.columns().get(0), type),
          null);
    }
    if (!fits(shape, dims) || shape.stream().reduce(1L, Math::multiplyExact) != width) {
      throw new SpecException(
          "%s cannot be filled with the vectors of column \"%s\". Expected %s for each row, got %d numbers as %s."
              .formatted(subject, filled.columns().get(0), type, width, shape),
          null);
    }
    return shape;
  }

  private static boolean fits(List<Long> shape, @Nullable List<Dim> dims) {
    if (dims == null) {
      return true;
    }
    if (dims.size() != shape.size() + 1) {
      return false;
    }
    for (int i = 0; i < shape.size(); i++) {
      if (dims.get(i + 1) instanceof Dim.Fixed fixed && fixed.size() != shape.get(i)) {
        return false;
      }
    }
    return true;
  }

  /** The output that is the prediction. */
  static String output(TargetSpec.Onnx spec, Graph graph) {
    List<String> names = graph.outputs().stream().map(ValueInfo::name).toList();
    String wanted = spec.output();
    if (wanted == null && names.size() == 1) {
      return names.get(0);
    }
    if (wanted == null || !names.contains(wanted)) {
      throw new SpecException(
          "target.output does not say which output of model \"%s\" is the prediction. Expected one of %s, got %s.%s"
              .formatted(
                  spec.path().getFileName(),
                  String.join(", ", names),
                  wanted == null ? "nothing" : "\"" + wanted + "\"",
                  wanted == null ? "" : Spelling.advice(wanted, names)),
          null);
    }
    return wanted;
  }

  /**
   * The binding of a column that is an input by itself.
   *
   * @param rows a number that is missing somewhere, or in rows to come, may be missing
   */
  static InputBinding single(
      String input, TrainingRows rows, String columnName, boolean target, boolean condition) {
    Column column = rows.table().column(columnName);
    boolean text = column instanceof TextColumn;
    InputBinding binding =
        new InputBinding(
            input,
            List.of(columnName),
            text,
            text || column.missingCount() > 0 || rows.mayMiss().contains(columnName),
            target,
            condition);
    return column instanceof VectorColumn vectors
        ? binding.shaped(vectors.width(), Dtype.FLOAT, List.of((long) vectors.width()))
        : binding;
  }
}
