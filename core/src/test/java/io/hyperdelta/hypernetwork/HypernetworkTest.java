package io.hyperdelta.hypernetwork;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hyperdelta.condition.ColumnEncoder;
import io.hyperdelta.condition.Condition;
import io.hyperdelta.condition.ConditionEncoder;
import io.hyperdelta.delta.Adaptation;
import io.hyperdelta.delta.Full;
import io.hyperdelta.delta.LowRank;
import io.hyperdelta.delta.Shift;
import io.hyperdelta.delta.SiteDelta;
import io.hyperdelta.graph.Attribute;
import io.hyperdelta.graph.Dtype;
import io.hyperdelta.graph.GraphEditor;
import io.hyperdelta.graph.Model;
import io.hyperdelta.graph.ModelWriter;
import io.hyperdelta.graph.TensorType;
import io.hyperdelta.graph.TensorValue;
import io.hyperdelta.target.Target;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class HypernetworkTest {
  private static final int LATENT = 5;
  private static final Condition PLACE =
      new Condition(
          "place",
          new ConditionEncoder(
              List.of(
                  new ColumnEncoder.Standardise("long", 10, 2, false),
                  new ColumnEncoder.Standardise("lat", -5, 3, false))));

  private static Target target() {
    GraphEditor editor = GraphEditor.empty("net", 13);
    editor.input("x", TensorType.of(Dtype.FLOAT, "rows", 6));
    editor.initializer("fc.weight", TensorValue.ofFloats(new float[24], 4, 6));
    editor.initializer("fc.bias", TensorValue.ofFloats(new float[4], 4));
    editor.output(
        editor.node("Gemm", Map.of("transB", Attribute.of(1)), "x", "fc.weight", "fc.bias"),
        TensorType.of(Dtype.FLOAT, "rows", 4));
    return Target.of(ModelWriter.write(editor.finish("net")), "net.onnx");
  }

  private static Hypernetwork hypernetwork(List<Integer> trunk, Adaptation... adaptations) {
    return new Hypernetwork("h", PLACE, trunk, LATENT, List.of(adaptations));
  }

  private static HypernetworkGraph graph(Hypernetwork hypernetwork) {
    return new HypernetworkGraph(hypernetwork, hypernetwork.deltas(target()));
  }

  private static Hypernetwork usual() {
    return hypernetwork(
        List.of(8, 8, 6),
        Adaptation.of("*", new LowRank(2)),
        Adaptation.of("fc.bias", new Shift()));
  }

  @Test
  void theSameFormOnTheSameUnitTwiceIsRefusedAndOnOtherUnitsIsNot() {
    Hypernetwork apart =
        hypernetwork(
            List.of(),
            Adaptation.of("fc.weight[0..1]", new Full()),
            Adaptation.of("fc.weight[3]", new Full()));
    assertThat(apart.deltas(target())).hasSize(2);
    Hypernetwork overlapping =
        hypernetwork(
            List.of(),
            Adaptation.of("fc.weight[0..1]", new Full()),
            Adaptation.of("fc.weight[1..2]", new Full()));
    assertThatThrownBy(() -> overlapping.deltas(target()))
        .hasMessage(
            "Source \"h\" puts a full delta on site \"fc.weight\" twice. Expected each form at most once per unit; one of the parts is too wide.");
  }

  @Test
  void aHeadThatNoFileCanHoldIsRefusedBeforeItIsMade() {
    Hypernetwork wide =
        new Hypernetwork(
            "h", PLACE, List.of(), 20_000_000, List.of(Adaptation.of("fc.weight", new Full())));
    assertThatThrownBy(() -> wide.deltas(target()))
        .hasMessage(
            "Source \"h\" cannot put a full delta on site \"fc.weight\": its factor W would be learned as 480,000,024 numbers. Expected at most 268,435,456, which is what an ONNX file can hold. Maybe you meant a smaller latent, or a form that needs fewer numbers.");
  }

  @Test
  void theSameSeedGivesTheSameParametersAndAnotherGivesOthers() {
    Map<String, TensorValue> parameters = graph(usual()).freshParameters(7);

    assertThat(graph(usual()).freshParameters(7)).isEqualTo(parameters);
    assertThat(List.copyOf(graph(usual()).freshParameters(7).keySet()))
        .isEqualTo(List.copyOf(parameters.keySet()));
    Map<String, TensorValue> others = graph(usual()).freshParameters(8);
    assertThat(others.keySet()).isEqualTo(parameters.keySet());
    assertThat(others).isNotEqualTo(parameters);
    assertThat(others.get("hyperdelta/h/trunk.0.weight"))
        .isNotEqualTo(parameters.get("hyperdelta/h/trunk.0.weight"));
  }

  @Test
  void parametersHaveTheirNamesAndShapes() {
    Map<String, TensorValue> parameters = graph(usual()).freshParameters(7);

    assertThat(parameters.entrySet())
        .extracting(entry -> entry.getKey() + " " + entry.getValue())
        .containsExactly(
            "hyperdelta/h/trunk.0.weight FLOAT [2, 8]",
            "hyperdelta/h/trunk.0.bias FLOAT [8]",
            "hyperdelta/h/trunk.1.norm.scale FLOAT [8]",
            "hyperdelta/h/trunk.1.norm.shift FLOAT [8]",
            "hyperdelta/h/trunk.1.weight FLOAT [8, 8]",
            "hyperdelta/h/trunk.1.bias FLOAT [8]",
            "hyperdelta/h/trunk.2.norm.scale FLOAT [8]",
            "hyperdelta/h/trunk.2.norm.shift FLOAT [8]",
            "hyperdelta/h/trunk.2.skip.weight FLOAT [8, 6]",
            "hyperdelta/h/trunk.2.weight FLOAT [8, 6]",
            "hyperdelta/h/trunk.2.bias FLOAT [6]",
            "hyperdelta/h/latent.norm.scale FLOAT [6]",
            "hyperdelta/h/latent.norm.shift FLOAT [6]",
            "hyperdelta/h/latent.weight FLOAT [6, 5]",
            "hyperdelta/h/latent.bias FLOAT [5]",
            "hyperdelta/h/fc.weight/low-rank/A/head FLOAT [6, 12]",
            "hyperdelta/h/fc.weight/low-rank/B/head FLOAT [6, 8]",
            "hyperdelta/h/fc.bias/shift/b/head FLOAT [6, 4]");
  }

  @Test
  void theHeadOfTheZeroFactorIsZeroAndThatOfTheRandomOneIsNot() {
    Map<String, TensorValue> parameters = graph(usual()).freshParameters(7);

    assertThat(floats(parameters, "hyperdelta/h/fc.weight/low-rank/B/head")).containsOnly(0);
    assertThat(floats(parameters, "hyperdelta/h/fc.bias/shift/b/head")).containsOnly(0);
    assertThat(floats(parameters, "hyperdelta/h/fc.weight/low-rank/A/head")).doesNotContain(0);
  }

  @Test
  void withoutATrunkTheLatentIsLinearInTheCondition() {
    Hypernetwork hypernetwork = hypernetwork(List.of(), Adaptation.of("fc.bias", new Shift()));
    HypernetworkGraph graph = graph(hypernetwork);
    Map<String, TensorValue> parameters = graph.freshParameters(7);
    assertThat(parameters.keySet())
        .containsExactly(
            "hyperdelta/h/latent.weight",
            "hyperdelta/h/latent.bias",
            "hyperdelta/h/fc.bias/shift/b/head");

    GraphEditor editor = GraphEditor.empty("g", 13);
    PLACE.encoder().columns().forEach(c -> editor.input(c.column(), c.input().type("conditions")));
    parameters.forEach(editor::initializer);
    String latent = graph.latent(editor, column -> column);
    editor.output(latent, TensorType.of(Dtype.FLOAT, "conditions", LATENT + 1));
    Model model = editor.finish("g");

    assertThat(model.graph().nodes())
        .extracting(io.hyperdelta.graph.Node::op)
        .containsExactly("Concat", "Sub", "Div", "Gemm", "Pad");
  }

  @Test
  void aLayerWithoutUnitsIsRefused() {
    Adaptation adaptation = Adaptation.of("*", new Shift());
    assertThatThrownBy(() -> new Hypernetwork("h", PLACE, List.of(8, 0), 4, List.of(adaptation)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "Hypernetwork \"h\" has a layer without units. Expected widths of 1 or more, got trunk"
                + " [8, 0] and latent 4.");
    assertThatThrownBy(() -> new Hypernetwork("h", PLACE, List.of(), 0, List.of(adaptation)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "Hypernetwork \"h\" has a layer without units. Expected widths of 1 or more, got trunk"
                + " [] and latent 0.");
  }

  @Test
  void aHypernetworkThatAdaptsNothingIsRefused() {
    assertThatThrownBy(() -> hypernetwork(List.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("Source \"h\" adapts nothing. Expected at least one adaptation.");
  }

  @Test
  void theSameFormTwiceOnASiteIsRefused() {
    Hypernetwork twice =
        hypernetwork(
            List.of(),
            Adaptation.of("fc.weight", new LowRank(1)),
            Adaptation.of("*", new LowRank(2)));

    assertThatThrownBy(() -> twice.deltas(target()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "Source \"h\" puts a low-rank delta on site \"fc.weight\" twice. Expected each"
                + " form at most once per unit; one of the parts is too wide.");
  }

  @Test
  void deltasComeInTheOrderOfTheAdaptations() {
    assertThat(usual().deltas(target()))
        .extracting(SiteDelta::name)
        .containsExactly("h/fc.weight/low-rank", "h/fc.bias/shift");
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 64})
  void aRandomFactorHasTheSameSizeWhateverTheLatent(int latent) {
    // Half of the variance 1 / in comes from the row that is the same for all conditions.
    Hypernetwork hypernetwork =
        new Hypernetwork(
            "h", PLACE, List.of(), latent, List.of(Adaptation.of("fc.weight", new LowRank(3))));
    double constant = 0;
    double varying = 0;
    int seeds = 200;
    for (int seed = 0; seed < seeds; seed++) {
      float[] head =
          floats(
              graph(hypernetwork).freshParameters(seed), "hyperdelta/h/fc.weight/low-rank/A/head");
      int split = latent * 18;
      constant += squares(head, split, head.length) / 18;
      varying += squares(head, 0, split) / 18;
    }
    assertThat(constant / seeds).isBetween(0.9 * 0.5 / 6, 1.1 * 0.5 / 6);
    assertThat(varying / seeds).isBetween(0.9 * 0.5 / 6, 1.1 * 0.5 / 6);
  }

  private static float[] floats(Map<String, TensorValue> parameters, String name) {
    return Objects.requireNonNull(parameters.get(name)).floats();
  }

  private static double squares(float[] values, int from, int to) {
    return IntStream.range(from, to).mapToDouble(i -> (double) values[i] * values[i]).sum();
  }
}
