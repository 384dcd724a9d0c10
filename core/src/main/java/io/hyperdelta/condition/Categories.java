package io.hyperdelta.condition;

import io.hyperdelta.graph.Attribute;
import io.hyperdelta.graph.GraphEditor;
import io.hyperdelta.graph.TensorValue;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;

/**
 * The texts of a column that are known from training. All others, also missing ones, are the
 * unknown category.
 *
 * @param values at least one, each once
 * @param closed whether predictions refuse the unknown category
 */
public record Categories(List<String> values, boolean closed) {
  public Categories {
    values = List.copyOf(values);
    int distinct = new HashSet<>(values).size();
    if (values.isEmpty() || distinct != values.size()) {
      throw new IllegalArgumentException(
          "Categories are unusable. Expected one or more, each once, got %d of which %d are distinct."
              .formatted(values.size(), distinct));
    }
  }

  /** Number of the known ones, and the position of the unknown one. */
  public int count() {
    return values.size();
  }

  /**
   * Adds nodes that number the categories.
   *
   * @param input name of a text value {@code [rows, 1]}
   * @return name of int64 {@code [rows]}: the position among the values, or their count if unknown
   */
  public String index(GraphEditor editor, String input) {
    Map<String, Attribute> attributes = new LinkedHashMap<>();
    attributes.put("default_int64", Attribute.of(count()));
    attributes.put("keys_strings", Attribute.texts(values));
    attributes.put("values_int64s", Attribute.ints(LongStream.range(0, count()).toArray()));
    String index = editor.node(GraphEditor.ML_DOMAIN, "LabelEncoder", attributes, List.of(input));
    return editor.node("Reshape", index, editor.constant(TensorValue.longs(-1)));
  }
}
