package io.hyperdelta.autodiff;

import static io.hyperdelta.autodiff.Case.bools;
import static io.hyperdelta.autodiff.Case.floats;
import static io.hyperdelta.autodiff.Case.longs;
import static io.hyperdelta.autodiff.Case.scalar;

import io.hyperdelta.graph.Attribute;
import io.hyperdelta.graph.Dtype;
import io.hyperdelta.graph.TensorValue;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Element types and elementwise variants that ONNX's conformance suite has no case of. */
@ExtendWith(NoLiveTensors.class)
class ElementValuesTest {
  private static final float INF = Float.POSITIVE_INFINITY;

  @ParameterizedTest
  @MethodSource("cases")
  void givesTheExpectedValues(Case testCase, List<TensorValue> expected) {
    OperatorValuesTest.require(testCase, expected.toArray(TensorValue[]::new));
  }

  private static Arguments expect(Case testCase, TensorValue... expected) {
    return Arguments.of(testCase, List.of(expected));
  }

  static Stream<Arguments> cases() {
    return Stream.of(integers(), casts(), texts(), legacy(), quantized()).flatMap(s -> s);
  }

  private static Stream<Arguments> integers() {
    TensorValue wide = of(Dtype.UINT64, -2, 6);
    return Stream.of(
        expect(
            Case.of("Add", 14, of(Dtype.INT32, Integer.MAX_VALUE), of(Dtype.INT32, 1)),
            of(Dtype.INT32, Integer.MIN_VALUE)),
        expect(Case.of("Mul", 14, longs(Long.MAX_VALUE), longs(2)), longs(-2)),
        expect(Case.of("Sub", 14, of(Dtype.UINT8, 1), of(Dtype.UINT8, 2)), of(Dtype.UINT8, 255)),
        expect(Case.of("Neg", 13, of(Dtype.INT8, -128)), of(Dtype.INT8, -128)),
        expect(Case.of("Div", 14, wide, of(Dtype.UINT64, 2)), of(Dtype.UINT64, Long.MAX_VALUE, 3)),
        expect(Case.of("Max", 13, wide, of(Dtype.UINT64, 7)), of(Dtype.UINT64, -2, 7)),
        expect(Case.of("Less", 13, wide, of(Dtype.UINT64, 7)), bools(0, 1)),
        expect(Case.of("Clip", 13, wide, without(Dtype.UINT64, 7)), of(Dtype.UINT64, -2, 7)),
        expect(Case.of("Clip", 12, longs(-5, 0, 9), scalar(-1), scalar(4)), longs(-1, 0, 4)),
        expect(Case.of("BitwiseAnd", 18, longs(6, 5), longs(3)), longs(2, 1)),
        expect(Case.of("BitwiseOr", 18, longs(6, 5), longs(3)), longs(7, 7)),
        expect(Case.of("BitwiseXor", 18, longs(6, 5), longs(3)), longs(5, 6)),
        expect(Case.of("BitwiseNot", 18, of(Dtype.UINT16, 1)), of(Dtype.UINT16, 65534)),
        expect(
            Case.of("BitShift", 11, of(Dtype.UINT32, 1L << 31), of(Dtype.UINT32, 1))
                .with("direction", Attribute.of("LEFT")),
            of(Dtype.UINT32, 0)));
  }

  private static Stream<Arguments> casts() {
    return Stream.of(
        expect(cast(floats(1.5f, 65535), Dtype.UINT16), of(Dtype.UINT16, 1, 65535)),
        expect(cast(floats(4e9f), Dtype.UINT32), of(Dtype.UINT32, 4_000_000_000L)),
        expect(cast(floats(0x1p63f), Dtype.UINT64), of(Dtype.UINT64, Long.MIN_VALUE)),
        expect(cast(of(Dtype.UINT64, Long.MIN_VALUE), Dtype.FLOAT), floats(0x1p63f)),
        expect(cast(of(Dtype.INT16, 200), Dtype.INT8), of(Dtype.INT8, -56)),
        expect(cast(floats(0, -0f, 0.5f), Dtype.BOOL), bools(0, 0, 1)),
        expect(cast(bools(0, 1), Dtype.DOUBLE), TensorValue.ofDoubles(new double[] {0, 1}, 2)),
        expect(Case.of("CastLike", 15, floats(3.7f), of(Dtype.UINT32, 0)), of(Dtype.UINT32, 3)),
        expect(Case.of("CastLike", 15, longs(3), strings("")), strings("3")));
  }

