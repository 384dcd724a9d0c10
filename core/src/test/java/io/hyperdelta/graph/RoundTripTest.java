package io.hyperdelta.graph;

import static org.assertj.core.api.Assertions.assertThat;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import com.google.protobuf.ByteString;
import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

final class RoundTripTest {
  @Test
  void aModelIsReadAsItWasWritten() {
    Model model = SampleModels.full();
    byte[] bytes = ModelWriter.write(model);

    Model read = ModelReader.read(bytes, "full.onnx");

    assertThat(read).isEqualTo(model);
    assertThat(ModelWriter.write(read)).isEqualTo(bytes);
    assertThat(read.graph().nodes().get(0).attributes().keySet())
        .containsExactlyElementsOf(model.graph().nodes().get(0).attributes().keySet());
    assertThat(List.copyOf(read.graph().initializers().keySet()))
        .isEqualTo(List.copyOf(model.graph().initializers().keySet()));
    assertThat(read.opset()).isEqualTo(13);
    assertThat(read.metadata()).isEqualTo(Map.of("author", "ütf"));
  }

  @Test
  void everyAttributeTypeKeepsItsValue() {
    Node node =
        ModelReader.read(ModelWriter.write(SampleModels.full()), "m").graph().nodes().get(0);

    assertThat(node.intAttribute("int", 0)).isEqualTo(Long.MIN_VALUE);
    assertThat(node.realAttribute("real", 0)).isEqualTo(-0.25f);
    assertThat(node.textAttribute("text", "")).isEqualTo("größe\n");
    assertThat(node.intsAttribute("ints")).containsExactly(1, -2, Long.MAX_VALUE);
    assertThat(node.attributes().get("reals"))
        .isEqualTo(new Attribute.Reals(List.of(Float.NaN, -0f, 1f)));
    assertThat(node.attributes().get("texts")).isEqualTo(Attribute.texts(List.of("", "b", "ü")));
    assertThat(node.attributes().get("tensor"))
        .isEqualTo(Attribute.of(TensorValue.ofDoubles(new double[] {1, 2}, 2, 1)));
    assertThat(node.attributes().get("graph")).isInstanceOf(Attribute.Subgraph.class);
  }

  @ParameterizedTest
  @EnumSource(Dtype.class)
  void everyElementTypeIsReadRawAsWritten(Dtype dtype) {
    TensorValue value = sample(dtype);

    TensorProto proto = TensorCodec.encode("t", value);

    assertThat(TensorCodec.decode(proto.toByteArray(), "t.pb")).isEqualTo(value);
    assertThat(proto.hasRawData()).isEqualTo(dtype != Dtype.STRING);
  }

  @ParameterizedTest
  @EnumSource(Dtype.class)
  void everyElementTypeIsReadFromItsTypedField(Dtype dtype) {
    TensorValue value = sample(dtype);

    TensorValue read = TensorCodec.decode(typed(value), "typed", ExternalTensors.refused());

    assertThat(read).isEqualTo(value);
    assertThat(TensorCodec.encode("t", read)).isEqualTo(TensorCodec.encode("t", value));
  }

  /** Random bit patterns, negative ones among them. */
  private static TensorValue sample(Dtype dtype) {
    if (dtype == Dtype.STRING) {
      return TensorValue.ofStrings(List.of("a", "", "ünï", "d", "e", "f"), 2, 3);
    }
    byte[] bytes = new byte[6 * dtype.byteWidth()];
    new Random(7).nextBytes(bytes);
    if (dtype == Dtype.FLOAT) {
      return TensorValue.ofFloats(new float[] {1.5f, -2, 0, -0f, 1e30f, 1e-40f}, 2, 3);
    }
    return TensorValue.ofBytes(dtype, new long[] {2, 3}, ByteBuffer.wrap(bytes));
  }

