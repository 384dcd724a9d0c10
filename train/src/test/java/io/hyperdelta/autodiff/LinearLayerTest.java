package io.hyperdelta.autodiff;

import static org.assertj.core.api.Assertions.assertThat;

import io.hyperdelta.graph.Attribute;
import io.hyperdelta.graph.Dtype;
import io.hyperdelta.graph.GraphEditor;
import io.hyperdelta.graph.TensorType;
import io.hyperdelta.graph.TensorValue;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Products of every size and layout agree with products in plain Java, whoever computes them. */
@ExtendWith(NoLiveTensors.class)
@SuppressWarnings("try") // scopes work by being open
class LinearLayerTest {
  /**
   * A layer.
   *
   * @param outFirst whether the weight is [out, in]
   * @param trainable names among w and b
   * @param turned whether x reaches the product as a transposed view
   */
  record Layer(
      int rows,
      int in,
      int out,
      boolean outFirst,
      boolean biased,
      boolean turned,
      Set<String> trainable) {}

  static Stream<Layer> layers() {
    List<int[]> sizes =
        List.of(new int[] {3, 5, 4}, new int[] {200, 96, 64}, new int[] {1100, 200, 160});
    return sizes.stream()
        .flatMap(
            s ->
                Stream.of(
                    new Layer(s[0], s[1], s[2], false, true, false, Set.of()),
                    new Layer(s[0], s[1], s[2], true, true, false, Set.of()),
                    new Layer(s[0], s[1], s[2], true, false, true, Set.of()),
                    new Layer(s[0], s[1], s[2], false, true, true, Set.of("b")),
                    new Layer(s[0], s[1], s[2], true, true, true, Set.of("w", "b")),
                    new Layer(s[0], s[1], s[2], false, false, false, Set.of("w"))));
  }

  @ParameterizedTest
  @MethodSource("layers")
  void isTheProduct(Layer layer) {
    Random random = new Random(1);
    float[] x = numbers(random, layer.rows() * layer.in());
    float[] w = numbers(random, layer.in() * layer.out());
    float[] b = numbers(random, layer.biased() ? layer.out() : 0);
    try (PointerScope scope = new PointerScope();
        Program program =
            Program.compile(
                model(layer, w, b).finish("layer"), layer.trainable(), Precision.FLOAT)) {
      Tensor given = Tensors.ofFloats(x, layer.rows(), layer.in());
      Value input = Value.of(layer.turned() ? given.t().contiguous() : given);
      float[] expected = product(layer, x, w, b);

      assertThat(differing(output(program, input), expected)).isZero();
      try (NoGradGuard frozen = new NoGradGuard()) {
        assertThat(differing(output(program, input), expected)).isZero();
      }
    }
  }

  /** How many numbers differ by more than rounding; counted, for there are too many to list. */
  private static long differing(float[] made, float[] expected) {
    assertThat(made).hasSameSizeAs(expected);
    return IntStream.range(0, made.length)
        .filter(i -> !(Math.abs(made[i] - expected[i]) <= 1e-4f))
        .count();
  }

  private static float[] output(Program program, Value input) {
    Value made = program.run(Map.of("x", input)).get(0);
    return Tensors.floats(((Value.Device) made).tensor().detach());
  }

  private static GraphEditor model(Layer layer, float[] w, float[] b) {
    GraphEditor editor = GraphEditor.empty("layer", 17);
    int in = layer.in();
    int out = layer.out();
    String x =
        editor.input(
            "x",
            layer.turned()
                ? TensorType.of(Dtype.FLOAT, in, "rows")
                : TensorType.of(Dtype.FLOAT, "rows", in));
    editor.initializer(
        "w",
        layer.outFirst() ? TensorValue.ofFloats(w, out, in) : TensorValue.ofFloats(w, in, out));
    List<String> inputs = new ArrayList<>();
    inputs.add(layer.turned() ? editor.node("Transpose", x) : x);
    inputs.add("w");
    if (layer.biased()) {
      inputs.add(editor.initializer("b", TensorValue.ofFloats(b, out)));
    }
    Attribute transB = Attribute.of(layer.outFirst() ? 1 : 0);
    editor.output(
        editor.node("", "Gemm", Map.of("transB", transB), inputs),
        TensorType.of(Dtype.FLOAT, "rows", out));
    return editor;
  }

  private static float[] product(Layer layer, float[] x, float[] w, float[] b) {
    int in = layer.in();
    int out = layer.out();
    float[] y = new float[layer.rows() * out];
    for (int row = 0; row < layer.rows(); row++) {
      for (int o = 0; o < out; o++) {
        double sum = layer.biased() ? b[o] : 0;
        for (int i = 0; i < in; i++) {
          sum += (double) x[row * in + i] * w[layer.outFirst() ? o * in + i : i * out + o];
        }
        y[row * out + o] = (float) sum;
      }
    }
    return y;
  }

  private static float[] numbers(Random random, int count) {
    float[] numbers = new float[count];
    for (int i = 0; i < count; i++) {
      numbers[i] = (float) random.nextGaussian();
    }
    return numbers;
  }
}
