package io.hyperdelta.autodiff;

import static io.hyperdelta.autodiff.Case.bools;
import static io.hyperdelta.autodiff.Case.floats;
import static io.hyperdelta.autodiff.Case.longs;
import static io.hyperdelta.autodiff.Case.scalar;
import static org.assertj.core.api.Assertions.assertThat;

import io.hyperdelta.graph.Attribute;
import io.hyperdelta.graph.Dtype;
import io.hyperdelta.graph.TensorValue;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.bytedeco.javacpp.PointerScope;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What operators compute, against values worked out by hand from ONNX's definitions: folded from
 * initializers and run from inputs.
 */
@ExtendWith(NoLiveTensors.class)
@SuppressWarnings("try") // scopes work by being open
class OperatorValuesTest {
  private static final TensorValue MATRIX =
      TensorValue.ofFloats(new float[] {1, 2, 3, 4, 5, 6}, 2, 3);
  private static final float NAN = Float.NaN;
  private static final float INF = Float.POSITIVE_INFINITY;

  @ParameterizedTest
  @MethodSource("cases")
  void givesTheExpectedValue(Case testCase, TensorValue expected) {
    require(testCase, expected);
  }

  /** Runs a case both ways and compares its first outputs. */
  static void require(Case testCase, TensorValue... expected) {
    try (PointerScope scope = new PointerScope();
        Program folded = Program.compile(testCase.model(), Set.of(), Precision.FLOAT);
        Program open = Program.compile(testCase.openModel(), Set.of(), Precision.FLOAT)) {
      assertThat(folded.stepCount()).isZero();
      assertThat(open.stepCount()).isEqualTo(testCase.inputs().isEmpty() ? 0 : 1);
      for (int i = 0; i < expected.length; i++) {
        check(folded.run(Map.of()).get(i), expected[i]);
        check(open.run(testCase.values()).get(i), expected[i]);
      }
    }
  }

  private static void check(Value got, TensorValue expected) {
    assertThat(got.dims()).containsExactly(expected.dims());
    if (expected.dtype() == Dtype.STRING) {
      assertThat(((Value.Texts) got).elements()).isEqualTo(expected.strings());
      return;
    }
    if (got instanceof Value.Integers integers) {
      assertThat(integers.dtype()).isEqualTo(expected.dtype());
      assertThat(integers.elements()).containsExactly(expected.longs());
    } else {
      org.bytedeco.pytorch.Tensor tensor = ((Value.Device) got).tensor();
      assertThat(Tensors.type(tensor)).isEqualTo(Precision.FLOAT.scalarType(expected.dtype()));
      assertThat(Tensors.doubles(tensor))
          .usingComparatorWithPrecision(1e-6)
          .containsExactly(expected.doubles());
    }
  }

  private static Arguments expect(Case testCase, TensorValue expected) {
    return Arguments.of(testCase, expected);
  }

  static Stream<Arguments> cases() {
    return Stream.of(arithmetic(), linear(), shapes(), parts(), texts(), SpatialValues.cases())
        .flatMap(s -> s);
  }

