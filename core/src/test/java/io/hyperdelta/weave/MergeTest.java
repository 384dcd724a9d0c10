package io.hyperdelta.weave;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hyperdelta.delta.DeltaAlgebra;
import io.hyperdelta.delta.DenseMatrix;
import io.hyperdelta.delta.FixedDelta;
import io.hyperdelta.delta.Full;
import io.hyperdelta.delta.LowRank;
import io.hyperdelta.delta.LowRankMatrix;
import io.hyperdelta.delta.Shift;
import io.hyperdelta.delta.SiteDelta;
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
import org.junit.jupiter.params.provider.EnumSource;

/** Merging fixed deltas, against sums that are written out by hand. */
final class MergeTest {
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
                Merge.merge(inOut, List.of(new FixedDelta(site(inOut, "fc.weight"), product()))),
                "fc.weight"))
        .containsExactly(11, 22, 33, 3, 3, 3);
    assertThat(
            weight(
                Merge.merge(outIn, List.of(new FixedDelta(site(outIn, "fc.weight"), product()))),
                "fc.weight"))
        .containsExactly(11, 3, 22, 3, 33, 3);
  }

  @Test
  void onlyTheUnitsThatAreMeantChange() {
    Target target = target(Layout.OUT_IN);
    Site some = site(target, "fc.weight").only(Units.of("0,2"));
    DenseMatrix delta =
        new DenseMatrix(TensorValue.ofDoubles(new double[] {0.5, 1, 0.25, 2}, 2, 2));

    assertThat(weight(Merge.merge(target, List.of(new FixedDelta(some, delta))), "fc.weight"))
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
        Merge.merge(
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

    Model merged = Merge.merge(target, List.of(new FixedDelta(site(target, "fc.bias"), zero)));

    assertThat(merged.graph().initializers()).isEqualTo(target.model().graph().initializers());
  }

  @Test
  void aSiteOfAnotherTargetIsRefused() {
    Site foreign = site(target(Layout.OUT_IN), "fc.weight");

    assertThatThrownBy(
            () -> Merge.merge(target(Layout.IN_OUT), List.of(new FixedDelta(foreign, product()))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "Site \"fc.weight\" of a fixed delta is no site of the target. Expected one that the target has, with the shape [3, 2].");
  }

  @Test
  void aWeightThatLeavesFloat32IsRefused() {
    Target target = target(Layout.IN_OUT);
    FixedDelta huge = new FixedDelta(site(target, "fc.weight"), product().times(1e38));

    assertThatThrownBy(() -> Merge.merge(target, List.of(huge)))
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
                Merge.merge(target, List.of(fixed)).graph().initializers().get("gru.W"))
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

  @ParameterizedTest
  @EnumSource(
      value = Layout.class,
      names = {"IN_OUT", "OUT_IN"})
  void theFixedDeltasOfAConditionAreOneForEachWeightAndMergeToTheSame(Layout layout) {
    Target target = target(layout);
    Site weight = site(target, "fc.weight");
    List<SiteDelta> deltas =
        List.of(
            new SiteDelta("a", weight, new LowRank(1), 0.5),
            new SiteDelta("b", weight.only(Units.of("1..2")), new Full(), 2),
            new SiteDelta("b", site(target, "fc.bias"), new Shift(), 1));
    Map<String, TensorValue> factors =
        Map.of(
            "a/fc.weight/low-rank/A", TensorValue.ofFloats(new float[] {10, -1}, 1, 2, 1),
            "a/fc.weight/low-rank/B", TensorValue.ofFloats(new float[] {1, 2, 3}, 1, 1, 3),
            "b/fc.weight[1..2]/full/W", TensorValue.ofFloats(new float[] {1, 2, 3, 4}, 1, 2, 2),
            "b/fc.bias/shift/b", TensorValue.ofFloats(new float[] {7, 8, 9}, 1, 3));
    Strength strength = Strength.of(1).with("a", -2);

    List<FixedDelta> fixed = Merge.fixed(target, deltas, factors, strength);

    assertThat(fixed)
        .extracting(delta -> delta.site().title())
        .containsExactly("fc.weight", "fc.bias");
    // -10 (1 2 3) and (1 2 3), and twice 1 2 / 3 4 in the last two columns.
    assertThat(fixed.get(0).matrix().dense().values().doubles())
        .containsExactly(-10, -18, -26, 1, 8, 11);
    Model merged = Merge.merge(target, fixed);
    assertThat(weight(merged, "fc.bias")).containsExactly(17, 28, 9);
    assertThat(merged.graph().initializers())
        .isEqualTo(Merge.merge(target, deltas, factors, strength).graph().initializers());
    assertThat(Merge.fixed(target, deltas, factors, Strength.of(1).with("b", 0)))
        .extracting(delta -> delta.site().title())
        .containsExactly("fc.weight");
  }

  @Test
  void aConditionWhoseDeltaLeavesFloat32IsRefusedToo() {
    Target target = target(Layout.IN_OUT);
    List<SiteDelta> deltas = List.of(new SiteDelta("a", site(target, "fc.bias"), new Shift(), 1));
    Map<String, TensorValue> factors =
        Map.of("a/fc.bias/shift/b", TensorValue.ofFloats(new float[] {1, 1, 1}, 1, 3));

    assertThatThrownBy(() -> Merge.merge(target, deltas, factors, Strength.of(3.4e38).with("a", 2)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith(
            "Site \"fc.bias\" cannot be merged with its delta: a weight leaves the range of float32.");
  }
}
