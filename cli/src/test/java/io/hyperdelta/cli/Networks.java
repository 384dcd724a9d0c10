package io.hyperdelta.cli;

import io.hyperdelta.graph.Dtype;
import io.hyperdelta.graph.GraphEditor;
import io.hyperdelta.graph.ModelWriter;
import io.hyperdelta.graph.TensorType;
import io.hyperdelta.graph.TensorValue;

/** Small ONNX files, for tests. Stateless. */
final class Networks {
  private Networks() {}

  /** A linear layer: {@code x} float {@code [rows, 3]} to {@code [rows, 1]}. */
  static byte[] linear() {
    GraphEditor editor = GraphEditor.empty("net", 17);
    editor.input("x", TensorType.of(Dtype.FLOAT, "rows", 3));
    editor.initializer("fc.weight", TensorValue.ofFloats(new float[] {1, 2, 3}, 3, 1));
    editor.initializer("fc.bias", TensorValue.ofFloats(new float[] {4}, 1));
    String y = editor.node("Gemm", "x", "fc.weight", "fc.bias");
    editor.output(y, TensorType.of(Dtype.FLOAT, "rows", 1));
    return ModelWriter.write(editor.finish("net"));
  }

  /** A network without parameters. */
  static byte[] bare() {
    GraphEditor editor = GraphEditor.empty("net", 17);
    editor.input("x", TensorType.of(Dtype.FLOAT, "rows", 3));
    editor.output(editor.node("Relu", "x"), TensorType.of(Dtype.FLOAT, "rows", 3));
    return ModelWriter.write(editor.finish("net"));
  }
}
