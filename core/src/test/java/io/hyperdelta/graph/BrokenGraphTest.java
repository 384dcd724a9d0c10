package io.hyperdelta.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.AttributeProto.AttributeType;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import com.google.protobuf.ByteString;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Whole protobufs that are no sound models: each flaw is named. */
@Timeout(10)
final class BrokenGraphTest {
  private static final ByteString NO_TEXT = ByteString.copyFrom(new byte[] {(byte) 0xff});

  private static GraphProto.Builder graph() {
    return GraphProto.newBuilder()
        .addInput(SampleModels.info("x", Dtype.FLOAT))
        .addNode(node("y", "x"))
        .addOutput(SampleModels.info("y", Dtype.FLOAT));
  }

  private static NodeProto.Builder node(String output, String... inputs) {
    NodeProto.Builder node = NodeProto.newBuilder().setName("n").setOpType("Relu");
    for (String input : inputs) {
      node.addInput(input);
    }
    return node.addOutput(output);
  }

  private static NodeProto.Builder node(AttributeProto.Builder... attributes) {
    NodeProto.Builder node = node("z", "x");
    for (AttributeProto.Builder attribute : attributes) {
      node.addAttribute(attribute.setName("a"));
    }
    return node;
  }

  private static TensorProto.Builder tensor(String name) {
    return TensorProto.newBuilder().setName(name).setDataType(Dtype.FLOAT.code()).addFloatData(1);
  }

  private static Graph read(GraphProto.Builder graph) {
    return ModelReader.read(ModelProto.newBuilder().setGraph(graph).build().toByteArray(), "m.onnx")
        .graph();
  }

  private static void refused(GraphProto.Builder graph, String problem) {
    assertThatThrownBy(() -> read(graph))
        .isInstanceOf(ModelException.class)
        .hasMessage("Model \"m.onnx\" " + problem);
  }

  @Test
  void theGraphItselfIsSound() {
    assertThat(read(graph()).nodes()).hasSize(1);
  }

  @Test
  void whatHasNoNameIsRefused() {
    String unnamed = "has an input or initializer without a name. Expected one.";
    refused(graph().addInput(SampleModels.info("", Dtype.FLOAT)), unnamed);
    refused(graph().addInitializer(tensor("")), unnamed);
    refused(
        graph().addOutput(SampleModels.info("", Dtype.FLOAT)),
        "has an output without a name. Expected one.");
    refused(
        graph().addNode(node("z", "x").setOpType("")),
        "has a node \"n\" without an operator. Expected the operator's name.");
  }

  @Test
  void namesThatAreThereTwiceAreRefused() {
    refused(
        graph().addInput(SampleModels.info("x", Dtype.FLOAT)),
        "has two inputs named \"x\". Expected unique names.");
    refused(
        graph().addOutput(SampleModels.info("y", Dtype.FLOAT)),
        "has two outputs named \"y\". Expected unique names.");
    refused(
        graph().addInitializer(tensor("w")).addInitializer(tensor("w")),
        "has two initializers named \"w\". Expected unique names.");
    refused(
        graph().addInitializer(tensor("y")),
        "makes the value \"y\" twice, the second time in Relu node \"n\". Expected each value to be"
            + " made once.");
    refused(
        graph().addNode(NodeProto.newBuilder().setOpType("Split").addOutput("z").addOutput("z")),
        "makes the value \"z\" twice, the second time in Split node making \"z\". Expected each"
            + " value to be made once.");
    refused(
        graph()
            .addNode(
                node(AttributeProto.newBuilder().setI(1), AttributeProto.newBuilder().setF(1))),
        "has a Relu node \"n\" with two attributes named \"a\". Expected unique names.");
  }

  @Test
  void namesThatAreNoTextAreRefused() {
    String problem = "names a value \"\ufffd\" in bytes that are no text. Expected names in UTF-8.";
    refused(graph().addNode(node("z", "x").addInputBytes(NO_TEXT)), problem);
    refused(graph().addNode(node("z", "x").addOutputBytes(NO_TEXT)), problem);
    refused(graph().addInitializer(tensor("").setNameBytes(NO_TEXT)), problem);
    refused(
        graph().addInput(SampleModels.info("q", Dtype.FLOAT).toBuilder().setNameBytes(NO_TEXT)),
        problem);
  }

  @Test
  void whatIsMissingIsRefused() {
    refused(
        graph().addNode(node("z", "q")),
        "has a loose end: Relu node \"n\" reads \"q\", which nothing makes.");
    refused(
        graph().addOutput(SampleModels.info("q", Dtype.FLOAT)),
        "promises an output \"q\" that nothing makes.");
    refused(
        graph().addNode(node("a", "b")).addNode(node("b", "a")),
        "is not in running order: Relu node \"n\" reads \"b\" before it is made. Expected a graph"
            + " without cycles, its nodes sorted.");
  }

