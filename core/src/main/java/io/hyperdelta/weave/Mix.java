package io.hyperdelta.weave;

import io.hyperdelta.graph.Attribute;
import io.hyperdelta.graph.GraphEditor;
import io.hyperdelta.graph.TensorValue;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;

/**
 * Matrices that are added up with weights: a head's by the latent, a basis's by what is generated.
 *
 * @param weights name of float32 {@code [K, count]}
 * @param conditions name of K, int64 {@code [1]}
 * @param matrices name of float32, {@code count} matrices one after another
 */
record Mix(String weights, String conditions, String matrices, long count) {
  /**
   * x {@code [K, m, in]} times the mix {@code [in, out]}, in the order that the workload makes
   * cheapest.
   */
  String times(GraphEditor editor, Workload workload, long in, long out, Operand x) {
    return times(editor, Contraction.cheapest(workload, in, out, count, x.unfolding()), in, out, x);
  }

  /** The same in an order. */
  String times(GraphEditor editor, Contraction order, long in, long out, Operand x) {
    return switch (order) {
      case FACTORS_FIRST -> {
        String flat = editor.node("MatMul", weights, reshape(editor, matrices, count, in * out));
        yield x.timesEach(reshape(editor, flat, -1, in, out));
      }
      case INPUT_FIRST -> inputFirst(editor, in, out, x);
      case HEAD_LAST -> headLast(editor, in, out, x);
    };
  }

  private String inputFirst(GraphEditor editor, long in, long out, Operand x) {
    // [count, in, out] -> [in, out * count], so that x meets all matrices in one product. The
    // count comes last: engines are fast at weighting and adding up neighbours.
    String each = reshape(editor, matrices, count, in, out);
    String turned = editor.node("Transpose", Map.of("perm", Attribute.ints(1, 2, 0)), each);
    String all = x.times(reshape(editor, turned, in, out * count), out * count);
    String shape =
        editor.node(
            "",
            "Concat",
            Map.of("axis", Attribute.of(0)),
            List.of(conditions, editor.constant(TensorValue.longs(-1, out, count))));
    String products = editor.node("Reshape", all, shape);
    String factors = reshape(editor, weights, -1, 1, 1, count);
    return editor.reduceSum(editor.node("Mul", products, factors), 3);
  }

  private String headLast(GraphEditor editor, long in, long out, Operand x) {
    // [K, m, in, 1] * [K, 1, 1, count], and the matrices in the same order.
    String spread = editor.node("Mul", x.spread(), reshape(editor, weights, -1, 1, 1, count));
    String flat = reshape(editor, spread, 0, 0, in * count);
    String each = reshape(editor, matrices, count, in, out);
    String turned = editor.node("Transpose", Map.of("perm", Attribute.ints(1, 0, 2)), each);
    return editor.node("MatMul", flat, reshape(editor, turned, in * count, out));
  }

  /** Name of a value in another shape. */
  static String reshape(GraphEditor editor, String x, long... shape) {
    return editor.node("Reshape", x, editor.constant(TensorValue.longs(shape)));
  }

  /** A factor's shape behind an axis of conditions. */
  static long[] with(long first, long[] shape) {
    return LongStream.concat(LongStream.of(first), LongStream.of(shape)).toArray();
  }
}
