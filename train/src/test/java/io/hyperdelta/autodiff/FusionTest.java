package io.hyperdelta.autodiff;

import static org.assertj.core.api.Assertions.assertThat;

import io.hyperdelta.graph.Attribute;
import io.hyperdelta.graph.Dtype;
import io.hyperdelta.graph.GraphEditor;
import io.hyperdelta.graph.Model;
import io.hyperdelta.graph.Node;
import io.hyperdelta.graph.TensorType;
import io.hyperdelta.graph.TensorValue;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.Tensor;
import org.junit.jupiter.api.Named;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Fused nodes give the values and gradients of the nodes they stand for, and only what is the
 * pattern is fused.
 */
@ExtendWith(NoLiveTensors.class)
@SuppressWarnings("try") // scopes work by being open
class FusionTest {
  private static final String X = "x";
  private static final int WIDTH = 6;
  private static final String FUSED = Fusion.DOMAIN + ".";

  @ParameterizedTest
  @MethodSource("spelledOut")
  void fusedIsTheSame(Model model, List<String> expectedOps) {
    Set<String> trainable =
        model.graph().initializers().keySet().stream()
            .filter(name -> name.startsWith("p."))
            .collect(Collectors.toSet());
    Model fused = Fusion.fuse(model, trainable);

    assertThat(fused.graph().nodes().stream().map(FusionTest::title).toList())
        .isEqualTo(expectedOps);
    assertThat(gradients(fused, trainable))
        // The constants of a spelled out operator are float32; those of the fused one are exact.
        .usingComparatorWithPrecision(1e-6)
        .containsExactly(gradients(model, trainable));
  }

  @ParameterizedTest
  @MethodSource("nearMisses")
  void whatOnlyLooksLikeItStays(Model model) {
    assertThat(Fusion.fuse(model, Set.of())).isEqualTo(model);
  }

  @Test
  void valuesThatOthersReadAreKept() {
    GraphEditor editor = editor();
    String erf = editor.node("Erf", editor.node("Div", X, number(editor, Math.sqrt(2))));
    String half = editor.node("Mul", X, number(editor, 0.5));
    String gelu = editor.node("Mul", half, editor.node("Add", erf, number(editor, 1)));
    Model model = finish(editor, editor.node("Mul", gelu, erf));

    assertThat(Fusion.fuse(model, Set.of()).graph().nodes()).hasSameSizeAs(model.graph().nodes());
  }

  /** The output and the gradients of a weighted sum of it, all in one row. */
  private static double[] gradients(Model model, Set<String> trainable) {
    List<Double> all = new ArrayList<>();
    try (PointerScope scope = new PointerScope();
        Program program =
            new Program(new Compiler(model, trainable, Precision.DOUBLE, name -> "").compile())) {
      Value x = Value.of(Case.mixed(2, 2, 3, WIDTH), Precision.DOUBLE);
      Tensor output = ((Value.Device) program.run(Map.of(X, x)).get(0)).tensor();
      double[] values = Tensors.doubles(output);
      double[] weights = new double[values.length];
      for (int i = 0; i < values.length; i++) {
        all.add(values[i]);
        weights[i] = Math.cos(0.7 * i);
      }
      output.mul(Tensors.ofDoubles(weights, Shapes.of(output))).sum().backward();
      for (Tensor leaf : program.parameters().tensors()) {
        for (double gradient : Tensors.doubles(leaf.grad())) {
          all.add(gradient);
        }
      }
    }
    return all.stream().mapToDouble(Double::doubleValue).toArray();
  }

  private static String title(Node node) {
    return Operator.title(node.domain(), node.op());
  }

  private static GraphEditor editor() {
    GraphEditor editor = GraphEditor.empty("spelled-out", 17);
    editor.input(X, TensorType.of(Dtype.FLOAT, 2, 2, 3, WIDTH));
    return editor;
  }