  private static Stream<Arguments> texts() {
    return Stream.of(
        expect(
            cast(floats(1, 0.1f, -2.5e-5f, 1e-4f, 0x1p60f, 16777216), Dtype.STRING),
            strings("1.0", "0.1", "-2.5e-05", "1e-04", "1.1529215e+18", "16777216.0")),
        expect(
            cast(floats(INF, -INF, Float.NaN, -0f), Dtype.STRING),
            strings("inf", "-inf", "nan", "-0.0")),
        expect(
            cast(TensorValue.ofDoubles(new double[] {0.1, 0x1p70, 1.0 / 3}, 3), Dtype.STRING),
            strings("0.1", "1.1805916207174113e+21", "0.3333333333333333")),
        expect(cast(half(0x2e66), Dtype.STRING), strings("0.1")),
        expect(cast(of(Dtype.UINT64, -1), Dtype.STRING), strings("18446744073709551615")),
        expect(
            cast(strings("9007199254740993", "-7", " 2.9"), Dtype.INT64),
            longs(9007199254740993L, -7, 2)),
        expect(cast(strings("18446744073709551615"), Dtype.UINT64), of(Dtype.UINT64, -1)),
        expect(cast(strings("1e-5", "+INF", "-inf"), Dtype.FLOAT), floats(1e-5f, INF, -INF)));
  }

  private static Stream<Arguments> legacy() {
    TensorValue square = TensorValue.ofFloats(new float[] {1, 2, 3, 4}, 2, 2);
    TensorValue cube = TensorValue.ofFloats(new float[] {-1, 2, -3, 4}, 1, 2, 2);
    return Stream.of(
        expect(
            Case.of("Add", 6, square, floats(10, 20)).with("broadcast", 1).with("axis", 0),
            TensorValue.ofFloats(new float[] {11, 12, 23, 24}, 2, 2)),
        expect(
            Case.of("Greater", 6, square, floats(1.5f, 3.5f)).with("broadcast", 1).with("axis", 0),
            TensorValue.ofIntegers(Dtype.BOOL, new long[] {0, 1, 0, 1}, 2, 2)),
        expect(
            Case.of("PRelu", 6, cube, floats(0.5f, 2)),
            TensorValue.ofFloats(new float[] {-0.5f, 2, -6, 4}, 1, 2, 2)),
        expect(
            Case.of("Hardmax", 11, cube), TensorValue.ofFloats(new float[] {0, 0, 0, 1}, 1, 2, 2)),
        expect(Case.of("Hardmax", 13, floats(2, 5, 5)), floats(0, 1, 0)),
        expect(
            Case.of("Softmax", 11, TensorValue.ofFloats(new float[4], 2, 2)).with("axis", -1),
            TensorValue.ofFloats(new float[] {0.5f, 0.5f, 0.5f, 0.5f}, 2, 2)),
        expect(
            Case.of("Shrink", 9, longs(-3, 0, 2)).with("lambd", 1f).with("bias", 1f),
            longs(-2, 0, 1)),
        expect(Case.of("Swish", 24, floats(0, 20)), floats(0, 20)),
        expect(Case.of("Dropout", 7, floats(1, 2)).outputs(2), floats(1, 2), floats(1, 1)),
        expect(
            Case.of("Dropout", 12, floats(1), TensorValue.scalar(0), without(Dtype.BOOL, 1))
                .outputs(2),
            floats(1),
            bools(1)));
  }

  private static Stream<Arguments> quantized() {
    return Stream.of(
        expect(
            Case.of(
                "QuantizeLinear",
                13,
                floats(-1, 0.5f, 1.5f, 400),
                scale(1),
                without(Dtype.INT8, 0)),
            of(Dtype.INT8, -1, 0, 2, 127)),
        expect(
            Case.of("QuantizeLinear", 21, floats(-1, 65535.5f), scale(1), without(Dtype.UINT16, 3)),
            of(Dtype.UINT16, 2, 65535)),
        expect(Case.of("QuantizeLinear", 13, floats(300), scale(2)), of(Dtype.UINT8, 150)),
        expect(Case.of("DequantizeLinear", 13, of(Dtype.INT32, 7), scale(0.5f)), floats(3.5f)));
  }

  private static Case cast(TensorValue value, Dtype type) {
    return Case.of("Cast", 13, value).with("to", type.code());
  }

  private static TensorValue scale(float value) {
    return TensorValue.scalar(value);
  }

  private static TensorValue half(int bits) {
    ByteBuffer bytes = ByteBuffer.allocate(2);
    bytes.put((byte) bits).put((byte) (bits >> 8)).flip();
    return TensorValue.ofBytes(Dtype.FLOAT16, new long[] {1}, bytes);
  }

  private static TensorValue of(Dtype type, long... values) {
    return TensorValue.ofIntegers(type, values, values.length);
  }

  /** Without axes: a scalar. */
  private static TensorValue without(Dtype type, long value) {
    return TensorValue.ofIntegers(type, new long[] {value});
  }

  private static TensorValue strings(String... values) {
    return TensorValue.ofStrings(List.of(values), values.length);
  }
}
