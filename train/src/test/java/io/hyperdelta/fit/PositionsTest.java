package io.hyperdelta.fit;

import static org.assertj.core.api.Assertions.assertThat;

import io.hyperdelta.autodiff.Precision;
import io.hyperdelta.autodiff.Value;
import io.hyperdelta.graph.Attribute;
import io.hyperdelta.graph.Dtype;
import io.hyperdelta.graph.GraphEditor;
import io.hyperdelta.graph.ModelWriter;
import io.hyperdelta.graph.TensorType;
import io.hyperdelta.graph.TensorValue;
import io.hyperdelta.target.Target;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.PointerScope;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Rows that layers have for each row of a batch, in a network that has all kinds. */
@SuppressWarnings("try") // scopes work by being open
class PositionsTest {
  /**
   * Images [rows, 2, 4, 6] through a convolution to [rows, 3, 2, 3]; its pixels as 6 tokens of 3
   * numbers through a product; their mean through another; 5 ids looked up beside.
   */
  private static Target target() {
    GraphEditor editor = GraphEditor.empty("kinds", 17);
    editor.input("image", TensorType.of(Dtype.FLOAT, "rows", 2L, 4L, 6L));
    editor.input("ids", TensorType.of(Dtype.INT64, "rows", 5L));
    editor.initializer("kernel", ones(3, 2, 2, 2));
    editor.initializer("bias", ones(3));
    editor.initializer("each", ones(3, 4));
    editor.initializer("pooled", ones(4, 2));
    editor.initializer("table", ones(7, 2));
    String conv =
        editor.node(
            "",
            "Conv",
            Map.of("strides", Attribute.ints(2, 2)),
            List.of("image", "kernel", "bias"));
    String flat = editor.node("Reshape", conv, editor.constant(TensorValue.longs(0, 3, -1)));
    String tokens = editor.node("Transpose", Map.of("perm", Attribute.ints(0, 2, 1)), flat);
    String mapped = editor.node("MatMul", tokens, "each");
    String mean = editor.node("MatMul", editor.reduceMean(mapped, 1), "pooled");
    String looked = editor.reduceMean(editor.node("Gather", "table", "ids"), 1);
    editor.nodeInto("y", "Add", mean, looked);
    editor.output("y", TensorType.of(Dtype.FLOAT, "rows", 1L, 2L));
    return Target.of(ModelWriter.write(editor.finish("kinds")), "kinds.onnx");
  }

  private static TensorValue ones(long... dims) {
    int count = 1;
    for (long dim : dims) {
      count = Math.toIntExact(count * dim);
    }
    float[] ones = new float[count];
    Arrays.fill(ones, 1);
    return TensorValue.ofFloats(ones, dims);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3})
  void areThoseOfTheLayers(int rows) {
    try (PointerScope scope = new PointerScope()) {
      Map<String, Value> inputs =
          Map.of(
              "image", Value.of(ones(rows, 2, 4, 6), Precision.FLOAT),
              "ids", Value.of(TensorValue.ofLongs(new long[rows * 5], rows, 5), Precision.FLOAT));

      assertThat(Positions.of(target(), inputs, rows))
          .containsOnly(
              Map.entry("kernel", 6),
              Map.entry("bias", 6),
              Map.entry("each", 6),
              Map.entry("table", 5));
    }
  }
}
