package io.hyperdelta.autodiff;

import static io.hyperdelta.autodiff.Case.bools;
import static io.hyperdelta.autodiff.Case.floats;
import static io.hyperdelta.autodiff.Case.longs;
import static io.hyperdelta.autodiff.Case.scalar;

import io.hyperdelta.graph.Attribute;
import io.hyperdelta.graph.Dtype;
import io.hyperdelta.graph.TensorValue;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Variants of selections and reductions that ONNX's conformance suite has no case of. */
@ExtendWith(NoLiveTensors.class)
class SelectionValuesTest {
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
    return Stream.of(indexed(), found(), reduced()).flatMap(stream -> stream);
  }

  private static Stream<Arguments> indexed() {
    TensorValue words = TensorValue.ofStrings(List.of("a", "b"), 2);
    return Stream.of(
        expect(Case.of("GatherElements", 13, longs(7, 8, 9), longs(-1, 0)), longs(9, 7)),
        expect(
            Case.of("GatherElements", 13, words, longs(1, 1, 0)),
            TensorValue.ofStrings(List.of("b", "b", "a"), 3)),
        expect(Case.of("GatherND", 13, longs(7, 8, 9), column(-1, 0)), longs(9, 7)),
        expect(scatter("add"), floats(1, 12, 3)),
        expect(scatter("mul"), floats(1, 40, 3)),
        expect(scatter("max"), floats(1, 5, 3)),
        expect(scatter("min"), floats(1, 1, 3)),
        expect(blocks("none", column(2, -3)), floats(5, 2, 4)),
        expect(blocks("add", column(-2, 1)), floats(1, 11, 3)),
        expect(blocks("mul", column(-2, 1)), floats(1, 40, 3)),
        expect(blocks("max", column(-2, 1)), floats(1, 5, 3)),
        expect(blocks("min", column(-2, 1)), floats(1, 2, 3)),
        expect(Case.of("ScatterND", 18, longs(1, 2, 3), column(0), longs(9)), longs(9, 2, 3)),
        expect(
            Case.of(
                "CumSum",
                14,
                TensorValue.ofIntegers(Dtype.UINT32, new long[] {7, 8}, 2),
                scalar(0)),
            TensorValue.ofIntegers(Dtype.UINT32, new long[] {7, 15}, 2)),
        expect(Case.of("Tile", 13, words, longs(2)), strings("a", "b", "a", "b")),
        expect(Case.of("Tile", 1, floats(1, 2), scalar(2), scalar(0)), floats(1, 2, 1, 2)),
        expect(
            Case.of("EyeLike", 9, matrix(2, 0, 0, 0, 0, 0, 0)).with("k", -1),
            matrix(2, 0, 0, 0, 1, 0, 0)),
        expect(
            Case.of("ReverseSequence", 10, matrix(2, 1, 2, 3, 4, 5, 6), longs(2, 3))
                .with("batch_axis", 0)
                .with("time_axis", 1),
            matrix(2, 2, 1, 3, 6, 5, 4)));
  }

  private static Case scatter(String reduction) {
    return Case.of("ScatterElements", 18, floats(1, 2, 3), longs(1, -2, 1), floats(4, 5, 1))
        .with("reduction", Attribute.of(reduction));
  }

  private static Case blocks(String reduction, TensorValue places) {
    return Case.of("ScatterND", 18, floats(1, 2, 3), places, floats(4, 5))
        .with("reduction", Attribute.of(reduction));
  }

  private static Stream<Arguments> found() {
    return Stream.of(
        expect(
            Case.of("TopK", 11, floats(2, 3, 3, 1), longs(3)).outputs(2),
            floats(3, 3, 2),
            longs(1, 2, 0)),
        expect(
            Case.of("TopK", 11, longs(2, 1, 1, 3), longs(2)).with("largest", 0).outputs(2),
            longs(1, 1),
            longs(1, 2)),
        expect(Case.of("TopK", 1, floats(2, 3, 1)).with("k", 1).outputs(2), floats(3), longs(1)),
        expect(Case.of("NonZero", 13, longs(0, 3, 0, 4)), matrix(1, 1, 3)),
        expect(
            Case.of("NonZero", 13, TensorValue.scalar(2)), TensorValue.ofLongs(new long[0], 0, 1)),
        expect(Case.of("Compress", 11, longs(5, 6, 7), bools(1, 0)), longs(5)),
        expect(
            Case.of("Unique", 11, strings("b", "a", "b")).outputs(4),
            strings("a", "b"),
            longs(1, 0),
            longs(1, 0, 1),
            longs(1, 2)),
        expect(
            Case.of("Unique", 11, matrix(3, 2, 1, 0, 5, 2, 1)).with("axis", 0).with("sorted", 0),
            matrix(2, 2, 1, 0, 5)));
  }

  private static Stream<Arguments> reduced() {
    TensorValue none = TensorValue.ofFloats(new float[0], 2, 0);
    return Stream.of(
        expect(Case.of("ReduceSum", 13, none, longs(1)).with("keepdims", 0), floats(0, 0)),
        expect(Case.of("ReduceProd", 18, none, longs(-1)).with("keepdims", 0), floats(1, 1)),
        expect(Case.of("ReduceMax", 20, none, longs(1)).with("keepdims", 0), floats(-INF, -INF)),
        expect(
            Case.of("ReduceMin", 20, none, longs(1)),
            TensorValue.ofFloats(new float[] {INF, INF}, 2, 1)),
        expect(Case.of("ReduceL2", 18, none, longs(1)).with("keepdims", 0), floats(0, 0)),
        expect(
            Case.of("ReduceLogSumExp", 18, none, longs(1)).with("keepdims", 0), floats(-INF, -INF)),
        expect(Case.of("ReduceMax", 20, bools(0, 1, 0), longs(0)), bools(1)),
        expect(Case.of("ReduceMin", 20, bools(0, 1, 1), longs(0)), bools(0)),
        expect(
            Case.of("ReduceMax", 13, matrix(2, 1, 2, 3, 4)).with("axes", Attribute.ints(-1)),
            column(2, 4)),
        expect(Case.of("ReduceMean", 13, longs(1, 2, 4)), longs(2)),
        expect(Case.of("ReduceL2", 13, longs(3, 4)), longs(5)),
        expect(
            Case.of("Det", 11, TensorValue.ofFloats(new float[] {1, 2, 3, 4}, 2, 2)),
            TensorValue.scalar(-2)),
        expect(Case.of("ArgMin", 13, longs(4, 2, 2)).with("select_last_index", 1), longs(2)));
  }

  private static TensorValue matrix(int rows, long... values) {
    return TensorValue.ofLongs(values, rows, values.length / rows);
  }

  private static TensorValue column(long... values) {
    return matrix(values.length, values);
  }

  private static TensorValue strings(String... values) {
    return TensorValue.ofStrings(List.of(values), values.length);
  }
}
