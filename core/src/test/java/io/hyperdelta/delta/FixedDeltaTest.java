package io.hyperdelta.delta;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hyperdelta.graph.Attribute;
import io.hyperdelta.graph.Dtype;
import io.hyperdelta.graph.GraphEditor;
import io.hyperdelta.graph.Model;
import io.hyperdelta.graph.ModelWriter;
import io.hyperdelta.graph.TensorType;
import io.hyperdelta.graph.TensorValue;
import io.hyperdelta.target.Layout;
import io.hyperdelta.target.Site;
import io.hyperdelta.target.Target;
import io.hyperdelta.target.Units;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Merging, against sums that are written out by hand. */
final class FixedDeltaTest {
  /** y = x W + b with W [2, 3] as 1 2 3 / 4 5 6, stored as the layout says. */
  private static Target target(Layout layout) {
    GraphEditor editor = GraphEditor.empty("net", 13);
    editor.input("x", TensorType.of(Dtype.FLOAT, "rows", 2));
    editor.initializer("fc.bias", TensorValue.ofFloats(new float[] {10, 20, -0f}, 3));
    float[] stored =
        layout == Layout.IN_OUT ? new float[] {1, 2, 3, 4, 5, 6} : new float[] {1, 4, 2, 5, 3, 6};
    long[] dims = layout == Layout.IN_OUT ? new long[] {2, 3} : new long[] {3, 2};
    editor.initializer("fc.weight", TensorValue.ofFloats(stored, dims));
    String y =
        editor.node(
            "Gemm",
            Map.of("transB", new Attribute.Int(layout == Layout.OUT_IN ? 1 : 0)),
            "x",
            "fc.weight",
            "fc.bias");
    editor.output(y, TensorType.of(Dtype.FLOAT, "rows", 3));
    return Target.of(ModelWriter.write(editor.finish("net")), "net.onnx");
  }

  private static Site site(Target target, String name) {
    return target.sites().stream().filter(s -> s.name().equals(name)).findFirst().orElseThrow();
  }

  private static float[] weight(Model model, String name) {
    return Objects.requireNonNull(model.graph().initializers().get(name)).floats();
  }

  private static LowRankMatrix product() {
    // A B = 10 20 30 / -1 -2 -3
    return new LowRankMatrix(
        TensorValue.ofDoubles(new double[] {10, -1}, 2, 1),
        TensorValue.ofFloats(new float[] {1, 2, 3}, 1, 3));
  }

  @Test
  void aProductIsAddedToAWeightInEitherLayout() {
    Target inOut = target(Layout.IN_OUT);
    Target outIn = target(Layout.OUT_IN);

    assertThat(
            weight(
                FixedDelta.mergedInto(
                    inOut, List.of(new FixedDelta(site(inOut, "fc.weight"), product()))),
                "fc.weight"))
        .containsExactly(11, 22, 33, 3, 3, 3);
    assertThat(
            weight(
                FixedDelta.mergedInto(
                    outIn, List.of(new FixedDelta(site(outIn, "fc.weight"), product()))),
                "fc.weight"))
        .containsExactly(11, 3, 22, 3, 33, 3);
  }

  @Test
  void onlyTheUnitsThatAreMeantChange() {
    Target target = target(Layout.OUT_IN);
    Site some = site(target, "fc.weight").only(Units.of("0,2"));
    DenseMatrix delta =
        new DenseMatrix(TensorValue.ofDoubles(new double[] {0.5, 1, 0.25, 2}, 2, 2));

    assertThat(
            weight(
                FixedDelta.mergedInto(target, List.of(new FixedDelta(some, delta))), "fc.weight"))
        .containsExactly(1.5f, 4.25f, 2, 5, 4, 8);
  }

