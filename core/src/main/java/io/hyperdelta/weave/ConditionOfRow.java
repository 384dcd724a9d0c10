package io.hyperdelta.weave;

import io.hyperdelta.graph.Attribute;
import io.hyperdelta.graph.Dtype;
import io.hyperdelta.graph.GraphEditor;
import io.hyperdelta.graph.TensorType;
import io.hyperdelta.graph.TensorValue;
import java.util.List;
import java.util.Map;

/**
 * The optional input that says which condition each row has, so that what is computed of conditions
 * is computed once for each of them and not once for each row. Left out, it is empty, and the
 * conditions stand for themselves, one after another.
 *
 * @param editor takes the nodes
 * @param isEmpty name of int64 {@code [1]}: 1 if the input was left out, else 0
 */
record ConditionOfRow(GraphEditor editor, String isEmpty) {
  /** NonZero, with which conditions are counted up without it, came in this version. */
  static final int FIRST_OPSET = 9;

  /** Adds the input. */
  static ConditionOfRow input(GraphEditor editor) {
    editor.optionalInput(
        Weaver.CONDITION_OF_ROW,
        TensorType.of(Dtype.INT64, "named-rows"),
        TensorValue.ofLongs(new long[0], 0));
    editor.prefix("hyperdelta/" + Weaver.CONDITION_OF_ROW + "/");
    String none =
        editor.node(
            "Equal",
            editor.node("Shape", Weaver.CONDITION_OF_ROW),
            editor.constant(TensorValue.longs(0)));
    String isEmpty = editor.node("Cast", Map.of("to", Attribute.of(Dtype.INT64.code())), none);
    editor.prefix("");
    return new ConditionOfRow(editor, isEmpty);
  }

  /**
   * Which condition each row has, or each condition itself.
   *
   * @param conditions name of a value with K conditions on its first axis
   * @return name of int64 {@code [n]} if rows name their conditions, else 0 to K-1
   */
  String index(String conditions) {
    String count = editor.node("Mul", isEmpty, editor.firstDim(conditions));
    Map<String, Attribute> ones = Map.of("value", Attribute.of(TensorValue.longs(1)));
    String places = editor.node("NonZero", editor.node("ConstantOfShape", ones, count));
    return editor.node(
        "",
        "Concat",
        Map.of("axis", Attribute.of(0)),
        List.of(Weaver.CONDITION_OF_ROW, Mix.reshape(editor, places, -1)));
  }
}
