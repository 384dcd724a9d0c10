package io.hyperdelta.runtime;

import io.hyperdelta.bundle.InputBinding;
import io.hyperdelta.graph.TensorValue;
import io.hyperdelta.problem.Spelling;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Rows to the inputs of a graph, checked: every column there, of the right type, and finite where
 * it must be. Stateless.
 */
final class InputTensors {
  private InputTensors() {}

  /**
   * Inputs by name, numbers {@code [rows, ...]} or strings {@code [rows, columns]}.
   *
   * @throws RowsException at the first column that does not fit
   */
  static Map<String, TensorValue> of(
      Rows rows, List<InputBinding> bindings, KnownCategories known) {
    Map<String, TensorValue> inputs = new LinkedHashMap<>();
    for (InputBinding binding : bindings) {
      inputs.put(binding.input(), tensor(rows, binding, known));
    }
    return inputs;
  }

  private static TensorValue tensor(Rows rows, InputBinding binding, KnownCategories known) {
    if (binding.vector() > 0) {
      return vectors(rows, binding);
    }
    return binding.text() ? texts(rows, binding, known) : numbers(rows, binding);
  }

  private static TensorValue vectors(Rows rows, InputBinding binding) {
    String name = binding.columns().get(0);
    float[][] column = rows.vectors(name);
    if (column == null) {
      throw absent(rows, name, "vectors of " + binding.vector() + " numbers");
    }
    float[] values = new float[Math.multiplyExact(rows.count(), binding.vector())];
    for (int r = 0; r < column.length; r++) {
      if (column[r].length != binding.vector()) {
        throw new RowsException(
            "Column \"%s\" has a vector of another length in row %d. Expected %d numbers, got %d."
                .formatted(name, r + 1, binding.vector(), column[r].length));
      }
      System.arraycopy(column[r], 0, values, r * binding.vector(), column[r].length);
      if (!binding.takesAll(column[r])) {
        for (float value : column[r]) {
          checked(binding, name, r, value);
        }
      }
    }
    return binding.tensor(values, rows.count());
  }

  private static TensorValue numbers(Rows rows, InputBinding binding) {
    int width = binding.columns().size();
    float[] values = new float[Math.multiplyExact(rows.count(), width)];
    for (int c = 0; c < width; c++) {
      String name = binding.columns().get(c);
      double[] column = rows.numbers(name);
      if (column == null) {
        throw absent(rows, name, "numbers");
      }
      for (int r = 0; r < column.length; r++) {
        values[r * width + c] = checked(binding, name, r, column[r]);
      }
    }
    return binding.tensor(values, rows.count());
  }

  private static float checked(InputBinding binding, String column, int row, double value) {
    float narrow = (float) value;
    if (Float.isFinite(narrow) && !binding.takes(value)) {
      throw new RowsException(
          "Column \"%s\" is not usable in row %d. Expected a whole number of at most 16,777,216 in size, got %s."
              .formatted(column, row + 1, value));
    }
    boolean allowed = Double.isNaN(value) ? binding.missing() : Float.isFinite(narrow);
    if (!allowed) {
      throw new RowsException(
          "%s column \"%s\" is not usable in row %d. Expected a finite number, got %s.%s"
              .formatted(
                  binding.condition() ? "Condition" : "Feature",
                  column,
                  row + 1,
                  Double.isNaN(value) ? "NaN or a missing value" : value,
                  binding.condition()
                      ? " A hypernetwork cannot generate weights for such a condition; leave the row out."
                      : " The model was trained without missing values in it; fill it in, or leave the row out."));
    }
    return narrow;
  }

  private static TensorValue texts(Rows rows, InputBinding binding, KnownCategories known) {
    int width = binding.columns().size();
    List<String> values = new ArrayList<>();
    List<List<@Nullable String>> columns = new ArrayList<>();
    for (String name : binding.columns()) {
      List<@Nullable String> column = rows.texts(name);
      if (column == null) {
        throw absent(rows, name, "texts");
      }
      columns.add(column);
    }
    if (binding.closed()) {
      known.refuse(binding, columns.get(0));
    }
    for (int r = 0; r < rows.count(); r++) {
      for (int c = 0; c < width; c++) {
        String value = columns.get(c).get(r);
        // A missing text is a category like any other that was not seen: all zeros after one-hot
        // encoding.
        values.add(value == null ? "" : value);
      }
    }
    return TensorValue.ofStrings(values, rows.count(), width);
  }

  /** The exception for a column that the rows do not have, or have with other values. */
  static RowsException absent(Rows rows, String column, String expected) {
    String content = rows.content(column);
    return content != null
        ? new RowsException(
            "Column \"%s\" has the wrong type. Expected %s, got %s."
                .formatted(column, expected, content))
        : new RowsException(
            "The rows have no column \"%s\", which the model needs. Expected %s in it; got columns %s.%s"
                .formatted(
                    column,
                    expected,
                    String.join(", ", rows.columns()),
                    Spelling.advice(column, rows.columns())));
  }
}
