package io.hyperdelta.target;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TensorProto;
import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import io.hyperdelta.graph.Dtype;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Changes to a sound model that leave it a whole protobuf: so what is wrong with it lies deeper
 * than changed bytes get. Used once.
 */
final class ModelEdits {
  private static final List<ModelProto> SOUND = sound();
  private static final List<String> FOLDED =
      List.of("Identity", "Transpose", "Cast", "Reshape", "Squeeze", "Unsqueeze", "Flatten");
  private static final List<String> OPS =
      List.of("Constant", "Gemm", "MatMul", "Add", "Relu", "If", "Transpose", "Reshape");
  private static final List<String> ATTRIBUTES =
      List.of(
          "value",
          "value_int",
          "value_ints",
          "value_float",
          "value_floats",
          "value_string",
          "value_strings",
          "perm",
          "axes",
          "axis",
          "to",
          "transA",
          "transB",
          "alpha",
          "allowzero");
  private static final int MAX_EDITS = 8;

  private final FuzzedDataProvider choices;
  private final ModelProto.Builder model;
  private final GraphProto.Builder graph;
  private final List<String> values = new ArrayList<>(List.of("", "nothing"));
  private int made;

  private ModelEdits(FuzzedDataProvider choices) {
    this.choices = choices;
    this.model = pick(SOUND).toBuilder();
    this.graph = model.getGraphBuilder();
    graph.getInputList().forEach(input -> values.add(input.getName()));
    graph.getInitializerList().forEach(tensor -> values.add(tensor.getName()));
    graph.getNodeList().forEach(node -> values.addAll(node.getOutputList()));
  }

  private static List<ModelProto> sound() {
    List<ModelProto> models = new ArrayList<>();
    Map<String, byte[]> files = new LinkedHashMap<>(Corpus.models());
    files.keySet().removeIf(name -> name.startsWith("bad-"));
    for (byte[] file : files.values()) {
      try {
        models.add(ModelProto.parseFrom(file));
      } catch (InvalidProtocolBufferException e) {
        throw new IllegalStateException(e);
      }
    }
    return models;
  }

  /** A model file as the choices make it. */
  static byte[] model(FuzzedDataProvider choices) {
    ModelEdits edits = new ModelEdits(choices);
    for (int i = choices.consumeInt(1, MAX_EDITS); i > 0; i--) {
      edits.edit();
    }
    return edits.model.build().toByteArray();
  }

  private <T> T pick(List<T> list) {
    return list.get(choices.consumeInt(0, list.size() - 1));
  }

  private void edit() {
    switch (choices.consumeInt(0, 7)) {
      case 0 -> model.setIrVersion(choices.consumeInt(0, 9));
      case 1 -> model.clearOpsetImport().addOpsetImportBuilder().setVersion(number());
      case 2 -> addInitializer();
      case 3 -> node().setOpType(pick(OPS));
      case 4 -> rewire(node());
      case 5 -> setAttribute(node());
      case 6 -> graph.addOutput(graph.getOutput(0).toBuilder().setName(pick(values)));
      default -> insert();
    }
  }

  private NodeProto.Builder node() {
    return graph.getNodeBuilder(choices.consumeInt(0, graph.getNodeCount() - 1));
  }

  /** Small numbers, which mean something, and now and then any. */
  private long number() {
    return choices.consumeBoolean() ? choices.consumeLong(-3, 17) : choices.consumeLong();
  }

  private List<Long> numbers() {
    List<Long> numbers = new ArrayList<>();
    for (int i = choices.consumeInt(0, 4); i > 0; i--) {
      numbers.add(number());
    }
    return numbers;
  }

  private String addInitializer() {
    String name = fresh();
    graph.addInitializer(tensor().setName(name));
    return name;
  }

  private String fresh() {
    String name = "made" + made++;
    values.add(name);
    return name;
  }

  /** One that fits its shape more often than not. */
  private TensorProto.Builder tensor() {
    TensorProto.Builder tensor = TensorProto.newBuilder();
    if (choices.consumeBoolean()) {
      List<Long> numbers = numbers();
      return tensor
          .setDataType(Dtype.INT64.code())
          .addDims(numbers.size())
          .addAllInt64Data(numbers);
    }
    Dtype dtype = choices.pickValue(Dtype.values());
    int count = 1;
    for (int i = choices.consumeInt(0, 3); i > 0; i--) {
      int dim = choices.consumeInt(0, 3);
      tensor.addDims(dim);
      count *= dim;
    }
    byte[] bytes = choices.consumeBytes(count * dtype.byteWidth());
    return tensor.setDataType(dtype.code()).setRawData(ByteString.copyFrom(bytes));
  }

  private void rewire(NodeProto.Builder node) {
    if (node.getInputCount() > 0) {
      node.setInput(choices.consumeInt(0, node.getInputCount() - 1), pick(values));
    }
  }

  /** One that the operator knows, of the right type, more often than not. */
  private void setAttribute(NodeProto.Builder node) {
    AttributeProto.Builder attribute = AttributeProto.newBuilder();
    if (choices.consumeBoolean()) {
      switch (node.getOpType()) {
        case "Cast" -> attribute.setName("to").setI(number());
        case "Flatten" -> attribute.setName("axis").setI(number());
        case "Reshape" -> attribute.setName("allowzero").setI(number());
        case "Transpose" -> attribute.setName("perm").addAllInts(numbers());
        case "Squeeze", "Unsqueeze" -> attribute.setName("axes").addAllInts(numbers());
        case "Gemm" -> attribute.setName(pick(List.of("transA", "transB"))).setI(number());
        default -> attribute.setName("value").setT(tensor());
      }
    } else {
      setAny(attribute.setName(pick(ATTRIBUTES)));
    }
    if (node.getAttributeCount() > 0 && choices.consumeBoolean()) {
      node.clearAttribute();
    }
    node.addAttribute(attribute);
  }

  private void setAny(AttributeProto.Builder attribute) {
    switch (choices.consumeInt(0, 6)) {
      case 0 -> attribute.setI(number());
      case 1 -> attribute.setF(choices.consumeFloat());
      case 2 -> attribute.setS(ByteString.copyFromUtf8(choices.consumeAsciiString(5)));
      case 3 -> attribute.setT(tensor());
      case 4 -> attribute.addFloats(choices.consumeFloat());
      case 5 -> attribute.setG(graph.clone());
      default -> attribute.addAllInts(numbers());
    }
  }

  /** A node that may be folded, on the way of a value to one of its readers. */
  private void insert() {
    int at = choices.consumeInt(0, graph.getNodeCount() - 1);
    NodeProto.Builder reader = graph.getNodeBuilder(at);
    if (reader.getInputCount() == 0) {
      return;
    }
    int input = choices.consumeInt(0, reader.getInputCount() - 1);
    String name = fresh();
    NodeProto.Builder node =
        NodeProto.newBuilder()
            .setOpType(pick(FOLDED))
            .addInput(reader.getInput(input))
            .addOutput(name);
    reader.setInput(input, name);
    if (choices.consumeBoolean()) {
      node.addInput(addInitializer());
    }
    if (choices.consumeBoolean()) {
      setAttribute(node);
    }
    graph.addNode(at, node);
  }
}