  private static String number(GraphEditor editor, double value) {
    return editor.constant(TensorValue.scalar((float) value));
  }

  private static Model finish(GraphEditor editor, String output) {
    editor.output(output, new TensorType(Dtype.FLOAT, null));
    return editor.finish("spelled-out");
  }

  private static Arguments expect(String name, Model model, String... ops) {
    return Arguments.of(Named.of(name, model), List.of(ops));
  }

  static Stream<Arguments> spelledOut() {
    return Stream.of(
        expect("layer norm", layerNorm(-1, 2, true, true), "LayerNormalization"),
        expect("layer norm, no shift", layerNorm(-1, 2, false, true), "LayerNormalization"),
        expect("layer norm, centred twice", layerNorm(-1, 2, true, false), "LayerNormalization"),
        expect("gelu, half last", gelu(0), "Gelu", "Mul"),
        expect("gelu, half first", gelu(1), "Gelu", "Mul"),
        expect("gelu, half in between", gelu(2), "Gelu", "Mul"),
        expect("hard swish", hardSwish(6, true), "Mul", "Mul", "HardSwish"),
        expect("hard swish, factor", hardSwish(6, false), "Mul", "Mul", "HardSwish"),
        expect("norm of a convolution", norm(false, true), FUSED + "NormalizedConv", "Mul"),
        expect("norm of a convolution, bias", norm(true, true), FUSED + "NormalizedConv", "Mul"),
        expect("a norm that is trained", norm(false, false), "Conv", "BatchNormalization"),
        expect("norm of kernels", kernels(4, false), "Unsqueeze", FUSED + "NormalizedProduct"),
        expect("norm of kernels, Relu", kernels(4, true), "Unsqueeze", FUSED + "NormalizedProduct"),
        expect("norm, other axes", kernels(3, true), "Unsqueeze", FUSED + "NormalizedProduct"),
        expect("linear", linear(), "io.hyperdelta.fused.Linear"),
        expect("sum and product", added(4, 4, true), FUSED + "AddedProduct"),
        expect("product and sum", added(4, 4, false), FUSED + "AddedProduct"),
        expect("sum and products", added(3, 3, true), "Reshape", FUSED + "AddedProduct"),
        expect("sum and rows' product", added(3, 2, true), "Reshape", FUSED + "AddedProduct"),
        expect("sum and a row's product", added(2, 2, false), "Reshape", FUSED + "AddedProduct"),
        expect("a sum that spreads", added(3, 3, false, 1), "Reshape", FUSED + "AddedProduct"),
        expect("a sum that is wider", added(2, 2, true, 1, 12), "Reshape", FUSED + "AddedProduct"),
        expect(
            "attention", attention("Div", true, -1), "Transpose", "io.hyperdelta.fused.Attention"),
        expect(
            "attention, factor",
            attention("Mul", true, 3),
            "Transpose",
            "io.hyperdelta.fused.Attention"),
        expect(
            "attention, no mask",
            attention("Mul", false, -1),
            "Transpose",
            "io.hyperdelta.fused.Attention"));
  }

  static Stream<Named<Model>> nearMisses() {
    return Stream.of(
        Named.of("another axis", layerNorm(1, 2, true, true)),
        Named.of("another power", layerNorm(-1, 4, true, true)),
        Named.of("another factor", gelu(3)),
        Named.of("another top", hardSwish(5, true)),
        Named.of("softmax over rows", attention("Div", true, 2)));
  }

  private static Model layerNorm(long axis, double power, boolean shift, boolean once) {
    GraphEditor editor = editor();
    String centred = editor.node("Sub", X, editor.reduceMean(X, axis));
    String again = once ? centred : editor.node("Sub", X, editor.reduceMean(X, axis));
    String square = editor.node("Pow", again, number(editor, power));
    String variance = editor.reduceMean(square, axis);
    String root = editor.node("Sqrt", editor.node("Add", variance, number(editor, 1e-3)));
    String scale = editor.initializer("p.scale", Case.positive(WIDTH));
    String result = editor.node("Mul", editor.node("Div", centred, root), scale);
    return finish(
        editor,
        shift
            ? editor.node("Add", result, editor.initializer("p.shift", Case.other(WIDTH)))
            : result);
  }

