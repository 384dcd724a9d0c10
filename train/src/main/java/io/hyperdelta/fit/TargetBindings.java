package io.hyperdelta.fit;

import io.hyperdelta.bundle.InputBinding;
import io.hyperdelta.data.Column;
import io.hyperdelta.data.TextColumn;
import io.hyperdelta.data.VectorColumn;
import io.hyperdelta.graph.Dim;
import io.hyperdelta.graph.Dtype;
import io.hyperdelta.graph.Graph;
import io.hyperdelta.graph.TensorType;
import io.hyperdelta.graph.ValueInfo;
import io.hyperdelta.problem.Spelling;
import io.hyperdelta.spec.SpecException;
import io.hyperdelta.spec.TargetSpec;
import java.util.ArrayList;
import java.util.List;

/** How the inputs of a target that the user brings are filled from columns. Stateless. */
final class TargetBindings {
  private TargetBindings() {}

  /**
   * The columns of each required input: those that the spec names, or the one of the input's own
   * name.
   *
   * @throws SpecException if the spec names an input that is not there, or an input that columns
   *     cannot fill
   */
  static List<InputBinding> of(TargetSpec.Onnx spec, Graph graph) {
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
    List<InputBinding> bindings = new ArrayList<>();
    for (ValueInfo input : graph.requiredInputs()) {
      List<String> columns = spec.inputs().getOrDefault(input.name(), List.of(input.name()));
      checkType(input, columns, spec);
      boolean text = input.type().dtype() == Dtype.STRING;
      bindings.add(new InputBinding(input.name(), columns, text, text, true, false));
    }
    return bindings;
  }

  private static void checkType(ValueInfo input, List<String> columns, TargetSpec.Onnx spec) {
    TensorType type = input.type();
    boolean kind = type.dtype() == Dtype.FLOAT || type.dtype() == Dtype.STRING;
    List<Dim> dims = type.dims();
    boolean rank = dims == null || dims.size() == 2;
    if (!kind || !rank) {
      throw new SpecException(
          "Input \"%s\" of model \"%s\" cannot be filled from columns. Expected float or string [rows, columns], got %s."
              .formatted(input.name(), spec.path().getFileName(), type),
          null);
    }
    if (dims != null && dims.get(0) instanceof Dim.Fixed rows) {
      throw new SpecException(
          "Input \"%s\" of model \"%s\" takes exactly %d rows at a time. Expected a first axis of any size, got %s. Export the model again with a free first axis (dynamic_axes in PyTorch)."
              .formatted(input.name(), spec.path().getFileName(), rows.size(), type),
          null);
    }
    if (dims != null && dims.get(1) instanceof Dim.Fixed width && width.size() != columns.size()) {
      throw new SpecException(
          "Input \"%s\" of model \"%s\" has another width than its columns. Expected %d columns, got %d: %s. Name them in order under target.inputs."
              .formatted(
                  input.name(),
                  spec.path().getFileName(),
                  width.size(),
                  columns.size(),
                  String.join(", ", columns)),
          null);
    }
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
    return new InputBinding(
        input,
        List.of(columnName),
        text,
        text || column.missingCount() > 0 || rows.mayMiss().contains(columnName),
        target,
        condition,
        List.of(),
        false,
        column instanceof VectorColumn vectors ? vectors.width() : 0);
  }
}