  private static Stream<Arguments> arithmetic() {
    return Stream.of(
        expect(Case.of("Div", 14, longs(-7, 7, -6, 6), longs(2, -2, 4, 4)), longs(-3, -3, -1, 1)),
        expect(Case.of("Add", 14, longs(1, 2), scalar(3)), longs(4, 5)),
        expect(Case.of("Pow", 15, longs(2, 3), scalar(2)), longs(4, 9)),
        expect(Case.of("Min", 13, floats(1, 5), floats(3, 2)), floats(1, 2)),
        expect(
            Case.of("Clip", 13, floats(-2, 0.5f, 9), TensorValue.scalar(3), TensorValue.scalar(1)),
            floats(1, 1, 1)),
        expect(Case.of("IsNaN", 13, floats(NAN, 1, INF)), bools(1, 0, 0)),
        expect(Case.of("IsInf", 10, floats(NAN, -INF, INF)), bools(0, 1, 1)),
        expect(Case.of("IsInf", 10, floats(-INF, INF)).with("detect_negative", 0), bools(0, 1)),
        expect(Case.of("Equal", 13, longs(1, 2), longs(1, 3)), bools(1, 0)),
        expect(Case.of("GreaterOrEqual", 16, floats(1, 2, 3), floats(2)), bools(0, 1, 1)),
        expect(Case.of("And", 7, bools(1, 1, 0), bools(1, 0, 0)), bools(1, 0, 0)),
        expect(Case.of("Not", 1, bools(1, 0)), bools(0, 1)),
        expect(Case.of("Where", 16, bools(1, 0), longs(1, 2), longs(7)), longs(1, 7)),
        expect(Case.of("ReduceProd", 13, longs(2, 3, 4)).with("keepdims", 0), scalar(24)),
        expect(Case.of("ReduceMax", 18, MATRIX, longs(0)).with("keepdims", 0), floats(4, 5, 6)),
        expect(Case.of("ReduceL2", 13, floats(3, 4)), floats(5)),
        expect(Case.of("ArgMax", 13, floats(3, 7, 7)).with("select_last_index", 1), longs(2)),
        expect(Case.of("ArgMax", 13, MATRIX).with("axis", 1).with("keepdims", 0), longs(2, 2)),
        expect(Case.of("Softmax", 11, zeros(2, 2, 2)), filled(0.25f, 2, 2, 2)),
        expect(Case.of("Softmax", 13, zeros(2, 2, 2)), filled(0.5f, 2, 2, 2)),
        expect(Case.of("HardSigmoid", 6, floats(-9, 0, 9)), floats(0, 0.5f, 1)),
        expect(Case.of("PRelu", 16, floats(-2, 0, 2), floats(0.25f)), floats(-0.5f, 0, 2)),
        expect(
            Case.of("LayerNormalization", 17, floats(1, 3), floats(1, 2), floats(0, 1))
                .with("epsilon", 0f),
            floats(-1, 3)),
        expect(
            Case.of(
                    "BatchNormalization",
                    15,
                    TensorValue.ofFloats(new float[] {1, 5}, 1, 2),
                    floats(1, 2),
                    floats(0, 1),
                    floats(0, 1),
                    floats(1, 4))
                .with("epsilon", 0f),
            TensorValue.ofFloats(new float[] {1, 5}, 1, 2)));
  }

  private static Stream<Arguments> linear() {
    return Stream.of(
        expect(
            Case.of("Gemm", 13, MATRIX, MATRIX, floats(1, 2)).with("transB", 1),
            TensorValue.ofFloats(new float[] {15, 34, 33, 79}, 2, 2)),
        expect(
            Case.of("Gemm", 13, MATRIX, MATRIX, TensorValue.scalar(1))
                .with("transB", 1)
                .with("alpha", 2f)
                .with("beta", 3f),
            TensorValue.ofFloats(new float[] {31, 67, 67, 157}, 2, 2)),
        expect(Case.of("MatMul", 13, MATRIX, floats(1, 0, 1)), floats(4, 10)),
        expect(Case.of("MatMul", 13, zeros(2, 0), zeros(0, 3)), zeros(2, 3)),
        expect(Case.of("MatMul", 13, zeros(4, 2, 0), zeros(4, 0, 3)), zeros(4, 2, 3)),
        expect(
            Case.of("Gemm", 13, zeros(2, 0), zeros(3, 0), floats(1, 2, 3)).with("transB", 1),
            TensorValue.ofFloats(new float[] {1, 2, 3, 1, 2, 3}, 2, 3)));
  }

