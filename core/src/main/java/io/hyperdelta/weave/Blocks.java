package io.hyperdelta.weave;

import io.hyperdelta.graph.Attribute;
import io.hyperdelta.graph.GraphEditor;
import io.hyperdelta.graph.TensorValue;
import io.hyperdelta.target.Axes;
import java.util.LinkedHashMap;
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

  /**
   * Name of a value with rows first and units last, as {@link #of} needs it: as it is, or with
   * three axes.
   *
   * @param width how many units it has
   */
  static String rowsFirst(GraphEditor editor, String value, long width, Axes axes) {
    return switch (axes) {
      case UNITS_LAST -> value;
      case CHANNELS_FIRST ->
          turned(
              editor,
              axes,
              editor.node("Reshape", value, editor.constant(TensorValue.longs(0, width, -1))));
      case COLUMNS -> {
        String before = editor.constant(TensorValue.longs(-1, width));
        String shape =
            editor.node(
                "",
                "Concat",
                Map.of("axis", Attribute.of(0)),
                List.of(before, lastDim(editor, value)));
        yield turned(editor, axes, editor.node("Reshape", value, shape));
      }
      case STEPS_FIRST -> turned(editor, axes, value);
    };
  }

  /** Name of a value of three axes with those swapped in which an order differs from ours. */
  static String turned(GraphEditor editor, Axes axes, String value) {
    Attribute order = axes == Axes.STEPS_FIRST ? Attribute.ints(1, 0, 2) : Attribute.ints(0, 2, 1);
    return editor.node("Transpose", Map.of("perm", order), value);
  }

  /** A value's size along its last axis, int64 {@code [1]}. */
  private static String lastDim(GraphEditor editor, String value) {
    String shape = editor.node("Shape", value);
    if (editor.opset() >= 10) {
      return editor.node(
          "Slice",
          shape,
          editor.constant(TensorValue.longs(-1)),
          editor.constant(TensorValue.longs(Integer.MAX_VALUE)));
    }
    Map<String, Attribute> last = new LinkedHashMap<>();
    last.put("starts", Attribute.ints(-1));
    last.put("ends", Attribute.ints(Integer.MAX_VALUE));
    return editor.node("Slice", last, shape);
  }
}