  private static TensorProto typed(TensorValue value) {
    TensorProto.Builder proto =
        TensorProto.newBuilder().setName("t").setDataType(value.dtype().code());
    for (long dim : value.dims()) {
      proto.addDims(dim);
    }
    ByteBuffer bytes = value.bytes();
    for (int i = 0; i < value.elementCount(); i++) {
      switch (value.dtype()) {
        case FLOAT -> proto.addFloatData(bytes.getFloat());
        case DOUBLE -> proto.addDoubleData(bytes.getDouble());
        case INT64 -> proto.addInt64Data(bytes.getLong());
        case UINT64 -> proto.addUint64Data(bytes.getLong());
        case UINT32 -> proto.addUint64Data(Integer.toUnsignedLong(bytes.getInt()));
        case INT32 -> proto.addInt32Data(bytes.getInt());
        case INT16 -> proto.addInt32Data(bytes.getShort());
        case UINT16, FLOAT16, BFLOAT16 -> proto.addInt32Data(Short.toUnsignedInt(bytes.getShort()));
        case INT8 -> proto.addInt32Data(bytes.get());
        case UINT8, BOOL -> proto.addInt32Data(Byte.toUnsignedInt(bytes.get()));
        case STRING -> proto.addStringData(ByteString.copyFromUtf8(value.strings().get(i)));
      }
    }
    return proto.build();
  }

  @Test
  void declaredAxesAreKeptAndOpenOnesAreUnknown() {
    Map<String, TensorValue> none = new LinkedHashMap<>();
    TensorType type =
        new TensorType(
            Dtype.FLOAT, List.of(Dim.of("rows"), Dim.of(4), new Dim.Unknown(), Dim.of("rows")));
    Graph graph =
        new Graph(
            "g",
            List.of(new ValueInfo("x", type), new ValueInfo("y", new TensorType(Dtype.BOOL, null))),
            List.of(new ValueInfo("x", type)),
            none,
            List.of(),
            List.of());

    Graph read =
        ModelReader.read(
                ModelWriter.write(new Model(8, Map.of("", 13L), "p", Map.of(), graph)), "g")
            .graph();

    assertThat(read).isEqualTo(graph);
    assertThat(read.inputs().get(0).type()).hasToString("float [rows, 4, ?, rows]");
    assertThat(read.inputs().get(1).type()).hasToString("bool of any shape");
  }

  @Test
  void theTwoSpellingsOfTheOwnDomainAreOne() {
    ModelProto proto =
        ModelProto.newBuilder()
            .setIrVersion(8)
            .addOpsetImport(OperatorSetIdProto.newBuilder().setDomain("ai.onnx").setVersion(17))
            .setGraph(
                GraphProto.newBuilder()
                    .addNode(
                        NodeProto.newBuilder()
                            .setDomain("ai.onnx")
                            .setOpType("Constant")
                            .addOutput("y")
                            .addAttribute(
                                AttributeProto.newBuilder()
                                    .setName("value_int")
                                    .setType(AttributeProto.AttributeType.INT)
                                    .setI(3)))
                    .addOutput(SampleModels.info("y", Dtype.INT64)))
            .build();

    Model model = ModelReader.read(proto.toByteArray(), "m");

    assertThat(model.opset()).isEqualTo(17);
    assertThat(model.graph().nodes().get(0).domain()).isEmpty();
    assertThat(model.opsets()).isEqualTo(Map.of("", 17L));
  }

  @Test
  void aDeclaredSizeOfZeroOrLessStandsForAnySize() {
    ValueInfoProto.Builder x = SampleModels.info("x", Dtype.FLOAT).toBuilder();
    x.getTypeBuilder().getTensorTypeBuilder().getShapeBuilder().addDimBuilder().setDimValue(-1);
    x.getTypeBuilder().getTensorTypeBuilder().getShapeBuilder().addDimBuilder().setDimValue(0);
    ModelProto proto =
        ModelProto.newBuilder().setGraph(GraphProto.newBuilder().addInput(x).addOutput(x)).build();

    Graph graph = ModelReader.read(proto.toByteArray(), "m").graph();

    assertThat(graph.inputs().get(0).type())
        .isEqualTo(new TensorType(Dtype.FLOAT, List.of(new Dim.Unknown(), new Dim.Unknown())));
  }
}