  private static Stream<Arguments> shapes() {
    TensorValue tall = TensorValue.ofFloats(MATRIX.floats(), 3, 2);
    return Stream.of(
        expect(Case.of("Shape", 13, MATRIX), longs(2, 3)),
        expect(Case.of("Shape", 15, MATRIX).with("start", -1), longs(3)),
        expect(Case.of("Size", 13, MATRIX), scalar(6)),
        expect(Case.of("Reshape", 11, MATRIX, longs(-1, 2)), tall),
        expect(Case.of("Reshape", 21, MATRIX, longs(0, 3, 1)), reshaped(MATRIX, 2, 3, 1)),
        expect(Case.of("Reshape", 14, zeros(0, 3), longs(3, 0)).with("allowzero", 1), zeros(3, 0)),
        expect(Case.of("Flatten", 13, zeros(2, 3, 4)).with("axis", -1), zeros(6, 4)),
        expect(Case.of("Flatten", 13, zeros(2, 3)).with("axis", 0), zeros(1, 6)),
        expect(
            Case.of("Transpose", 13, MATRIX),
            TensorValue.ofFloats(new float[] {1, 4, 2, 5, 3, 6}, 3, 2)),
        expect(
            Case.of("Transpose", 13, TensorValue.ofLongs(new long[] {1, 2, 3, 4}, 2, 2)),
            TensorValue.ofLongs(new long[] {1, 3, 2, 4}, 2, 2)),
        expect(Case.of("Squeeze", 11, zeros(1, 2, 1)).with("axes", Attribute.ints(0)), zeros(2, 1)),
        expect(Case.of("Squeeze", 21, zeros(1, 2, 1), longs(-1)), zeros(1, 2)),
        expect(Case.of("Squeeze", 13, zeros(1, 2, 1)), zeros(2)),
        expect(
            Case.of("Unsqueeze", 11, zeros(2)).with("axes", Attribute.ints(0, -1)), zeros(1, 2, 1)),
        expect(Case.of("Unsqueeze", 21, zeros(2), longs(2, 0)), zeros(1, 2, 1)),
        expect(Case.of("Concat", 13, longs(1), longs(2, 3)).with("axis", 0), longs(1, 2, 3)),
        expect(Case.of("Concat", 13, zeros(2, 0), MATRIX).with("axis", 1), MATRIX),
        expect(
            Case.of("Expand", 13, longs(1, 2), longs(2, 1)),
            TensorValue.ofLongs(new long[] {1, 2, 1, 2}, 2, 2)),
        expect(Case.of("Tile", 13, floats(1, 2), longs(2)), floats(1, 2, 1, 2)),
        expect(Case.of("Cast", 13, floats(-1.7f, 1.7f)).with("to", 7), longs(-1, 1)),
        expect(Case.of("Cast", 13, longs(0, 5)).with("to", 9), bools(0, 1)),
        expect(Case.of("Cast", 13, longs(2, 5)).with("to", 1), floats(2, 5)),
        expect(
            Case.of("ConstantOfShape", 9, longs(2)).with("value", Attribute.of(longs(7))),
            longs(7, 7)),
        expect(Case.of("ConstantOfShape", 9, longs(2, 0)), zeros(2, 0)),
        expect(Case.of("Range", 11, scalar(5), scalar(0), scalar(-2)), longs(5, 3, 1)),
        expect(Case.of("Range", 11, scalar(5), scalar(0), scalar(1)), longs()),
        expect(Case.of("Range", 11, number(0), number(1), number(0.4f)), floats(0, 0.4f, 0.8f)),
        expect(Case.of("Constant", 13).with("value_ints", Attribute.ints(1, 2)), longs(1, 2)));
  }

