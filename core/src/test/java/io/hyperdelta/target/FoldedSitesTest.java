package io.hyperdelta.target;

import static org.assertj.core.api.Assertions.assertThat;

import io.hyperdelta.graph.Attribute;
import io.hyperdelta.graph.Dtype;
import io.hyperdelta.graph.Graph;
import io.hyperdelta.graph.Model;
import io.hyperdelta.graph.ModelWriter;
import io.hyperdelta.graph.Node;
import io.hyperdelta.graph.TensorType;
import io.hyperdelta.graph.TensorValue;
import io.hyperdelta.graph.ValueInfo;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Sites whose weights the exporter hid in nodes, and what they are called. */
final class FoldedSitesTest {
  private static final TensorType ROWS = TensorType.of(Dtype.FLOAT, "rows", "width");

  private final Map<String, TensorValue> initializers = new LinkedHashMap<>();
  private final List<Node> nodes = new ArrayList<>();

  private static TensorValue floats(long... dims) {
    int count = 1;
    for (long dim : dims) {
      count *= (int) dim;
    }
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = i;
    }
    return TensorValue.ofFloats(values, dims);
  }

  /** 1, 2, ... as float16, of which the first few are written by hand. */
  private static TensorValue halves(long... dims) {
    short[] bits = {0x3c00, 0x4000, 0x4200, 0x4400, 0x4500, 0x4600};
    ByteBuffer bytes = ByteBuffer.allocate(12).order(ByteOrder.LITTLE_ENDIAN);
    for (short half : bits) {
      bytes.putShort(half);
    }
    return TensorValue.ofBytes(Dtype.FLOAT16, dims, bytes.flip());
  }

  private void node(String op, String name, String output, String... inputs) {
    node(op, name, output, Map.of(), inputs);
  }

  private void node(
      String op, String name, String output, Map<String, Attribute> attributes, String... inputs) {
    nodes.add(new Node(name, "", op, List.of(inputs), List.of(output), attributes));
  }

  private void constant(String output, TensorValue value) {
    node("Constant", "", output, Map.of("value", Attribute.of(value)));
  }

  private Target target(int opset, long irVersion) {
    List<ValueInfo> inputs = new ArrayList<>(List.of(new ValueInfo("x", ROWS)));
    if (irVersion < 4) {
      initializers
          .keySet()
          .forEach(name -> inputs.add(new ValueInfo(name, new TensorType(Dtype.FLOAT, null))));
    }
    Graph graph =
        new Graph("net", inputs, List.of(new ValueInfo("y", ROWS)), initializers, nodes, List.of());
    Model model = new Model(irVersion, Map.of("", (long) opset), "test", Map.of(), graph);
    byte[] bytes = ModelWriter.write(model);
    Target target = Target.of(bytes, "net.onnx");
    assertThat(target.bytes()).as("the file stays as it is").isEqualTo(bytes);
    assertThat(target.digest()).isEqualTo(Target.sha256(bytes));
    assertThat(Target.of(bytes, "net.onnx").sites())
        .as("sites are the same at every load")
        .isEqualTo(target.sites());
    return target;
  }

  private List<Site> sites() {
    return target(13, 8).sites();
  }

  @Test
  void weightsAndBiasesInConstantNodes() {
    constant("/fc/Constant_output_0", floats(4, 3));
    constant("/fc/Constant_1_output_0", floats(3));
    node("MatMul", "/fc/MatMul", "h", "x", "/fc/Constant_output_0");
    node("Add", "/fc/Add", "y", "h", "/fc/Constant_1_output_0");

    List<Site> sites = sites();

    assertThat(sites).extracting(Site::name).containsExactly("fc.weight", "fc.bias");
    assertThat(sites)
        .extracting(Site::initializer)
        .containsExactly("/fc/Constant_output_0", "/fc/Constant_1_output_0");
    assertThat(sites).extracting(Site::layout).containsOnly(Layout.IN_OUT);
  }

  @Test
  void aWeightThatIsTransposedBeforeItsProduct() {
    initializers.put("encoder.fc.weight", floats(3, 2));
    node(
        "Transpose",
        "/encoder/fc/Transpose",
        "/encoder/fc/Transpose_output_0",
        "encoder.fc.weight");
    node("MatMul", "/encoder/fc/MatMul", "y", "x", "/encoder/fc/Transpose_output_0");

    Target target = target(17, 8);

    assertThat(target.sites())
        .containsExactly(
            new Site(
                "encoder.fc.weight",
                SiteKind.WEIGHT,
                "/encoder/fc/Transpose_output_0",
                List.of(2L, 3L),
                Layout.IN_OUT,
                2,
                3,
                false,
                List.of(new Use("MatMul", "x", "y", 1)),
                Units.ALL));
    assertThat(target.model().graph().initializers())
        .isEqualTo(
            Map.of(
                "/encoder/fc/Transpose_output_0",
                TensorValue.ofFloats(new float[] {0, 2, 4, 1, 3, 5}, 2, 3)));
    assertThat(target.model().graph().nodes()).extracting(Node::op).containsExactly("MatMul");
  }

  @ParameterizedTest
  @ValueSource(ints = {7, 12, 13, 21})
  void aHalfPrecisionWeightThatIsWidened(int opset) {
    initializers.put("w16", halves(3, 2));
    node("Cast", "c", "w32", Map.of("to", Attribute.of(Dtype.FLOAT.code())), "w16");
    node("Transpose", "t", "w32_t", "w32");
    node("MatMul", "fc/MatMul", "y", "x", "w32_t");

    Target target = target(opset, opset < 9 ? 3 : 8);

    assertThat(target.sites()).extracting(Site::name).containsExactly("fc.weight");
    assertThat(target.model().graph().initializers())
        .isEqualTo(Map.of("w32_t", TensorValue.ofFloats(new float[] {1, 3, 5, 2, 4, 6}, 2, 3)));
    assertThat(target.model().graph().requiredInputs())
        .extracting(ValueInfo::name)
        .containsExactly("x");
  }

  @Test
  void aBiasThatIsReshaped() {
    initializers.put("w", floats(4, 3));
    initializers.put("b", floats(3, 1));
    constant("shape", TensorValue.longs(1, -1));
    node("Reshape", "", "flat", "b", "shape");
    node("MatMul", "fc", "h", "x", "w");
    node("Add", "", "y", "flat", "h");

    assertThat(sites()).extracting(Site::name).containsExactly("w", "flat");
  }

  @ParameterizedTest
  @CsvSource({
    "onnx::MatMul_787,true",
    "787,true",
    "W_4,true",
    "val_12,true",
    "Constant_3,true",
    "/layer1/Constant_output_0,true",
    "/fc/Transpose_1_output_0,true",
    "Constant__123,true",
    "const_fold_opt__45,true",
    "MatMul__7:0,true",
    "p2o.helper.constant.12,true",
    "Constant,true",
    "Transpose_3_out0,true",
    "Cast_2:0,true",
    "node_12_transposed,true",
    "val_3_cast_t,true",
    "fc.weight,false",
    "fc1_weight,false",
    "conv0_weight,false",
    "linear_0.w_0,false",
    "encoder.layer.0.attention.self.query.weight,false",
    "model/dense/MatMul/ReadVariableOp:0,false",
    "identity.weight,false",
    "cast.weight,false",
    "weight,false",
    "transposed_weights,false"
  })
  void namesThatExportersMakeUpGiveWayToTheLayers(String initializer, boolean madeUp) {
    initializers.put(initializer, floats(4, 3));
    node("MatMul", "/head/MatMul", "y", "x", initializer);

    assertThat(sites())
        .extracting(Site::name)
        .containsExactly(madeUp ? "head.weight" : initializer);
  }

  @Test
  void layersOfOnePathAreNumbered() {
    initializers.put("attention.weight_3", floats(4, 4));
    for (int i = 0; i < 4; i++) {
      initializers.put("onnx::MatMul_" + i, floats(4, 4));
      node(
          "MatMul",
          "/attention/MatMul" + (i == 0 ? "" : "_" + i),
          i == 3 ? "h" : "h" + i,
          i == 0 ? "x" : "h" + (i - 1),
          "onnx::MatMul_" + i);
    }
    node("MatMul", "/other/MatMul", "y", "h", "attention.weight_3");

    assertThat(sites())
        .extracting(Site::name)
        .containsExactly(
            "attention.weight",
            "attention.weight_2",
            "attention.weight_4",
            "attention.weight_5",
            "attention.weight_3");
  }

  @Test
  void theNameOfAParameterThatIsNoSiteStaysItsOwn() {
    initializers.put("fc.weight", floats(4, 3));
    node("Transpose", "", "17", "fc.weight");
    node("Transpose", "", "back", "17");
    node("MatMul", "/fc/MatMul", "h", "x", "back");
    node("Relu", "", "r", "fc.weight");
    initializers.put("18", floats(3, 3));
    node("MatMul", "/fc/MatMul_1", "y", "h", "18");

    assertThat(sites()).extracting(Site::name).containsExactly("back", "fc.weight_2");
  }

  @Test
  void aWeightWithoutNumbersIsNoSite() {
    initializers.put("w", TensorValue.ofFloats(new float[0], 0, 1L << 40));
    node("MatMul", "m", "y", "x", "w");

    assertThat(sites()).isEmpty();
  }
}
