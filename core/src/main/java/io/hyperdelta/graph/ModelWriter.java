package io.hyperdelta.graph;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.StringStringEntryProto;
import ai.onnx.proto.OnnxMl.TensorShapeProto;
import ai.onnx.proto.OnnxMl.TypeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import com.google.protobuf.ByteString;
import java.util.Map;

/** Writes {@link Model} values as ONNX bytes; equal models give equal bytes. Stateless. */
public final class ModelWriter {
  private ModelWriter() {}

  /**
   * The bytes of an ONNX file.
   *
   * @throws ModelException if the model is not well formed, or larger than an ONNX file can be
   */
  public static byte[] write(Model model) {
    GraphCheck.check(model.graph(), model.graph().name());
    checkSize(model.graph(), byteCount(model.graph()));
    ModelProto.Builder proto =
        ModelProto.newBuilder()
            .setIrVersion(model.irVersion())
            .setProducerName(model.producer())
            .setGraph(graph(model.graph()));
    model
        .opsets()
        .forEach(
            (domain, version) ->
                proto.addOpsetImport(
                    OperatorSetIdProto.newBuilder().setDomain(domain).setVersion(version)));
    model
        .metadata()
        .forEach(
            (key, value) ->
                proto.addMetadataProps(
                    StringStringEntryProto.newBuilder().setKey(key).setValue(value)));
    ModelProto built = proto.build();
    // Beyond 2 GB the protobuf library's own count wraps around.
    checkSize(model.graph(), Integer.toUnsignedLong(built.getSerializedSize()));
    return built.toByteArray();
  }

  private static void checkSize(Graph graph, long byteCount) {
    if (byteCount > Integer.MAX_VALUE - 8) {
      throw new ModelException(
          "Model \"%s\" is larger than ONNX files can be. Expected at most %d bytes, got %d or more."
              .formatted(graph.name(), Integer.MAX_VALUE - 8, byteCount));
    }
  }

  /** Bytes of the tensors, which are nearly all of a model. */
  private static long byteCount(Graph graph) {
    long count = 0;
    for (TensorValue value : graph.initializers().values()) {
      count += value.bytes().remaining();
    }
    for (Node node : graph.nodes()) {
      for (Attribute attribute : node.attributes().values()) {
        if (attribute instanceof Attribute.Tensor tensor) {
          count += tensor.value().bytes().remaining();
        } else if (attribute instanceof Attribute.Subgraph subgraph) {
          count += byteCount(subgraph.value());
        }
      }
    }
    return count;
  }

  private static GraphProto graph(Graph graph) {
    GraphProto.Builder proto = GraphProto.newBuilder().setName(graph.name());
    graph.inputs().forEach(info -> proto.addInput(valueInfo(info)));
    graph.outputs().forEach(info -> proto.addOutput(valueInfo(info)));
    graph.values().forEach(info -> proto.addValueInfo(valueInfo(info)));
    graph
        .initializers()
        .forEach((name, value) -> proto.addInitializer(TensorCodec.encode(name, value)));
    graph.nodes().forEach(node -> proto.addNode(node(node)));
    return proto.build();
  }

  private static ValueInfoProto valueInfo(ValueInfo info) {
    ValueInfoProto.Builder proto = ValueInfoProto.newBuilder().setName(info.name());
    if (info.declared() == null) {
      return proto.build();
    }
    TypeProto.Tensor.Builder tensor =
        TypeProto.Tensor.newBuilder().setElemType(info.type().dtype().code());
    if (info.type().dims() != null) {
      TensorShapeProto.Builder shape = TensorShapeProto.newBuilder();
      for (Dim dim : info.type().dims()) {
        TensorShapeProto.Dimension.Builder axis = TensorShapeProto.Dimension.newBuilder();
        if (dim instanceof Dim.Fixed fixed) {
          axis.setDimValue(fixed.size());
        } else if (dim instanceof Dim.Symbolic symbolic) {
          axis.setDimParam(symbolic.symbol());
        }
        shape.addDim(axis);
      }
      tensor.setShape(shape);
    }
    return proto.setType(TypeProto.newBuilder().setTensorType(tensor)).build();
  }

  private static NodeProto node(Node node) {
    NodeProto.Builder proto =
        NodeProto.newBuilder()
            .setName(node.name())
            .setDomain(node.domain())
            .setOpType(node.op())
            .addAllInput(node.inputs())
            .addAllOutput(node.outputs());
    for (Map.Entry<String, Attribute> attribute : node.attributes().entrySet()) {
      proto.addAttribute(attribute(attribute.getKey(), attribute.getValue()));
    }
    return proto.build();
  }

  private static AttributeProto attribute(String name, Attribute attribute) {
    AttributeProto.Builder proto = AttributeProto.newBuilder().setName(name);
    if (attribute instanceof Attribute.Int a) {
      proto.setType(AttributeProto.AttributeType.INT).setI(a.value());
    } else if (attribute instanceof Attribute.Real a) {
      proto.setType(AttributeProto.AttributeType.FLOAT).setF(a.value());
    } else if (attribute instanceof Attribute.Text a) {
      proto.setType(AttributeProto.AttributeType.STRING).setS(ByteString.copyFromUtf8(a.value()));
    } else if (attribute instanceof Attribute.Tensor a) {
      proto.setType(AttributeProto.AttributeType.TENSOR).setT(TensorCodec.encode("", a.value()));
    } else if (attribute instanceof Attribute.Subgraph a) {
      proto.setType(AttributeProto.AttributeType.GRAPH).setG(graph(a.value()));
    } else if (attribute instanceof Attribute.Ints a) {
      proto.setType(AttributeProto.AttributeType.INTS).addAllInts(a.values());
    } else if (attribute instanceof Attribute.Reals a) {
      proto.setType(AttributeProto.AttributeType.FLOATS).addAllFloats(a.values());
    } else if (attribute instanceof Attribute.Texts a) {
      proto.setType(AttributeProto.AttributeType.STRINGS);
      a.values().forEach(text -> proto.addStrings(ByteString.copyFromUtf8(text)));
    }
    return proto.build();
  }
}
