package io.hyperdelta.delta;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hyperdelta.graph.Attribute;
import io.hyperdelta.graph.Dtype;
import io.hyperdelta.graph.GraphEditor;
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

/** Fixed deltas of conditions, and what is none. */
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

  private static LowRankMatrix product() {
    // A B = 10 20 30 / -1 -2 -3
    return new LowRankMatrix(
        TensorValue.ofDoubles(new double[] {10, -1}, 2, 1),
        TensorValue.ofFloats(new float[] {1, 2, 3}, 1, 3));
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
            "Site \"w\" cannot take a fixed delta of form shift: its layer has no bias that it could be added to. Expected a bias, got a weight [2, 3]. Merging the adaptation itself gives the layer one.");
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
  void aDeltaOfSomeUnitsIsZeroAtTheOthers() {
    Site some = SampleSites.weight("w", Layout.OUT_IN, 2, 3, false).only(Units.of("0,2"));
    DenseMatrix dense =
        new DenseMatrix(TensorValue.ofDoubles(new double[] {0.5, 1, 0.25, 2}, 2, 2));
    LowRankMatrix product =
        new LowRankMatrix(
            TensorValue.ofDoubles(new double[] {10, -1}, 2, 1),
            TensorValue.ofFloats(new float[] {1, 3}, 1, 2));

    FixedDelta whole = new FixedDelta(some, dense).whole();
    assertThat(whole.site()).isEqualTo(some.only(Units.ALL));
    assertThat(whole.matrix().dense().values().doubles()).containsExactly(0.5, 0, 1, 0.25, 0, 2);
    FixedDelta wide = new FixedDelta(some, product).whole();
    assertThat(wide.matrix()).isInstanceOf(LowRankMatrix.class);
    assertThat(wide.matrix().dense().values().doubles()).containsExactly(10, 0, 30, -1, 0, -3);
    assertThat(whole.whole()).isSameAs(whole);
    assertThat(whole.stored()).containsExactly(0.5, 0.25, 0, 0, 1, 2);
  }
}