  @ParameterizedTest
  @EnumSource(
      value = Layout.class,
      names = {"IN_OUT", "OUT_IN"})
  void deltasOnOneWeightAddUpAndABiasTakesADenseOne(Layout layout) {
    Target target = target(layout);
    Site weight = site(target, "fc.weight");
    DenseMatrix shift = new DenseMatrix(TensorValue.ofDoubles(new double[] {1, 0, 0}, 1, 3));

    Model merged =
        FixedDelta.mergedInto(
            target,
            List.of(
                new FixedDelta(weight, product()),
                new FixedDelta(site(target, "fc.bias"), shift),
                new FixedDelta(weight, product().times(-1))));

    assertThat(weight(merged, "fc.weight")).containsExactly(weight(target.model(), "fc.weight"));
    assertThat(weight(merged, "fc.bias")).containsExactly(11, 20, -0f);
    assertThat(merged.graph().nodes()).isEqualTo(target.model().graph().nodes());
  }

  @Test
  void aDeltaOfZeroKeepsEveryBit() {
    Target target = target(Layout.IN_OUT);
    DenseMatrix zero = new DenseMatrix(TensorValue.ofDoubles(new double[3], 1, 3));

    Model merged =
        FixedDelta.mergedInto(target, List.of(new FixedDelta(site(target, "fc.bias"), zero)));

    assertThat(merged.graph().initializers()).isEqualTo(target.model().graph().initializers());
  }

  @ParameterizedTest
  @EnumSource(
      value = Layout.class,
      names = {"IN_OUT", "OUT_IN"})
  void theDeltaOfOneConditionHasItsScaleInIt(Layout layout) {
    Target target = target(layout);
    Site site = site(target, "fc.weight");
    TensorValue frozen =
        Objects.requireNonNull(target.model().graph().initializers().get("fc.weight"));
    List<TensorValue> factors =
        List.of(
            TensorValue.ofFloats(new float[] {10, -1}, 2, 1),
            TensorValue.ofFloats(new float[] {1, 2, 3}, 1, 3));

    FixedDelta lowRank =
        FixedDelta.of(new SiteDelta("h", site, new LowRank(1), 0.5), frozen, factors);
    FixedDelta gain =
        FixedDelta.of(
            new SiteDelta("h", site, new Gain(), 2),
            frozen,
            List.of(TensorValue.ofFloats(new float[] {1, 0, -1}, 3)));

    assertThat(lowRank.matrix()).isInstanceOf(LowRankMatrix.class);
    assertThat(lowRank.matrix().dense().values().doubles())
        .containsExactly(5, 10, 15, -0.5, -1, -1.5);
    assertThat(gain.matrix().dense().values().doubles()).containsExactly(2, 0, -6, 8, 0, -12);
  }

  @Test
  void theBiasOfALayerWithoutOneIsNoFixedDelta() {
    Site site = SampleSites.weight("w", Layout.IN_OUT, 2, 3, false);
    TensorValue vector = TensorValue.ofFloats(new float[3], 3);

    assertThatThrownBy(
            () ->
                FixedDelta.of(
                    new SiteDelta("h", site, new Shift(), 1),
                    TensorValue.ofFloats(new float[6], 2, 3),
                    List.of(vector)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "Site \"w\" cannot take a fixed delta of form shift: its layer has no bias that it could be added to. Expected a bias, got a weight [2, 3].");
  }

  @ParameterizedTest
  @CsvSource({"3, 2", "2, 2", "1, 3"})
  void aMatrixOfAnotherShapeIsRefused(int in, int width) {
    DenseMatrix matrix = new DenseMatrix(TensorValue.ofDoubles(new double[in * width], in, width));
    Site site = SampleSites.weight("w", Layout.OUT_IN, 2, 3, false);

    assertThatThrownBy(() -> new FixedDelta(site, matrix))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "Site \"w\" cannot take a fixed delta [%d, %d]: its weight is [3, 2]. Expected [in, units] as [2, 3]."
                .formatted(in, width));
  }

