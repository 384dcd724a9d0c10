package io.hyperdelta.weave;

import io.hyperdelta.graph.Attribute;
import io.hyperdelta.graph.GraphEditor;
import io.hyperdelta.graph.TensorValue;
import java.util.List;
import java.util.Map;

/**
 * Lays values out in K blocks of rows, one for each condition.
 *
 * @param editor takes the nodes
 * @param conditions name of K, int64 {@code [1]}
 */
record Blocks(GraphEditor editor, String conditions) {
  /** Name of a value {@code [..., width]} as {@code [K, m, width]}. */
  String of(String value, long width) {
    return shaped(value, -1, width);
  }

  /** Name of a value as {@code [K, m]}. */
  String flat(String value) {
    return shaped(value, -1);
  }

  private String shaped(String value, long... behind) {
    String shape =
        editor.node(
            "",
            "Concat",
            Map.of("axis", Attribute.of(0)),
            List.of(conditions, editor.constant(TensorValue.longs(behind))));
    return editor.node("Reshape", value, shape);
  }

  /** Name of a value {@code [rows, width, ...]} as {@code [rows, positions, width]}. */
  static String channelsLast(GraphEditor editor, String value, long width) {
    String flat = editor.node("Reshape", value, editor.constant(TensorValue.longs(0, width, -1)));
    return swapped(editor, flat);
  }

  /** Name of a value with its second and third axis swapped. */
  static String swapped(GraphEditor editor, String value) {
    return editor.node("Transpose", Map.of("perm", Attribute.ints(0, 2, 1)), value);
  }
}
