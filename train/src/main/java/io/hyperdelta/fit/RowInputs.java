package io.hyperdelta.fit;

import io.hyperdelta.autodiff.Precision;
import io.hyperdelta.autodiff.Tensors;
import io.hyperdelta.autodiff.Value;
import io.hyperdelta.bundle.InputBinding;
import io.hyperdelta.data.NumericColumn;
import io.hyperdelta.data.Table;
import io.hyperdelta.data.TextColumn;
import io.hyperdelta.data.VectorColumn;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Rows of a table as inputs of a graph. Stateless. */
final class RowInputs {
  private RowInputs() {}

  /**
   * Inputs by name, {@code [rows, ...]}; tensors belong to the caller's open scope.
   *
   * @param bindings how the inputs are filled
   */
  static Map<String, Value> of(Table table, List<InputBinding> bindings) {
    Map<String, Value> inputs = new LinkedHashMap<>();
    for (InputBinding binding : bindings) {
      inputs.put(binding.input(), binding.text() ? texts(table, binding) : numbers(table, binding));
    }
    return inputs;
  }

  private static Value numbers(Table table, InputBinding binding) {
    return Value.of(
        Tensors.of(binding.tensor(floats(table, binding), table.rowCount()), Precision.FLOAT));
  }

  /** The numbers of an input, row after row. */
  static float[] floats(Table table, InputBinding binding) {
    if (binding.vector() > 0) {
      return ((VectorColumn) table.column(binding.columns().get(0))).values();
    }
    int width = binding.columns().size();
    float[] values = new float[Math.multiplyExact(table.rowCount(), width)];
    for (int c = 0; c < width; c++) {
      NumericColumn column = table.numeric(binding.columns().get(c));
      for (int row = 0; row < table.rowCount(); row++) {
        values[row * width + c] = (float) column.value(row);
      }
    }
    return values;
  }

  private static Value texts(Table table, InputBinding binding) {
    List<TextColumn> columns = binding.columns().stream().map(table::text).toList();
    List<String> values = new ArrayList<>(Math.multiplyExact(table.rowCount(), columns.size()));
    for (int row = 0; row < table.rowCount(); row++) {
      for (TextColumn column : columns) {
        String value = column.value(row);
        values.add(value == null ? "" : value);
      }
    }
    return Value.ofTexts(values, table.rowCount(), columns.size());
  }
}
