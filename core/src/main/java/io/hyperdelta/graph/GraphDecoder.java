package io.hyperdelta.graph;

import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import ai.onnx.proto.OnnxMl.TensorShapeProto.Dimension;
import ai.onnx.proto.OnnxMl.TypeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import com.google.protobuf.ByteString;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/** From ONNX's {@code GraphProto} to {@link Graph}. Used once. */
final class GraphDecoder {
  private final String source;
  private final ExternalTensors external;
  private final AttributeDecoder attributes;

  /**
   * Creates the decoder.
   *
   * @param source what messages call the model
   * @param external reads what tensors keep in other files
   */
  GraphDecoder(String source, ExternalTensors external) {
    this.source = source;
    this.external = external;
    this.attributes = new AttributeDecoder(source, external, this);
  }

  /** The graph of a model. */
  Graph graph(GraphProto proto) {
    return graph(proto, this::declared);
  }

  /** A graph inside a node, which may leave out the types of its inputs and outputs. */
  Graph subgraph(GraphProto proto) {
    return graph(
        proto,
        info ->
            info.getType().getValueCase() == TypeProto.ValueCase.VALUE_NOT_SET
                ? new ValueInfo(name(info.getNameBytes()), null)
                : declared(info));
  }

  private Graph graph(GraphProto proto, Function<ValueInfoProto, ValueInfo> declared) {
    if (proto.getSparseInitializerCount() > 0) {
      throw problem("has sparse initializers, which are not supported. Expected dense ones");
    }
    Map<String, TensorValue> initializers = new LinkedHashMap<>();
    for (TensorProto tensor : proto.getInitializerList()) {
      String name = name(tensor.getNameBytes());
      // Glued, not formatted: models have very many tensors, and nearly none is ever spoken of.
      String subject = "Tensor \"" + name + "\" of model \"" + source + "\"";
      if (initializers.put(name, TensorCodec.decode(tensor, subject, external)) != null) {
        throw problem("has two initializers named \"" + name + "\". Expected unique names");
      }
    }
    return new Graph(
        proto.getName(),
        proto.getInputList().stream().map(declared).toList(),
        proto.getOutputList().stream().map(declared).toList(),
        initializers,
        proto.getNodeList().stream().map(this::node).toList(),
        inner(proto.getValueInfoList()));
  }

  /** An input or output, of which the type must be known. */
  private ValueInfo declared(ValueInfoProto proto) {
    String name = name(proto.getNameBytes());
    if (proto.getType().getValueCase() != TypeProto.ValueCase.TENSOR_TYPE) {
      throw problem(
          "has an input or output \"%s\" that is no tensor (%s). Expected tensors only"
              .formatted(name, proto.getType().getValueCase()));
    }
    TypeProto.Tensor type = proto.getType().getTensorType();
    return new ValueInfo(
        name,
        tensorType(type)
            .orElseThrow(
                () ->
                    problem(
                        "has an input or output \"%s\" of element type %d with %d axes, which is not supported. Expected one of %s and at most %d axes"
                            .formatted(
                                name,
                                type.getElemType(),
                                type.getShape().getDimCount(),
                                Dtype.SUPPORTED,
                                TensorCodec.MAX_RANK))));
  }

  /** What exporters noted about values inside the graph, as far as it says something to us. */
  private List<ValueInfo> inner(List<ValueInfoProto> protos) {
    List<ValueInfo> infos = new ArrayList<>();
    for (ValueInfoProto proto : protos) {
      String name = name(proto.getNameBytes());
      if (proto.getType().getValueCase() == TypeProto.ValueCase.TENSOR_TYPE) {
        tensorType(proto.getType().getTensorType())
            .ifPresent(type -> infos.add(new ValueInfo(name, type)));
      }
    }
    return infos;
  }

  private static Optional<TensorType> tensorType(TypeProto.Tensor proto) {
    return proto.getShape().getDimCount() > TensorCodec.MAX_RANK
        ? Optional.empty()
        : Dtype.find(proto.getElemType())
            .map(
                dtype ->
                    new TensorType(
                        dtype,
                        proto.hasShape()
                            ? proto.getShape().getDimList().stream().map(GraphDecoder::dim).toList()
                            : null));
  }

  private static Dim dim(Dimension proto) {
    return switch (proto.getValueCase()) {
      // Some exporters write -1 or 0 for "any size".
      case DIM_VALUE -> proto.getDimValue() > 0 ? Dim.of(proto.getDimValue()) : new Dim.Unknown();
      case DIM_PARAM -> Dim.of(proto.getDimParam());
      case VALUE_NOT_SET -> new Dim.Unknown();
    };
  }

  private Node node(NodeProto proto) {
    return new Node(
        proto.getName(),
        proto.getDomain(),
        proto.getOpType(),
        names(proto.getInputList().asByteStringList()),
        names(proto.getOutputList().asByteStringList()),
        attributes.attributes(proto));
  }

  private List<String> names(List<ByteString> list) {
    return list.stream().map(this::name).toList();
  }

  /** Names wire the graph; decoded leniently, different ones could become the same. */
  private String name(ByteString bytes) {
    if (!bytes.isValidUtf8()) {
      throw problem(
          "names a value \"%s\" in bytes that are no text. Expected names in UTF-8"
              .formatted(bytes.toStringUtf8()));
    }
    return bytes.toStringUtf8();
  }

  private ModelException problem(String what) {
    return new ModelException("Model \"%s\" %s.".formatted(source, what));
  }
}