  private static Model gelu(int form) {
    GraphEditor editor = editor();
    // A parameter behind it shows that gradients pass.
    double factor = form == 3 ? Math.sqrt(3) : Math.sqrt(2);
    String erf = editor.node("Erf", editor.node("Div", X, number(editor, factor)));
    String one = editor.node("Add", number(editor, 1), erf);
    String half = number(editor, 0.5);
    String result =
        switch (form) {
          case 0 -> editor.node("Mul", editor.node("Mul", X, one), half);
          case 1 -> editor.node("Mul", editor.node("Mul", X, half), one);
          default -> editor.node("Mul", X, editor.node("Mul", half, one));
        };
    String scale = editor.initializer("p.scale", Case.positive(WIDTH));
    return finish(editor, editor.node("Mul", result, scale));
  }

  /** A sum with a product of x, which comes to have that many axes, with a trained matrix. */
  private static Model added(int axes, int matrixAxes, boolean sumFirst, long... sumBegins) {
    GraphEditor editor = editor();
    long[] dims = {2, 2, 3, WIDTH};
    long[] own = Arrays.copyOfRange(dims, 4 - axes, 4);
    own[0] = Arrays.stream(dims, 0, 5 - axes).reduce(1, (a, b) -> a * b);
    String x = axes == 4 ? X : editor.node("Reshape", X, editor.constant(TensorValue.longs(own)));
    long[] matrix = Arrays.copyOf(own, axes);
    matrix[axes - 2] = WIDTH;
    long[] other = Arrays.copyOfRange(matrix, axes - Math.min(axes, matrixAxes), axes);
    String product = editor.node("MatMul", x, editor.initializer("p.matrix", Case.mixed(other)));
    long[] begun = sumBegins.length == 0 ? new long[] {own[0]} : sumBegins;
    long[] sums = new long[own.length + begun.length - 1];
    System.arraycopy(begun, 0, sums, 0, begun.length);
    System.arraycopy(own, 1, sums, begun.length, own.length - 1);
    String sum = editor.initializer("p.sum", Case.other(sums));
    return finish(
        editor, sumFirst ? editor.node("Add", sum, product) : editor.node("Add", product, sum));
  }

  private static Model hardSwish(double top, boolean divided) {
    GraphEditor editor = editor();
    // Inputs beyond both bends.
    String x = editor.node("Mul", editor.initializer("p.scale", Case.positive(WIDTH)), X);
    x = editor.node("Mul", x, number(editor, 4));
    String clipped =
        editor.node(
            "Clip",
            editor.node("Add", x, number(editor, 3)),
            number(editor, 0),
            number(editor, top));
    String product = editor.node("Mul", x, clipped);
    return finish(
        editor,
        divided
            ? editor.node("Div", product, number(editor, 6))
            : editor.node("Mul", product, number(editor, 1.0 / 6)));
  }

  /** A convolution and its normalisation, whose scale is trained unless it is frozen. */
  private static Model norm(boolean bias, boolean frozen) {
    GraphEditor editor = editor();
    Map<String, Attribute> padded = Map.of("pads", Attribute.ints(1, 0, 1, 2));
    String weight = editor.initializer("weight", Case.mixed(4, 2, 3, 2));
    String y =
        bias
            ? editor.node("Conv", padded, X, weight, editor.initializer("bias", Case.mixed(4)))
            : editor.node("Conv", padded, X, weight);
    y = normalised(editor, y, 4, frozen ? "scale" : "p.scale");
    String last = frozen ? editor.initializer("p.last", Case.positive(WIDTH + 1)) : weight;
    return finish(editor, frozen ? editor.node("Mul", y, last) : y);
  }

