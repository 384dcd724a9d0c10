package io.hyperdelta.target;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hyperdelta.graph.Attribute;
import io.hyperdelta.graph.Dtype;
import io.hyperdelta.graph.Graph;
import io.hyperdelta.graph.GraphEditor;
import io.hyperdelta.graph.Model;
import io.hyperdelta.graph.ModelException;
import io.hyperdelta.graph.ModelWriter;
import io.hyperdelta.graph.Node;
import io.hyperdelta.graph.TensorType;
import io.hyperdelta.graph.TensorValue;
import io.hyperdelta.graph.ValueInfo;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class SiteDiscoveryTest {
  private static final TensorType ROWS = TensorType.of(Dtype.FLOAT, "rows", "width");

  private final Map<String, TensorValue> initializers = new LinkedHashMap<>();
  private final List<Node> nodes = new ArrayList<>();

  private SiteDiscoveryTest weights(String name, long... dims) {
    int count = 1;
    for (long dim : dims) {
      count *= (int) dim;
    }
    initializers.put(name, TensorValue.ofFloats(new float[count], dims));
    return this;
  }

  private SiteDiscoveryTest node(String op, String name, String output, String... inputs) {
    return node(op, name, output, Map.of(), inputs);
  }

  private SiteDiscoveryTest node(
      String op, String name, String output, Map<String, Attribute> attributes, String... inputs) {
    nodes.add(new Node(name, "", op, List.of(inputs), List.of(output), attributes));
    return this;
  }

  private Model model(String... outputs) {
    List<ValueInfo> made = new ArrayList<>();
    for (String output : outputs) {
      made.add(new ValueInfo(output, ROWS));
    }
    Graph graph =
        new Graph("net", List.of(new ValueInfo("x", ROWS)), made, initializers, nodes, List.of());
    return new Model(8, Map.of("", 13L), "test", Map.of(), graph);
  }

  private List<Site> sites(String... outputs) {
    return Target.of(ModelWriter.write(model(outputs)), "net.onnx").sites();
  }

  @Test
  void gemmWithoutTransposition() {
    weights("fc.weight", 4, 3).weights("fc.bias", 3);
    Map<String, Attribute> scales =
        Map.of("alpha", Attribute.of(0.5f), "beta", Attribute.of(2f), "transB", Attribute.of(0));
    node("Gemm", "g", "y", scales, "x", "fc.weight", "fc.bias");

    assertThat(sites("y"))
        .containsExactly(
            new Site(
                "fc.weight",
                SiteKind.WEIGHT,
                "fc.weight",
                List.of(4L, 3L),
                Layout.IN_OUT,
                4,
                3,
                true,
                List.of(new Use("Gemm", "x", "y", 0.5f).adding("fc.bias", 2)),
                Units.ALL),
            new Site(
                "fc.bias",
                SiteKind.BIAS,
                "fc.bias",
                List.of(3L),
                Layout.IN_OUT,
                1,
                3,
                false,
                List.of(new Use("Gemm", "", "y", 2f)),
                Units.ALL));
  }

  @Test
  void gemmWithTransposition() {
    weights("fc.weight", 3, 4);
    node("Gemm", "g", "y", Map.of("transB", Attribute.of(1)), "x", "fc.weight");

    List<Site> sites = sites("y");

    assertThat(sites)
        .containsExactly(
            new Site(
                "fc.weight",
                SiteKind.WEIGHT,
                "fc.weight",
                List.of(3L, 4L),
                Layout.OUT_IN,
                4,
                3,
                false,
                List.of(new Use("Gemm", "x", "y", 1)),
                Units.ALL));
    assertThat(sites.get(0).shape()).isEqualTo("[3, 4]");
    assertThat(sites.get(0).parameterCount()).isEqualTo(12);
  }

  @Test
  void gemmWithItsInputTransposedIsNoSite() {
    weights("fc.weight", 4, 3);
    node("Gemm", "g", "y", Map.of("transA", Attribute.of(1)), "x", "fc.weight");

    assertThat(sites("y")).isEmpty();
  }

  @Test
  void matMulAlone() {
    weights("w", 4, 3);
    node("MatMul", "m", "y", "x", "w");

    assertThat(sites("y"))
        .containsExactly(
            new Site(
                "w",
                SiteKind.WEIGHT,
                "w",
                List.of(4L, 3L),
                Layout.IN_OUT,
                4,
                3,
                false,
                List.of(new Use("MatMul", "x", "y", 1)),
                Units.ALL));
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void matMulAndAddInEitherOrder(boolean biasFirst) {
    weights("w", 4, 3).weights("b", 3);
    node("MatMul", "m", "h", "x", "w");
    node("Add", "a", "y", biasFirst ? new String[] {"b", "h"} : new String[] {"h", "b"});

    List<Site> sites = sites("y");

    assertThat(sites).extracting(Site::name).containsExactly("w", "b");
    assertThat(sites.get(0).biased()).isTrue();
    assertThat(sites.get(1))
        .isEqualTo(
            new Site(
                "b",
                SiteKind.BIAS,
                "b",
                List.of(3L),
                Layout.IN_OUT,
                1,
                3,
                false,
                List.of(new Use("Add", "h", "y", 1)),
                Units.ALL));
    assertThat(sites.get(1).shape()).isEqualTo("[3]");
  }

  @Test
  void aBiasIsOneNumberPerUnitPossiblyBehindAxesOfSizeOne() {
    weights("w", 4, 3).weights("b", 1, 1, 3);
    node("MatMul", "m", "h", "x", "w").node("Add", "a", "y", "h", "b");

    assertThat(sites("y")).extracting(Site::name).containsExactly("w", "b");
  }

  @Test
  void whatIsBroadcastDifferentlyIsNoBias() {
    for (long[] dims : new long[][] {{1}, {}, {3, 1}, {3, 3}}) {
      initializers.clear();
      nodes.clear();
      weights("w", 4, 3).weights("b", dims);
      node("MatMul", "m", "h", "x", "w").node("Add", "a", "y", "h", "b");

      List<Site> sites = sites("y");

      assertThat(sites).extracting(Site::name).containsExactly("w");
      assertThat(sites.get(0).biased()).isFalse();
    }
  }

  @Test
  void aProductThatIsAlsoReadElsewhereHasNoBias() {
    weights("w", 4, 3).weights("b", 3);
    node("MatMul", "m", "h", "x", "w").node("Add", "a", "y", "h", "b").node("Relu", "r", "z", "h");

    assertThat(sites("y", "z")).extracting(Site::name).containsExactly("w");
    assertThat(sites("y", "h")).extracting(Site::name).containsExactly("w");
  }

  @Test
  void anAddOfAnotherDomainIsNoBias() {
    weights("w", 4, 3).weights("b", 3);
    node("MatMul", "m", "h", "x", "w");
    nodes.add(new Node("a", "custom", "Add", List.of("h", "b"), List.of("y"), Map.of()));

    assertThat(sites("y")).extracting(Site::name).containsExactly("w");
  }

  @Test
  void tiedWeightsAreOneSiteWithSeveralUses() {
    weights("w", 4, 4);
    node("MatMul", "m1", "h", "x", "w").node("MatMul", "m2", "y", "h", "w");

    List<Site> sites = sites("y");

    assertThat(sites).hasSize(1);
    assertThat(sites.get(0).uses())
        .containsExactly(new Use("MatMul", "x", "h", 1), new Use("MatMul", "h", "y", 1));
  }

  @Test
  void weightsTiedInTwoLayoutsAreNoSite() {
    weights("w", 4, 4);
    node("MatMul", "m1", "h", "x", "w");
    node("Gemm", "g", "y", Map.of("transB", Attribute.of(1)), "h", "w");

    assertThat(sites("y")).isEmpty();
  }

  @Test
  void aWeightThatIsAlsoReadElsewhereIsNoSite() {
    weights("w", 4, 4).weights("b", 4);
    node("Gemm", "g", "y", "x", "w", "b").node("Relu", "r", "z", "w");

    assertThat(sites("y", "z")).extracting(Site::name).containsExactly("b");
  }

  @Test
  void aWeightThatIsAlsoAnOutputOrReadInASubgraphIsNoSite() {
    weights("w", 4, 4);
    node("MatMul", "m", "y", "x", "w");
    assertThat(sites("y", "w")).isEmpty();

    Graph inner =
        new Graph(
            "inner",
            List.of(),
            List.of(new ValueInfo("i", ROWS)),
            Map.of(),
            List.of(new Node("", "", "Relu", List.of("w"), List.of("i"), Map.of())),
            List.of());
    node("If", "if", "z", Map.of("then_branch", new Attribute.Subgraph(inner)), "x");
    assertThat(sites("y", "z")).isEmpty();
  }

  @Test
  void whatIsNoFloatMatrixIsNoSite() {
    initializers.put("doubles", TensorValue.ofDoubles(new double[12], 4, 3));
    weights("batched", 2, 4, 3);
    node("MatMul", "m1", "a", "x", "doubles").node("MatMul", "m2", "b", "x", "batched");
    node("MatMul", "m3", "c", "x", "a");

    assertThat(sites("a", "b", "c")).isEmpty();
  }

  @Test
  void numberedTensorsAreNamedAfterTheirLayer() {
    weights("onnx::MatMul_12", 4, 3).weights("onnx::Add_13", 3).weights("17", 3, 3);
    weights("W_4", 3, 3).weights("5", 3);
    node("MatMul", "/block/0/fc1/MatMul", "h", "x", "onnx::MatMul_12");
    node("Add", "/block/0/fc1/Add", "h2", "h", "onnx::Add_13");
    node("MatMul", "/MatMul", "h3", "h2", "17");
    node("Gemm", "head/Gemm", "y", "h3", "W_4", "5");

    assertThat(sites("y"))
        .extracting(Site::name)
        .containsExactly(
            "block.0.fc1.weight", "block.0.fc1.bias", "MatMul.weight", "head.weight", "head.bias");
  }

  @Test
  void aNumberedTensorOfANamelessLayerKeepsItsName() {
    weights("onnx::MatMul_12", 4, 3);
    node("MatMul", "", "y", "x", "onnx::MatMul_12");

    assertThat(sites("y")).extracting(Site::name).containsExactly("onnx::MatMul_12");
  }

  @Test
  void noTwoSitesHaveOneName() {
    weights("onnx::MatMul_1", 4, 4).weights("fc.weight", 4, 4).weights("onnx::MatMul_2", 4, 4);
    node("MatMul", "/fc/MatMul", "a", "x", "onnx::MatMul_1");
    node("MatMul", "/other/MatMul", "b", "a", "fc.weight");
    node("MatMul", "/fc/MatMul_1", "y", "b", "onnx::MatMul_2");

    List<Site> sites = sites("y");

    assertThat(sites).hasSize(3);
    assertThat(sites).extracting(Site::name).doesNotHaveDuplicates();
    assertThat(sites)
        .filteredOn(site -> site.initializer().equals("fc.weight"))
        .extracting(Site::name)
        .as("a readable name of its own comes first")
        .containsExactly("fc.weight");
  }

  @Test
  void nodesThatMakeNothingAreNoLayers() {
    weights("w", 4, 4).weights("b", 4);
    nodes.add(new Node("", "", "Gemm", List.of("x", "w", "b"), List.of(), Map.of()));
    nodes.add(new Node("", "", "MatMul", List.of("x", "w"), List.of(), Map.of()));
    nodes.add(new Node("", "", "MatMul", List.of("x", "w"), List.of(""), Map.of()));
    node("Relu", "", "y", "x");
    assertThat(sites("y")).isEmpty();

    initializers.clear();
    nodes.clear();
    weights("w", 4, 4).weights("b", 4);
    node("MatMul", "", "y", "x", "w");
    nodes.add(new Node("", "", "Add", List.of("y", "b"), List.of(), Map.of()));
    node("Relu", "", "z", "x");
    assertThat(sites("z")).extracting(Site::name).containsExactly("w");
  }

  @Test
  void changedBytesGiveATargetOrAModelException() {
    weights("fc.weight", 4, 3).weights("fc.bias", 3).weights("w", 3, 3).weights("b", 3);
    node("Gemm", "g", "h", Map.of("transB", Attribute.of(0)), "x", "fc.weight", "fc.bias");
    node("MatMul", "m", "h2", "h", "w").node("Add", "a", "y", "h2", "b");
    byte[] valid = ModelWriter.write(model("y"));
    Random random = new Random(9);
    int refused = 0;
    for (int i = 0; i < 20_000; i++) {
      byte[] bytes = valid.clone();
      bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
      bytes[random.nextInt(bytes.length)] = (byte) random.nextInt(256);
      try {
        Target.of(bytes, "hostile.onnx");
      } catch (ModelException e) {
        refused++;
      }
    }
    assertThat(refused).isBetween(1_000, 19_000);
  }

  @ParameterizedTest
  @ValueSource(ints = {6, 22, 1})
  void anotherOperatorSetVersionIsRefused(int opset) {
    assertThatThrownBy(() -> targetOf(opset))
        .isInstanceOf(ModelException.class)
        .hasMessage(
            "Model \"net.onnx\" is written in operator set version %d. Expected 7 to 21. Export it again with a version in that range."
                .formatted(opset));
  }

  @ParameterizedTest
  @ValueSource(ints = {7, 21})
  void theOutermostVersionsAreRead(int opset) {
    assertThat(targetOf(opset).model().opset()).isEqualTo(opset);
  }

  private static Target targetOf(int opset) {
    GraphEditor editor = GraphEditor.empty("net", opset);
    editor.input("x", ROWS);
    editor.output(editor.node("Relu", "x"), ROWS);
    return Target.of(ModelWriter.write(editor.finish("net")), "net.onnx");
  }

  @Test
  void aTargetIsItsBytes() {
    byte[] bytes = ModelWriter.write(model("x"));
    byte[] given = bytes.clone();
    Target target = Target.of(given, "net.onnx");

    given[0]++;
    target.bytes()[0]++;

    assertThat(target.bytes()).isEqualTo(bytes);
    assertThat(target.digest()).isEqualTo(Target.sha256(bytes)).matches("[0-9a-f]{64}");
    assertThat(Target.sha256(new byte[0]))
        .isEqualTo("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
  }
}
