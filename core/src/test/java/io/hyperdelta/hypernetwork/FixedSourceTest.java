package io.hyperdelta.hypernetwork;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hyperdelta.delta.Adaptation;
import io.hyperdelta.delta.DenseMatrix;
import io.hyperdelta.delta.FixedDelta;
import io.hyperdelta.delta.LowRankMatrix;
import io.hyperdelta.delta.Shift;
import io.hyperdelta.delta.SiteDelta;
import io.hyperdelta.graph.Attribute;
import io.hyperdelta.graph.Dtype;
import io.hyperdelta.graph.GraphEditor;
import io.hyperdelta.graph.ModelWriter;
import io.hyperdelta.graph.TensorType;
import io.hyperdelta.graph.TensorValue;
import io.hyperdelta.target.Site;
import io.hyperdelta.target.Target;
import io.hyperdelta.weave.Weaver;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Given deltas as a source. */
final class FixedSourceTest {
  private static final Target TARGET = target(4);

  private static Target target(int out) {
    GraphEditor editor = GraphEditor.empty("net", 13);
    editor.input("x", TensorType.of(Dtype.FLOAT, "rows", 6));
    editor.initializer("fc.weight", TensorValue.ofFloats(new float[6 * out], out, 6));
    editor.initializer("fc.bias", TensorValue.ofFloats(new float[out], out));
    editor.output(
        editor.node("Gemm", Map.of("transB", Attribute.of(1)), "x", "fc.weight", "fc.bias"),
        TensorType.of(Dtype.FLOAT, "rows", out));
    return Target.of(ModelWriter.write(editor.finish("net")), "net.onnx");
  }

  private static Site site(String name) {
    return TARGET.sites().stream().filter(s -> s.name().equals(name)).findFirst().orElseThrow();
  }

  private static FixedDelta product() {
    return new FixedDelta(
        site("fc.weight"),
        new LowRankMatrix(
            TensorValue.ofFloats(new float[] {1, 2, 3, 4, 5, 6}, 6, 1),
            TensorValue.ofFloats(new float[] {1, 0, -1, 2}, 1, 4)));
  }

  private static FixedDelta shift() {
    return new FixedDelta(
        site("fc.bias"), new DenseMatrix(TensorValue.ofDoubles(new double[] {1, 2, 3, 4}, 1, 4)));
  }

  @Test
  void itsParametersAreTheGivenNumbersWhateverTheSeed() {
    FixedSource source = FixedSource.of("style", TARGET, List.of(product(), shift()));

    assertThat(source.columns()).isEmpty();
    assertThat(source.deltas(TARGET))
        .extracting(SiteDelta::name)
        .containsExactly("style/fc.weight/low-rank", "style/fc.bias/shift");
    assertThat(source.freshParameters(source.deltas(TARGET), 1))
        .isEqualTo(source.freshParameters(source.deltas(TARGET), 2))
        .containsExactly(
            Map.entry(
                "hyperdelta/style/fc.weight/low-rank/A/head",
                TensorValue.ofFloats(new float[] {1, 2, 3, 4, 5, 6}, 1, 6)),
            Map.entry(
                "hyperdelta/style/fc.weight/low-rank/B/head",
                TensorValue.ofFloats(new float[] {1, 0, -1, 2}, 1, 4)),
            Map.entry(
                "hyperdelta/style/fc.bias/shift/b/head",
                TensorValue.ofFloats(new float[] {1, 2, 3, 4}, 1, 4)));
  }

  @Test
  void aWeaverTellsWhatIsTrained() {
    FixedSource style = FixedSource.of("style", TARGET, List.of(product()));
    SharedSource lora = new SharedSource("lora", List.of(Adaptation.of("*", new Shift())));
    Weaver weaver = new Weaver(TARGET, List.of(style, lora));

    assertThat(weaver.trainedParameters()).containsExactly("hyperdelta/lora/fc.bias/shift/b/head");
    assertThat(weaver.trainedDeltas())
        .extracting(SiteDelta::name)
        .containsExactly("lora/fc.bias/shift");
    assertThat(weaver.deltas()).hasSize(2);
    assertThat(weaver.freshParameters(1)).hasSize(3);
  }

  @Test
  void whatDoesNotGoTogetherIsRefused() {
    assertThatThrownBy(() -> FixedSource.of("style", TARGET, List.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "Source \"style\" has no deltas, or two on one site. Expected at least one, each on a site of its own; add deltas on one site up first.");
    assertThatThrownBy(() -> FixedSource.of("style", TARGET, List.of(shift(), shift())))
        .hasMessageStartingWith("Source \"style\" has no deltas, or two on one site.");
    Target other = target(5);
    assertThatThrownBy(() -> FixedSource.of("style", other, List.of(product())))
        .hasMessage(
            "Source \"style\" has a delta on site \"fc.weight\", which the target does not have. Expected the target that the deltas were made for.");
    FixedSource style = FixedSource.of("style", TARGET, List.of(product()));
    assertThatThrownBy(() -> new Weaver(other, List.of(style)))
        .hasMessageStartingWith("Source \"style\" has a delta on site \"fc.weight\"");
  }
}
