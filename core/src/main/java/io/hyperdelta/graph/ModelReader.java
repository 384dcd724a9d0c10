package io.hyperdelta.graph;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.OperatorSetIdProto;
import ai.onnx.proto.OnnxMl.TensorShapeProto.Dimension;
import ai.onnx.proto.OnnxMl.TypeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import com.google.protobuf.InvalidProtocolBufferException;
import io.hyperdelta.problem.FileReason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads ONNX files into {@link Model} values. What is read is checked by {@link GraphCheck}, so a
 * model in hand is well formed. Stateless.
 *
 * <p>Not read, and said so: external data, model-local functions, sparse initializers, and values
 * that are no tensors.
 */
public final class ModelReader {
  /** Lowest and highest version of ONNX's own operator set that the weaver writes for. */
  public static final int MIN_OPSET = 11;

  /** See {@link #MIN_OPSET}. */
  public static final int MAX_OPSET = 21;

  private final String source;

  private ModelReader(String source) {
    this.source = source;
  }

  /**
   * Reads a model file.
   *
   * @throws ModelException if the file is missing, unreadable, no ONNX model, or holds something
   *     unsupported
   */
  public static Model read(Path file) {
    return read(readBytes(file), file.getFileName().toString());
  }

  /**
   * The bytes of a model file.
   *
   * @throws ModelException if the file is missing or cannot be read
   */
  public static byte[] readBytes(Path file) {
    try {
      return Files.readAllBytes(file);
    } catch (NoSuchFileException e) {
      throw new ModelException(
          "Model file \"%s\" is not there. Expected an ONNX file.".formatted(file), e);
    } catch (IOException e) {
      throw new ModelException(
          "Model file \"%s\" cannot be read: %s. Expected a readable ONNX file."
              .formatted(file, FileReason.of(e)),
          e);
    }
  }

  /**
   * Reads a model from the bytes of a file.
   *
   * @param source what messages call the model, usually its file name
   * @throws ModelException if the bytes are no ONNX model or hold something unsupported
   */
  public static Model read(byte[] bytes, String source) {
    ModelReader reader = new ModelReader(source);
    try {
      return reader.model(ModelProto.parseFrom(bytes));
    } catch (InvalidProtocolBufferException e) {
      throw new ModelException(
          "Model \"%s\" is not a whole ONNX file: %s Expected an ONNX protobuf, got %d bytes. Maybe the file was cut off."
              .formatted(source, e.getMessage(), bytes.length),
          e);
    }
  }

  private Model model(ModelProto proto) {
    if (!proto.hasGraph()) {
      throw problem(
          "has no graph. Expected an ONNX model; maybe the file is empty or something else");
    }
    if (proto.getFunctionsCount() > 0) {
      throw problem(
          "defines functions of its own, which is not supported. Expected only operators; export it with functions inlined");
    }
    Map<String, Long> opsets = new LinkedHashMap<>();
    proto
        .getOpsetImportList()
        .forEach(o -> opsets.put(o.getDomain().equals("ai.onnx") ? "" : o.getDomain(), version(o)));
    Map<String, String> metadata = new LinkedHashMap<>();
    proto.getMetadataPropsList().forEach(p -> metadata.put(p.getKey(), p.getValue()));
    Model model =
        new Model(
            proto.getIrVersion(),
            opsets,
            proto.getProducerName(),
            metadata,
            graph(proto.getGraph(), false));
    GraphCheck.check(model.graph(), source);
    return model;
  }

  private long version(OperatorSetIdProto proto) {
    if (proto.getVersion() < 1 || proto.getVersion() > Integer.MAX_VALUE) {
      throw problem(
          "imports version %d of operator set \"%s\". Expected a version from 1 to %d; maybe the file is damaged"
              .formatted(proto.getVersion(), proto.getDomain(), Integer.MAX_VALUE));
    }
    return proto.getVersion();
  }

  private Graph graph(GraphProto proto, boolean insideNode) {
    if (proto.getSparseInitializerCount() > 0) {
      throw problem("has sparse initializers, which are not supported. Expected dense ones");
    }
    Map<String, TensorValue> initializers = new LinkedHashMap<>();
    proto
        .getInitializerList()
        .forEach(
            t -> {
              if (initializers.put(t.getName(), TensorCodec.decode(t, source)) != null) {
                throw problem(
                    "has two initializers named \"" + t.getName() + "\". Expected unique names");
              }
            });
    return new Graph(
        proto.getName(),
        valueInfos(proto.getInputList(), true, insideNode),
        valueInfos(proto.getOutputList(), true, insideNode),
        initializers,
        proto.getNodeList().stream().map(this::node).toList(),
        valueInfos(proto.getValueInfoList(), false, false));
  }

  private List<ValueInfo> valueInfos(
      List<ValueInfoProto> protos, boolean required, boolean mayLackType) {
    List<ValueInfo> infos = new ArrayList<>();
    for (ValueInfoProto proto : protos) {
      if (mayLackType && proto.getType().getValueCase() == TypeProto.ValueCase.VALUE_NOT_SET) {
        infos.add(new ValueInfo(proto.getName(), null));
      } else if (proto.getType().getValueCase() == TypeProto.ValueCase.TENSOR_TYPE) {
        infos.add(new ValueInfo(proto.getName(), tensorType(proto.getType().getTensorType())));
      } else if (required) {
        throw problem(
            "has an input or output \"%s\" that is no tensor (%s). Expected tensors only"
                .formatted(proto.getName(), proto.getType().getValueCase()));
      }
    }
    return infos;
  }

  private static TensorType tensorType(TypeProto.Tensor proto) {
    Dtype dtype = Dtype.ofCode(proto.getElemType());
    return new TensorType(
        dtype,
        proto.hasShape()
            ? proto.getShape().getDimList().stream().map(ModelReader::dim).toList()
            : null);
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
    Map<String, Attribute> attributes = new LinkedHashMap<>();
    proto.getAttributeList().forEach(a -> attributes.put(a.getName(), attribute(a, proto)));
    return new Node(
        proto.getName(),
        proto.getDomain(),
        proto.getOpType(),
        proto.getInputList(),
        proto.getOutputList(),
        attributes);
  }

  private Attribute attribute(AttributeProto proto, NodeProto node) {
    return switch (proto.getType()) {
      case INT -> new Attribute.Int(proto.getI());
      case FLOAT -> new Attribute.Real(proto.getF());
      case STRING -> new Attribute.Text(proto.getS().toStringUtf8());
      case TENSOR -> new Attribute.Tensor(TensorCodec.decode(proto.getT(), source));
      case GRAPH -> new Attribute.Subgraph(graph(proto.getG(), true));
      case INTS -> new Attribute.Ints(proto.getIntsList());
      case FLOATS -> new Attribute.Reals(proto.getFloatsList());
      case STRINGS ->
          new Attribute.Texts(proto.getStringsList().stream().map(s -> s.toStringUtf8()).toList());
      default ->
          throw problem(
              "has a %s node \"%s\" with an attribute \"%s\" of type %s, which is not supported"
                  .formatted(node.getOpType(), node.getName(), proto.getName(), proto.getType()));
    };
  }

  private ModelException problem(String what) {
    return new ModelException("Model \"%s\" %s.".formatted(source, what));
  }
}
