package io.hyperdelta.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import io.hyperdelta.graph.Attribute;
import io.hyperdelta.graph.Dtype;
import io.hyperdelta.graph.Graph;
import io.hyperdelta.graph.GraphEditor;
import io.hyperdelta.graph.Model;
import io.hyperdelta.graph.ModelWriter;
import io.hyperdelta.graph.TensorType;
import io.hyperdelta.graph.TensorValue;
import java.util.Arrays;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** Small runs have one thread, large ones all. */
class SessionsTest {
  private static final int PROCESSORS = Runtime.getRuntime().availableProcessors();

  private static TensorValue ones(long... dims) {
    int count = 1;
    for (long dim : dims) {
      count *= (int) dim;
    }
    float[] values = new float[count];
    Arrays.fill(values, 1);
    return TensorValue.ofFloats(values, dims);
  }

  /** A product with one weight [width, width], which comes behind a look-up in a larger table. */
  private static Model product(int width, TensorType x) {
    GraphEditor editor = GraphEditor.empty("product", 17);
    editor.input("x", x);
    editor.initializer("w", ones(width, width));
    editor.initializer("table", ones(1000, 700));
    editor.initializer("first", TensorValue.ofLongs(new long[] {0}));
    String row = editor.node("ReduceMean", editor.node("Gather", "table", "first"));
    editor.nodeInto("y", "Add", editor.node("MatMul", "x", "w"), row);
    editor.output("y", new TensorType(Dtype.FLOAT, null));
    return editor.finish("product");
  }

  private static LargestProduct largest(TensorType x) {
    return LargestProduct.of(product(8, x).graph());
  }

  @Test
  void productsAreAsLargeAsTheirWeightsAndAsManyAsTheirRows() {
    LargestProduct rows = largest(TensorType.of(Dtype.FLOAT, "rows", 8));
    assertThat(rows.each()).isEqualTo(64);
    assertThat(rows.in(Map.of("x", ones(5, 8)))).isEqualTo(5 * 64);
    assertThat(rows.in(Map.of("x", ones(1, 8), "other", ones(3)))).isEqualTo(3 * 64);
    LargestProduct tokens = largest(TensorType.of(Dtype.FLOAT, "rows", "tokens", 8));
    assertThat(tokens.in(Map.of("x", ones(5, 7, 8)))).isEqualTo(5 * 7 * 64);
    LargestProduct fixed = largest(TensorType.of(Dtype.FLOAT, 5, 7, 8));
    assertThat(fixed.in(Map.of("x", ones(5, 7, 8)))).isEqualTo(5 * 7 * 64);
    LargestProduct unknown = largest(new TensorType(Dtype.FLOAT, null));
    assertThat(unknown.in(Map.of("x", ones(5, 8)))).isEqualTo(5 * 8 * 64);
  }

  @Test
  void whatConvolvesIsLarge() {
    GraphEditor editor = GraphEditor.empty("image", 17);
    editor.input("x", TensorType.of(Dtype.FLOAT, "rows", 1, 9, 9));
    editor.initializer("w", ones(1, 1, 3, 3));
    editor.nodeInto("y", "Conv", "x", "w");
    editor.output("y", new TensorType(Dtype.FLOAT, null));
    LargestProduct product = LargestProduct.of(editor.finish("image").graph());
    assertThat(product.each()).isEqualTo(Long.MAX_VALUE);
    assertThat(product.in(Map.of("x", ones(2, 1, 9, 9)))).isEqualTo(Long.MAX_VALUE);
  }

  @Test
  void constantsAreWeightsToo() {
    GraphEditor editor = GraphEditor.empty("constant", 17);
    editor.input("x", TensorType.of(Dtype.FLOAT, "rows", 8));
    editor.nodeInto(
        "y",
        "MatMul",
        "x",
        editor.node("Constant", Map.of("value", new Attribute.Tensor(ones(8, 9)))));
    editor.output("y", new TensorType(Dtype.FLOAT, null));
    assertThat(LargestProduct.of(editor.finish("constant").graph()).each()).isEqualTo(72);
  }

  private static Sessions sessions(Model model, int threads) throws OrtException {
    return new Sessions(
        OrtEnvironment.getEnvironment(), ModelWriter.write(model), model.graph(), threads);
  }

  @Test
  void aSmallGraphHasAnotherSessionForLargeRuns() throws OrtException {
    int width = 256;
    Model model = product(width, TensorType.of(Dtype.FLOAT, "rows", width));
    Map<String, TensorValue> few = Map.of("x", ones(16, width));
    Map<String, TensorValue> many = Map.of("x", ones(Sessions.MIN_SHARED / width / width, width));
    try (Sessions automatic = sessions(model, OrtGraph.DEFAULT_THREADS);
        Sessions two = sessions(model, 2)) {
      assertThat(automatic.forRun(few)).isSameAs(automatic.any());
      assertThat(automatic.forRun(many) == automatic.any()).isEqualTo(PROCESSORS == 1);
      assertThat(automatic.forRun(many)).isSameAs(automatic.forRun(many));
      assertThat(automatic.forRun(few)).isSameAs(automatic.any());
      assertThat(two.forRun(many)).isSameAs(two.any());
    }
  }

  @Test
  void aLargeGraphHasOne() throws OrtException {
    int width = 1100;
    Graph graph = product(width, TensorType.of(Dtype.FLOAT, "rows", width)).graph();
    assertThat(LargestProduct.of(graph).each()).isEqualTo(1_210_000);
    Model model = product(width, TensorType.of(Dtype.FLOAT, "rows", width));
    try (Sessions sessions = sessions(model, OrtGraph.DEFAULT_THREADS)) {
      assertThat(ModelWriter.write(model).length).isGreaterThan(Sessions.MAX_TWICE_BYTES);
      assertThat(sessions.forRun(Map.of("x", ones(64, width)))).isSameAs(sessions.any());
    }
  }

  private static TensorValue output(OrtGraph graph, TensorValue x) {
    return Objects.requireNonNull(graph.run(Map.of("x", x)).get("y"));
  }

  @Test
  void bothSessionsComputeTheSame() {
    int width = 256;
    Model model = product(width, TensorType.of(Dtype.FLOAT, "rows", width));
    int rows = (int) (Sessions.MIN_SHARED / width / width);
    try (OrtGraph graph = OrtGraph.load(ModelWriter.write(model), "product")) {
      TensorValue large = output(graph, ones(rows, width));
      TensorValue small = output(graph, ones(1, width));
      assertThat(large.dims()).containsExactly(rows, width);
      assertThat(large.rows(0)).isEqualTo(small);
      assertThat(small.floats()).containsOnly(width + 1f);
    }
  }
}