  private static String normalised(GraphEditor editor, String y, long width, String scale) {
    return editor.node(
        "BatchNormalization",
        y,
        editor.initializer(scale, Case.positive(width)),
        editor.initializer("shift", Case.mixed(width)),
        editor.initializer("mean", Case.other(width)),
        editor.initializer("variance", Case.positive(width)));
  }

  /** Kernels [2, 4, 3] times images [2, 2, 3, 6], normalised over so many channels. */
  private static Model kernels(long channels, boolean activated) {
    GraphEditor editor = editor();
    String each = editor.unsqueeze(editor.initializer("p.kernels", Case.mixed(2, 4, 3)), 1);
    String product = editor.node("MatMul", each, X);
    // [2, 2, 4, 6]
    String images =
        editor.node(
            "Reshape", product, editor.constant(TensorValue.longs(-1, channels, 2, 12 / channels)));
    String y = normalised(editor, images, channels, "scale");
    return finish(editor, activated ? editor.node("Relu", y) : y);
  }

  private static Model linear() {
    GraphEditor editor = editor();
    String product = editor.node("MatMul", X, editor.initializer("p.weight", Case.mixed(WIDTH, 4)));
    return finish(editor, editor.node("Add", editor.initializer("p.bias", Case.other(4)), product));
  }

  private static Model attention(String scaling, boolean masked, long axis) {
    GraphEditor editor = editor();
    Map<String, Attribute> swap = Map.of("perm", Attribute.ints(0, 1, 3, 2));
    String query = editor.initializer("p.query", Case.mixed(2, 2, 3, WIDTH));
    String product = editor.node("MatMul", query, editor.node("Transpose", swap, X));
    String scores = editor.node(scaling, product, number(editor, 2.5));
    if (masked) {
      TensorValue mask = TensorValue.ofFloats(new float[] {0, -1, -9}, 1, 1, 1, 3);
      scores = editor.node("Add", scores, editor.constant(mask));
    }
    String weights = editor.node("Softmax", Map.of("axis", Attribute.of(axis)), scores);
    return finish(editor, editor.node("MatMul", weights, X));
  }

  @Test
  void largeProductsAreTheSame() {
    GraphEditor editor = GraphEditor.empty("large", 17);
    editor.input(X, TensorType.of(Dtype.FLOAT, "rows", "places", 256));
    String weight = editor.initializer("p.weight", Case.mixed(256, 300));
    String product = editor.node("MatMul", X, weight);
    String bias = editor.initializer("p.bias", Case.mixed(300));
    Model model = finish(editor, editor.node("Add", product, bias));
    Set<String> trainable = Set.of("p.weight", "p.bias");

    try (PointerScope scope = new PointerScope();
        Program program = Program.compile(model, trainable, Precision.FLOAT);
        Program exact = Program.compile(model, trainable, Precision.DOUBLE)) {
      // More multiplications than oneDNN's threshold.
      Value x = Value.of(Case.mixed(4, 128, 256), Precision.FLOAT);
      assertThat(scaled(program, x))
          .usingComparatorWithPrecision(1e-5)
          .containsExactly(scaled(exact, x));
    }
  }

  /** Output and gradients relative to their largest. */
  private static double[] scaled(Program program, Value x) {
    Tensor output = ((Value.Device) program.run(Map.of(X, x)).get(0)).tensor();
    output.mul(output).sum().backward();
    return Stream.concat(
            Stream.of(output), program.parameters().tensors().stream().map(Tensor::grad))
        .map(Tensors::doubles)
        .flatMapToDouble(
            values -> {
              double largest = Arrays.stream(values).map(Math::abs).max().orElse(1);
              return Arrays.stream(values).map(value -> value / largest);
            })
        .toArray();
  }
}
