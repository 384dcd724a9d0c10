package io.hyperdelta.weave;

import io.hyperdelta.graph.Attribute;
import io.hyperdelta.graph.GraphEditor;
import io.hyperdelta.graph.TensorValue;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Puts matrices together from chunks of their numbers, which lie input by input.
 *
 * @param count chunks of a matrix
 * @param width numbers of a chunk
 * @param in rows of a matrix
 * @param out columns of a matrix; the last chunk has room for its last number, and perhaps for more
 */
record Chunks(GraphEditor editor, long count, long width, long in, long out) {
  /**
   * Each chunk its embedding times a matrix that all share.
   *
   * @param embeddings name of float32 {@code [1, count, embedding]}
   * @param shared name of float32 {@code [N, embedding, width]}
   * @return name of float32 {@code [N, in, out]}
   */
  String matrices(String embeddings, String shared) {
    String chunks = editor.node("MatMul", embeddings, shared);
    if (count * width > in * out) {
      chunks = first(Mix.reshape(editor, chunks, -1, count * width), in * out);
    }
    return Mix.reshape(editor, chunks, -1, in, out);
  }

  /** Name of the first columns of a matrix. */
  private String first(String x, long columns) {
    if (editor.opset() >= 10) {
      return editor.node(
          "Slice",
          x,
          editor.constant(TensorValue.longs(0)),
          editor.constant(TensorValue.longs(columns)),
          editor.constant(TensorValue.longs(1)));
    }
    Map<String, Attribute> range = new LinkedHashMap<>();
    range.put("axes", Attribute.ints(1));
    range.put("starts", Attribute.ints(0));
    range.put("ends", Attribute.ints(columns));
    return editor.node("Slice", range, x);
  }
}
