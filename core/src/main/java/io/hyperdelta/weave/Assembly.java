package io.hyperdelta.weave;

import io.hyperdelta.graph.GraphEditor;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * How a delta's matrix {@code [in, out]} is made of a generated factor: linearly, and less the
 * frozen weight where the form replaces it.
 *
 * @param editor takes the nodes
 * @param linear from the name of float32 {@code [N, ...dims of the factor]} to the name of float32
 *     {@code [N, in, out]}, linear in each of the N
 * @param frozen name of the weight that is replaced, float32 {@code [in, out]}; null if the matrix
 *     is added
 */
record Assembly(
    GraphEditor editor, UnaryOperator<String> linear, @Nullable String frozen, long in, long out) {
  /**
   * The matrix of each condition.
   *
   * @param values name of the factor, float32 {@code [K, ...dims]}
   * @return name of float32 {@code [K, in, out]}
   */
  String each(String values) {
    String made = linear.apply(values);
    return frozen == null ? made : editor.node("Sub", made, frozen);
  }

  /**
   * Matrices whose mix by {@code [z; 1]} is the matrix of a condition, as the factor is the mix of
   * its head's rows. Only the last is weighted with 1, so it alone can be less the frozen weight.
   *
   * @param head name of float32 {@code [count, ...dims]}
   * @return name of float32 {@code [count, in, out]}
   */
  String stack(String head, long count) {
    String made = linear.apply(head);
    if (frozen == null) {
      return made;
    }
    String last = editor.pad(editor.unsqueeze(frozen, 0), 0, count - 1, 0, 0, 0, 0, 0);
    return editor.node("Sub", made, last);
  }
}
