package io.hyperdelta.condition;

import io.hyperdelta.condition.ColumnEncoder.Category;
import io.hyperdelta.condition.ColumnEncoder.Cyclic;
import io.hyperdelta.condition.ColumnEncoder.OneHot;
import io.hyperdelta.condition.ColumnEncoder.Standardise;
import io.hyperdelta.condition.ColumnEncoder.Vector;
import io.hyperdelta.graph.Attribute;
import io.hyperdelta.graph.Dtype;
import io.hyperdelta.graph.GraphEditor;
import io.hyperdelta.graph.TensorValue;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.UnaryOperator;

/**
 * Raw columns to one vector, as graph nodes: e(c). Numbers are standardised together, categories
 * become one-hot or learned vectors. Networks that we train encode their features with it as well.
 *
 * @param columns the columns' encoders; standardised numbers come first in the vector, then the
 *     others, each in this order
 * @param constantNorm whether the vector is divided by the root mean square of its elements. The
 *     variance of what a linear map generates then no longer follows the size of the condition
 */
public record ConditionEncoder(List<ColumnEncoder> columns, boolean constantNorm) {
  /** Added under the root, so that a vector of zeros stays one. */
  private static final float EPSILON = 1e-6f;

  /** An encoder that leaves the norm as it is. */
  public ConditionEncoder(List<ColumnEncoder> columns) {
    this(columns, false);
  }

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

  /**
   * What the encoder learns: the vectors of categories, float32 {@code [categories + 1, width]},
   * the last for unknown ones.
   *
   * @param prefix what the initializers' names begin with
   */
  public Map<String, TensorValue> freshParameters(String prefix, Random random) {
    Map<String, TensorValue> parameters = new LinkedHashMap<>();
    for (ColumnEncoder column : columns) {
      if (column instanceof Category category) {
        int rows = category.categories().count() + 1;
        float[] values = new float[Math.multiplyExact(rows, category.width())];
        for (int i = 0; i < values.length; i++) {
          values[i] = (float) random.nextGaussian();
        }
        parameters.put(
            embedding(prefix, category), TensorValue.ofFloats(values, rows, category.width()));
      }
    }
    return parameters;
  }

  private static String embedding(String prefix, Category column) {
    return prefix + column.column() + ".embedding";
  }

  /**
   * Adds the encoding to a graph, which holds the learned vectors already.
   *
   * @param prefix as for {@link #freshParameters}
   * @param inputs from a column to the name of its value, float or string {@code [rows, 1]}
   * @return name of the vector, float32 {@code [rows, width]}
   */
  public String encode(GraphEditor editor, String prefix, UnaryOperator<String> inputs) {
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
      String input = inputs.apply(column.column());
      if (column instanceof OneHot oneHot) {
        pieces.add(oneHot(editor, oneHot, input));
      } else if (column instanceof Category category) {
        String index = category.categories().index(editor, input);
        pieces.add(editor.node("Gather", embedding(prefix, category), index));
      } else if (column instanceof Cyclic cyclic) {
        pieces.add(cyclic(editor, cyclic, input));
      } else if (column instanceof Vector vector) {
        String centred = editor.node("Sub", input, editor.constant(vector(vector.means())));
        pieces.add(editor.node("Div", centred, editor.constant(vector(vector.deviations()))));
      }
    }
    String vector = concat(editor, pieces);
    return constantNorm ? normed(editor, vector) : vector;
  }

  /** The angle is taken of what is left of whole periods: exact also far from zero. */
  private static String cyclic(GraphEditor editor, Cyclic column, String input) {
    String period = editor.constant(TensorValue.scalar((float) column.period()));
    String periods = editor.node("Div", input, period);
    String part = editor.node("Sub", periods, editor.node("Floor", periods));
    String circle = editor.constant(TensorValue.scalar((float) (2 * Math.PI)));
    String angle = editor.node("Mul", part, circle);
    return concat(editor, List.of(editor.node("Cos", angle), editor.node("Sin", angle)));
  }

  private static String normed(GraphEditor editor, String vector) {
    String squares = editor.node("Mul", vector, vector);
    String mean = editor.reduceMean(squares, 1);
    String epsilon = editor.constant(TensorValue.scalar(EPSILON));
    return editor.node("Div", vector, editor.node("Sqrt", editor.node("Add", mean, epsilon)));
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

  private static TensorValue vector(List<Double> values) {
    return vector(values.stream().mapToDouble(Double::doubleValue).toArray());
  }

  private static TensorValue vector(double[] values) {
    float[] floats = new float[values.length];
    for (int i = 0; i < values.length; i++) {
      floats[i] = (float) values[i];
    }
    return TensorValue.ofFloats(floats, floats.length);
  }
}
