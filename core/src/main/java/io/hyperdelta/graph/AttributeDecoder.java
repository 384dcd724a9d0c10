package io.hyperdelta.graph;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.AttributeProto.AttributeType;
import ai.onnx.proto.OnnxMl.NodeProto;
import com.google.protobuf.ByteString;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/** From ONNX's {@code AttributeProto} to {@link Attribute}. Used once. */
final class AttributeDecoder {
  private final String source;
  private final ExternalTensors external;
  private final GraphDecoder graphs;

  /**
   * Creates the decoder.
   *
   * @param source what messages call the model
   * @param external reads what tensors keep in other files
   * @param graphs decodes subgraphs
   */
  AttributeDecoder(String source, ExternalTensors external, GraphDecoder graphs) {
    this.source = source;
    this.external = external;
    this.graphs = graphs;
  }

  /** A node's attributes, in the file's order. */
  Map<String, Attribute> attributes(NodeProto node) {
    Map<String, Attribute> attributes = new LinkedHashMap<>();
    for (AttributeProto proto : node.getAttributeList()) {
      if (attributes.put(proto.getName(), attribute(proto, node)) != null) {
        throw new ModelException(
            "Model \"%s\" has a %s node \"%s\" with two attributes named \"%s\". Expected unique names."
                .formatted(source, node.getOpType(), node.getName(), proto.getName()));
      }
    }
    return attributes;
  }

  private Attribute attribute(AttributeProto proto, NodeProto node) {
    return switch (type(proto, node)) {
      case INT -> new Attribute.Int(proto.getI());
      case FLOAT -> new Attribute.Real(proto.getF());
      case STRING -> new Attribute.Text(text(proto.getS(), proto, node));
      case TENSOR ->
          new Attribute.Tensor(
              TensorCodec.decode(
                  proto.getT(),
                  "The tensor in attribute \"%s\" of %s node \"%s\" of model \"%s\""
                      .formatted(proto.getName(), node.getOpType(), node.getName(), source),
                  external));
      case GRAPH -> new Attribute.Subgraph(graphs.subgraph(proto.getG()));
      case INTS -> new Attribute.Ints(proto.getIntsList());
      case FLOATS -> new Attribute.Reals(proto.getFloatsList());
      case STRINGS ->
          new Attribute.Texts(
              proto.getStringsList().stream().map(s -> text(s, proto, node)).toList());
      default ->
          throw problem(proto, node, " of type " + proto.getType() + ", which is not supported");
    };
  }

  /**
   * The stated type, or in files from before types were stated that of the one value. A value
   * beside the stated one means that writer and file disagree, and reading either would guess.
   */
  private AttributeType type(AttributeProto proto, NodeProto node) {
    Set<AttributeType> filled = filled(proto);
    AttributeType stated = proto.getType();
    if (stated == AttributeType.UNDEFINED) {
      if (filled.size() != 1) {
        throw problem(
            proto,
            node,
            " without a type. Expected one, or a single value that shows it, got values of types "
                + filled);
      }
      return filled.iterator().next();
    }
    filled.remove(stated);
    if (!filled.isEmpty()) {
      throw problem(
          proto, node, " of the wrong type. Expected %s, got %s".formatted(stated, filled));
    }
    return stated;
  }

  private static Set<AttributeType> filled(AttributeProto proto) {
    Set<AttributeType> filled = EnumSet.noneOf(AttributeType.class);
    addIf(proto.hasF(), AttributeType.FLOAT, filled);
    addIf(proto.hasI(), AttributeType.INT, filled);
    addIf(proto.hasS(), AttributeType.STRING, filled);
    addIf(proto.hasT(), AttributeType.TENSOR, filled);
    addIf(proto.hasG(), AttributeType.GRAPH, filled);
    addIf(proto.hasTp(), AttributeType.TYPE_PROTO, filled);
    addIf(proto.hasSparseTensor(), AttributeType.SPARSE_TENSOR, filled);
    addIf(proto.getFloatsCount() > 0, AttributeType.FLOATS, filled);
    addIf(proto.getIntsCount() > 0, AttributeType.INTS, filled);
    addIf(proto.getStringsCount() > 0, AttributeType.STRINGS, filled);
    addIf(proto.getTensorsCount() > 0, AttributeType.TENSORS, filled);
    addIf(proto.getGraphsCount() > 0, AttributeType.GRAPHS, filled);
    addIf(proto.getTypeProtosCount() > 0, AttributeType.TYPE_PROTOS, filled);
    addIf(proto.getSparseTensorsCount() > 0, AttributeType.SPARSE_TENSORS, filled);
    return filled;
  }

  private static void addIf(boolean isFilled, AttributeType type, Set<AttributeType> filled) {
    if (isFilled) {
      filled.add(type);
    }
  }

  /** Decoded leniently, bytes that are no text would be lost when the model is written again. */
  private String text(ByteString bytes, AttributeProto proto, NodeProto node) {
    if (!bytes.isValidUtf8()) {
      throw problem(proto, node, " of bytes that are no text. Expected texts in UTF-8");
    }
    return bytes.toStringUtf8();
  }

  private ModelException problem(AttributeProto proto, NodeProto node, String what) {
    return new ModelException(
        "Model \"%s\" has a %s node \"%s\" with an attribute \"%s\"%s."
            .formatted(source, node.getOpType(), node.getName(), proto.getName(), what));
  }
}