  private static Stream<Arguments> parts() {
    TensorValue columns = TensorValue.ofFloats(new float[] {3, 1, 6, 4}, 2, 2);
    return Stream.of(
        expect(Case.of("Slice", 11, MATRIX, longs(2), longs(-9), longs(1), longs(-2)), columns),
        expect(Case.of("Slice", 21, longs(0, 1, 2, 3), longs(1), longs(99)), longs(1, 2, 3)),
        expect(
            Case.of("Slice", 13, longs(0, 1, 2, 3), longs(-1), longs(-99), longs(0), longs(-2)),
            longs(3, 1)),
        expect(Case.of("Slice", 13, MATRIX, longs(2), longs(1)), zeros(0, 3)),
        expect(Case.of("Gather", 13, longs(4, 5, 6), scalar(-1)), scalar(6)),
        expect(Case.of("Gather", 13, MATRIX, longs(2, 0)).with("axis", 1), columns),
        expect(Case.of("Split", 18, floats(1, 2, 3)).with("num_outputs", 1), floats(1, 2, 3)),
        expect(Case.of("Pad", 13, floats(1, 2), longs(1, -1), number(9)), floats(9, 1)),
        expect(
            Case.of("Pad", 13, floats(1, 2, 3), longs(2, 1)).with("mode", Attribute.of("reflect")),
            floats(3, 2, 1, 2, 3, 2)),
        expect(
            Case.of("Trilu", 14, filled(1, 2, 2), scalar(1)),
            TensorValue.ofFloats(new float[] {0, 1, 0, 0}, 2, 2)),
        expect(
            Case.of("CumSum", 14, floats(1, 2, 3), scalar(0)).with("exclusive", 1),
            floats(0, 1, 3)),
        expect(
            Case.of("CumSum", 14, floats(1, 2, 3), scalar(0)).with("reverse", 1), floats(6, 5, 3)),
        expect(
            Case.of("OneHot", 11, longs(1, -3), scalar(3), floats(0, 5)),
            TensorValue.ofFloats(new float[] {0, 5, 0, 5, 0, 0}, 2, 3)));
  }

  private static Stream<Arguments> texts() {
    TensorValue words = TensorValue.ofStrings(List.of("a", "c"), 2, 1);
    return Stream.of(
        expect(
            Case.ml("OneHotEncoder", words)
                .with("cats_strings", Attribute.texts(List.of("a", "b"))),
            TensorValue.ofFloats(new float[] {1, 0, 0, 0}, 2, 1, 2)),
        expect(
            Case.ml("OneHotEncoder", longs(7, 5)).with("cats_int64s", Attribute.ints(5, 7)),
            TensorValue.ofFloats(new float[] {0, 1, 1, 0}, 2, 2)),
        expect(
            encoder(words)
                .with("keys_strings", Attribute.texts(List.of("a", "b")))
                .with("values_int64s", Attribute.ints(4, 5))
                .with("default_int64", 9),
            TensorValue.ofLongs(new long[] {4, 9}, 2, 1)),
        expect(
            encoder(words)
                .with("keys_strings", Attribute.texts(List.of("c")))
                .with("values_floats", new Attribute.Reals(List.of(0.5f))),
            TensorValue.ofFloats(new float[] {0, 0.5f}, 2, 1)),
        expect(
            encoder(longs(1, 2))
                .with("keys_int64s", Attribute.ints(1))
                .with("values_strings", Attribute.texts(List.of("one"))),
            TensorValue.ofStrings(List.of("one", "_Unused"), 2)),
        expect(
            encoder(floats(1.5f))
                .with("keys_floats", new Attribute.Reals(List.of(1.5f)))
                .with("values_int64s", Attribute.ints(3)),
            longs(3)),
        expect(Case.of("Identity", 13, words), words),
        expect(
            Case.of("Concat", 13, words, words).with("axis", 1),
            TensorValue.ofStrings(List.of("a", "a", "c", "c"), 2, 2)),
        expect(
            Case.of("Equal", 19, words, TensorValue.ofStrings(List.of("c"), 1)),
            TensorValue.ofBytes(
                Dtype.BOOL, new long[] {2, 1}, java.nio.ByteBuffer.wrap(new byte[] {0, 1}))));
  }

  private static Case encoder(TensorValue input) {
    return Case.ml("LabelEncoder", input);
  }

  private static TensorValue number(float value) {
    return TensorValue.scalar(value);
  }

  private static TensorValue zeros(long... dims) {
    return filled(0, dims);
  }

  private static TensorValue filled(float value, long... dims) {
    float[] values = new float[(int) Shapes.count(dims)];
    Arrays.fill(values, value);
    return TensorValue.ofFloats(values, dims);
  }

  private static TensorValue reshaped(TensorValue value, long... dims) {
    return TensorValue.ofFloats(value.floats(), dims);
  }
}
