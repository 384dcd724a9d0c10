package io.hyperdelta.condition;

import io.hyperdelta.condition.ColumnEncoder.OneHot;
import io.hyperdelta.condition.ColumnEncoder.Standardise;
import io.hyperdelta.graph.Attribute;
import io.hyperdelta.graph.Dtype;
import io.hyperdelta.graph.GraphEditor;
import io.hyperdelta.graph.TensorType;
import io.hyperdelta.graph.TensorValue;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/**
 * Raw columns to one vector, as graph nodes: e(c). Numbers are standardised together, texts become
 * one-hot vectors. Networks that we train encode their features with it as well.
 *
 * @param columns the columns' encoders; numbers come first in the vector, then texts, each in this
 *     order
 */
public record ConditionEncoder(List<ColumnEncoder> columns) {
  public ConditionEncoder {
    columns = List.copyOf(columns);
    if (columns.isEmpty()) {
      throw new IllegalArgumentException("An encoder has no columns. Expected at least one.");
    }
  }

  /** Length of the vector. */
  public int width() {
    return columns.stream().mapToInt(ColumnEncoder::width).sum();
  }

  /** Declared type of a column's input, {@code [rowsSymbol, 1]}. */
  public static TensorType inputType(ColumnEncoder column, String rowsSymbol) {
    return TensorType.of(column.isText() ? Dtype.STRING : Dtype.FLOAT, rowsSymbol, 1);
  }

  /**
   * Adds the encoding to a graph.
   *
   * @param inputs from a column to the name of its value, float or string {@code [rows, 1]}
   * @return name of the vector, float32 {@code [rows, width]}
   */
  public String encode(GraphEditor editor, UnaryOperator<String> inputs) {
    List<String> pieces = new ArrayList<>();
    List<Standardise> numbers = new ArrayList<>();
    columns.forEach(
        column -> {
          if (column instanceof Standardise number) {
            numbers.add(number);
          }
        });
    if (!numbers.isEmpty()) {
      addNumbers(editor, numbers, inputs, pieces);
    }
    for (ColumnEncoder column : columns) {
      if (column instanceof OneHot oneHot) {
        pieces.add(oneHot(editor, oneHot, inputs.apply(oneHot.column())));
      }
    }
    return concat(editor, pieces);
  }

  private static void addNumbers(
      GraphEditor editor,
      List<Standardise> numbers,
      UnaryOperator<String> inputs,
      List<String> pieces) {
    String raw = concat(editor, numbers.stream().map(n -> inputs.apply(n.column())).toList());
    String means =
        editor.constant(vector(numbers.stream().mapToDouble(Standardise::mean).toArray()));
    if (numbers.stream().anyMatch(Standardise::missing)) {
      raw = editor.replaceNaN(raw, means);
    }
    String deviations =
        editor.constant(vector(numbers.stream().mapToDouble(Standardise::deviation).toArray()));
    pieces.add(editor.node("Div", editor.node("Sub", raw, means), deviations));
    for (Standardise number : numbers) {
      if (number.missing()) {
        String indicator = editor.isNaN(inputs.apply(number.column()));
        pieces.add(editor.node("Cast", Map.of("to", Attribute.of(Dtype.FLOAT.code())), indicator));
      }
    }
  }

  private static String oneHot(GraphEditor editor, OneHot column, String input) {
    Map<String, Attribute> attributes = new LinkedHashMap<>();
    attributes.put("cats_strings", Attribute.texts(column.categories()));
    attributes.put("zeros", Attribute.of(1));
    String encoded =
        editor.node(GraphEditor.ML_DOMAIN, "OneHotEncoder", attributes, List.of(input));
    // The operator adds an axis: [rows, 1] becomes [rows, 1, categories].
    return editor.node("Reshape", encoded, editor.constant(TensorValue.longs(-1, column.width())));
  }

  private static String concat(GraphEditor editor, List<String> pieces) {
    return pieces.size() == 1
        ? pieces.get(0)
        : editor.node("", "Concat", Map.of("axis", Attribute.of(1)), pieces);
  }

  private static TensorValue vector(double[] values) {
    float[] floats = new float[values.length];
    for (int i = 0; i < values.length; i++) {
      floats[i] = (float) values[i];
    }
    return TensorValue.ofFloats(floats, floats.length);
  }
}