  @Test
  void aSubgraphMayHideANameThatItTakesInButNotMakeOneAgain() {
    GraphProto.Builder hiding =
        GraphProto.newBuilder()
            .addInput(SampleModels.info("x", Dtype.FLOAT))
            .addInitializer(tensor("y"))
            .addOutput(SampleModels.info("x", Dtype.FLOAT))
            .addOutput(SampleModels.info("x", Dtype.FLOAT));
    assertThat(read(graph().addNode(node(AttributeProto.newBuilder().setG(hiding)))).nodes())
        .hasSize(2);

    GraphProto.Builder making =
        GraphProto.newBuilder()
            .addNode(node("x", "y"))
            .addOutput(SampleModels.info("x", Dtype.FLOAT));
    refused(
        graph().addNode(node(AttributeProto.newBuilder().setG(making))),
        "makes the value \"x\" twice, the second time in Relu node \"n\". Expected each value to be"
            + " made once.");
  }

  @Test
  void anAttributeWithoutATypeIsReadWhereItsValueShowsIt() {
    Graph graph =
        read(
            graph()
                .addNode(node(AttributeProto.newBuilder().setI(3)))
                .addNode(node(AttributeProto.newBuilder().addFloats(1)).setOutput(0, "z2"))
                .addNode(node(AttributeProto.newBuilder().setT(tensor(""))).setOutput(0, "z3")));

    assertThat(graph.nodes().get(1).attributes().get("a")).isEqualTo(Attribute.of(3));
    assertThat(graph.nodes().get(2).attributes().get("a")).isInstanceOf(Attribute.Reals.class);
    assertThat(graph.nodes().get(3).attributes().get("a"))
        .isEqualTo(Attribute.of(TensorValue.scalar(1)));
    refused(
        graph().addNode(node(AttributeProto.newBuilder())),
        "has a Relu node \"n\" with an attribute \"a\" without a type. Expected one, or a single"
            + " value that shows it, got values of types [].");
    refused(
        graph().addNode(node(AttributeProto.newBuilder().setI(3).setF(3))),
        "has a Relu node \"n\" with an attribute \"a\" without a type. Expected one, or a single"
            + " value that shows it, got values of types [FLOAT, INT].");
  }

  @Test
  void anAttributeWhoseTypeAndValueDisagreeIsRefused() {
    refused(
        graph().addNode(node(AttributeProto.newBuilder().setType(AttributeType.INT).setF(3))),
        "has a Relu node \"n\" with an attribute \"a\" of the wrong type. Expected INT, got"
            + " [FLOAT].");
    refused(
        graph().addNode(node(AttributeProto.newBuilder().setS(NO_TEXT))),
        "has a Relu node \"n\" with an attribute \"a\" of bytes that are no text. Expected texts in"
            + " UTF-8.");
    assertThat(
            read(graph().addNode(node(AttributeProto.newBuilder().setType(AttributeType.INT))))
                .nodes()
                .get(1)
                .intAttribute("a", 9))
        .as("some writers leave out zeros")
        .isEqualTo(0);
  }

  @Test
  void typesThatWeDoNotKnowAreRefusedWhereTheyMatter() {
    ValueInfoProto.Builder float8 = SampleModels.info("q", Dtype.FLOAT).toBuilder();
    float8.getTypeBuilder().getTensorTypeBuilder().setElemType(17);
    assertThat(read(graph().addValueInfo(float8)).values()).isEmpty();
    refused(
        graph().addInput(float8),
        "has an input or output \"q\" of element type 17 with 0 axes, which is not supported."
            + " Expected one of ONNX's types 1 to 13 or 16 and at most 64 axes.");
    ValueInfoProto.Builder deep = SampleModels.info("q", Dtype.FLOAT).toBuilder();
    for (int i = 0; i < 65; i++) {
      deep.getTypeBuilder().getTensorTypeBuilder().getShapeBuilder().addDimBuilder();
    }
    refused(
        graph().addInput(deep),
        "has an input or output \"q\" of element type 1 with 65 axes, which is not supported."
            + " Expected one of ONNX's types 1 to 13 or 16 and at most 64 axes.");
  }

  @Test
  void twoVersionsOfOneOperatorSetAreRefused() {
    ModelProto.Builder model =
        ModelProto.newBuilder()
            .setGraph(graph())
            .addOpsetImport(OperatorSetIdProto.newBuilder().setVersion(13))
            .addOpsetImport(OperatorSetIdProto.newBuilder().setDomain("ai.onnx").setVersion(12));
    assertThatThrownBy(() -> ModelReader.read(model.build().toByteArray(), "m.onnx"))
        .isInstanceOf(ModelException.class)
        .hasMessage(
            "Model \"m.onnx\" imports versions 13 and 12 of operator set \"\". Expected one.");
  }
}