  @Test
  void numbersThatAreNoneAreRefused() {
    assertThatThrownBy(
            () -> new DenseMatrix(TensorValue.ofDoubles(new double[] {Double.NaN}, 1, 1)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "The matrix of a fixed delta has a number that is not finite. Expected finite numbers, got NaN. Maybe the adaptation's training diverged, or its scale is too large.");
    assertThatThrownBy(() -> new DenseMatrix(TensorValue.longs(1)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "The matrix of a fixed delta is no matrix. Expected real numbers with two axes, got INT64 [1].");
    assertThatThrownBy(() -> new LowRankMatrix(product().a(), product().a()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "The factors of a fixed delta do not fit each other. Expected A [in, rank] and B [rank, width], got DOUBLE [2, 1] and DOUBLE [2, 1].");
  }

  @Test
  void aSiteOfAnotherTargetIsRefused() {
    Site foreign = SampleSites.weight("fc.weight", Layout.IN_OUT, 2, 3, true);

    assertThatThrownBy(
            () ->
                FixedDelta.mergedInto(
                    target(Layout.IN_OUT), List.of(new FixedDelta(foreign, product()))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "Site \"fc.weight\" of a fixed delta is no site of the target. Expected one that the target has, with the shape [2, 3].");
  }

  @Test
  void aWeightThatLeavesFloat32IsRefused() {
    Target target = target(Layout.IN_OUT);
    FixedDelta huge = new FixedDelta(site(target, "fc.weight"), product().times(1e38));

    assertThatThrownBy(() -> FixedDelta.mergedInto(target, List.of(huge)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "Site \"fc.weight\" cannot be merged with its delta: a weight leaves the range of float32. Expected at most 3.4028235E38 in size, got 1.0E39. Maybe a scale is too large.");
  }

  @Test
  void theOtherDirectionOfARecurrentNodeKeepsItsBits() {
    GraphEditor editor = GraphEditor.empty("net", 17);
    editor.input("x", TensorType.of(Dtype.FLOAT, "steps", "rows", 3));
    editor.initializer("gru.W", TensorValue.ofFloats(numbers(2 * 6 * 3), 2, 6, 3));
    editor.initializer("gru.R", TensorValue.ofFloats(numbers(2 * 6 * 2), 2, 6, 2));
    String y =
        editor
            .nodes(
                "",
                "GRU",
                Map.of("direction", Attribute.of("bidirectional"), "hidden_size", Attribute.of(2)),
                List.of("x", "gru.W", "gru.R"),
                1)
            .get(0);
    editor.output(y, TensorType.of(Dtype.FLOAT, "steps", 2, "rows", 2));
    Target target = Target.of(ModelWriter.write(editor.finish("net")), "net.onnx");
    Site backwards = target.sites().stream().filter(s -> s.offset() > 0).findFirst().orElseThrow();
    double[] delta = new double[3 * 6];
    delta[1] = 0.5;
    FixedDelta fixed =
        new FixedDelta(backwards, new DenseMatrix(TensorValue.ofDoubles(delta, 3, 6)));

    float[] merged =
        Objects.requireNonNull(
                FixedDelta.mergedInto(target, List.of(fixed)).graph().initializers().get("gru.W"))
            .floats();
    float[] expected = numbers(2 * 6 * 3);
    // Unit 1 of 6 for input 0 of 3, behind the 18 numbers of the other direction.
    expected[18 + 3] += 0.5f;
    assertThat(merged).containsExactly(expected);
    TensorValue weight = TensorValue.ofFloats(numbers(2 * 6 * 3), 2, 6, 3);
    assertThat(DeltaAlgebra.capped(fixed, weight, 0).matrix().norm()).isZero();
  }

  private static float[] numbers(int count) {
    float[] numbers = new float[count];
    for (int i = 0; i < count; i++) {
      numbers[i] = 0.25f * i - 1;
    }
    return numbers;
  }
}
