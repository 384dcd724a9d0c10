package io.hyperdelta.graph;

import ai.onnx.proto.OnnxMl.TypeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Models that several tests read. */
final class SampleModels {
  private SampleModels() {}

  static final TensorType ROWS = TensorType.of(Dtype.FLOAT, "rows", 2);

  static ValueInfo value(String name) {
    return new ValueInfo(name, ROWS);
  }

  static ValueInfoProto info(String name, Dtype dtype) {
    return ValueInfoProto.newBuilder()
        .setName(name)
        .setType(
            TypeProto.newBuilder()
                .setTensorType(TypeProto.Tensor.newBuilder().setElemType(dtype.code())))
        .build();
  }

  static Node node(String op, List<String> inputs, String output) {
    return new Node("", "", op, inputs, List.of(output), Map.of());
  }

  static Graph graph(List<ValueInfo> inputs, List<ValueInfo> outputs, Node... nodes) {
    return new Graph("net", inputs, outputs, Map.of(), List.of(nodes), List.of());
  }

  /** Every kind of attribute, initializers, an omitted input, an inner type, a subgraph. */
  static Model full() {
    Graph inner =
        new Graph(
            "inner",
            List.of(),
            // Graphs inside nodes may leave types out.
            List.of(new ValueInfo("inner_out", null)),
            Map.of("inner_w", TensorValue.scalar(2)),
            List.of(node("Mul", List.of("h", "inner_w"), "inner_out")),
            List.of());
    Map<String, Attribute> attributes = new LinkedHashMap<>();
    attributes.put("text", Attribute.of("größe\n"));
    attributes.put("int", Attribute.of(Long.MIN_VALUE));
    attributes.put("real", Attribute.of(-0.25f));
    attributes.put("tensor", Attribute.of(TensorValue.ofDoubles(new double[] {1, 2}, 2, 1)));
    attributes.put("ints", Attribute.ints(1, -2, Long.MAX_VALUE));
    attributes.put("reals", new Attribute.Reals(List.of(Float.NaN, -0f, 1f)));
    attributes.put("texts", Attribute.texts(List.of("", "b", "ü")));
    attributes.put(
        "graph",
        new Attribute.Subgraph(
            graph(List.of(value("a")), List.of(value("b")), node("Relu", List.of("a"), "b"))));
    Map<String, TensorValue> initializers = new LinkedHashMap<>();
    initializers.put("w", TensorValue.ofFloats(new float[] {1, 2, 3, 4}, 2, 2));
    initializers.put("a_first_by_name", TensorValue.longs(1, 2));
    initializers.put("s", TensorValue.ofStrings(List.of("x"), 1));
    Map<String, Long> opsets = new LinkedHashMap<>();
    opsets.put("my.domain", 1L);
    opsets.put("", 13L);
    return new Model(
        8,
        opsets,
        "somebody",
        Map.of("author", "ütf"),
        new Graph(
            "net",
            List.of(value("x"), value("w")),
            List.of(value("y"), value("z")),
            initializers,
            List.of(
                new Node(
                    "first",
                    "my.domain",
                    "Everything",
                    List.of("x", "", "w"),
                    List.of("h", "", "z"),
                    attributes),
                new Node(
                    "",
                    "",
                    "Loop",
                    List.of("x"),
                    List.of("y"),
                    Map.of("body", new Attribute.Subgraph(inner)))),
            List.of(value("h"))));
  }
}
