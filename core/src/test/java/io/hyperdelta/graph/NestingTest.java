package io.hyperdelta.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assertions.assertTimeout;

import ai.onnx.proto.OnnxMl.AttributeProto;
import ai.onnx.proto.OnnxMl.GraphProto;
import ai.onnx.proto.OnnxMl.ModelProto;
import ai.onnx.proto.OnnxMl.NodeProto;
import ai.onnx.proto.OnnxMl.TypeProto;
import ai.onnx.proto.OnnxMl.ValueInfoProto;
import com.google.protobuf.ByteString;
import java.io.ByteArrayOutputStream;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Nothing that a file nests, however deeply, overflows the stack. */
final class NestingTest {
  private static final int LEVELS = 100_000;

  /** Far more than any of these takes, so that a busy machine does not fail them. */
  private static final Duration SOON = Duration.ofSeconds(10);

  /**
   * Message in message, made inside out by hand: the protobuf library itself would recurse.
   *
   * @param outer fields around all levels, innermost first
   * @param level fields that make one level, innermost first
   */
  private static byte[] nested(int levels, List<Integer> outer, Integer... level) {
    ByteArrayOutputStream reversed = new ByteArrayOutputStream();
    for (int i = 0; i < levels; i++) {
      for (int field : level) {
        prepend(reversed, field);
      }
    }
    outer.forEach(field -> prepend(reversed, field));
    byte[] bytes = reversed.toByteArray();
    for (int i = 0; i < bytes.length / 2; i++) {
      byte swapped = bytes[i];
      bytes[i] = bytes[bytes.length - 1 - i];
      bytes[bytes.length - 1 - i] = swapped;
    }
    return bytes;
  }

  /** Adds, backwards, the tag and length of a field that holds the bytes so far. */
  private static void prepend(ByteArrayOutputStream reversed, int field) {
    ByteArrayOutputStream head = new ByteArrayOutputStream();
    head.write(field << 3 | 2);
    int rest = reversed.size();
    while (rest > 0x7f) {
      head.write((rest & 0x7f) | 0x80);
      rest >>>= 7;
    }
    head.write(rest);
    byte[] bytes = head.toByteArray();
    for (int i = bytes.length - 1; i >= 0; i--) {
      reversed.write(bytes[i]);
    }
  }

  private static void refused(byte[] bytes) {
    assertTimeout(
        SOON,
        () ->
            assertThatThrownBy(() -> ModelReader.read(bytes, "deep.onnx"))
                .isInstanceOf(ModelException.class)
                .hasMessageStartingWith("Model \"deep.onnx\" is not a whole ONNX file: ")
                .hasMessageContaining("too many levels of nesting")
                .hasMessageEndingWith(
                    "Expected an ONNX protobuf, got %d bytes. Maybe the file was cut off."
                        .formatted(bytes.length)));
  }

  @Test
  void subgraphs() {
    refused(
        nested(
            LEVELS,
            List.of(ModelProto.GRAPH_FIELD_NUMBER),
            AttributeProto.G_FIELD_NUMBER,
            NodeProto.ATTRIBUTE_FIELD_NUMBER,
            GraphProto.NODE_FIELD_NUMBER));
  }

  @Test
  void types() {
    refused(
        nested(
            LEVELS,
            List.of(
                ValueInfoProto.TYPE_FIELD_NUMBER,
                GraphProto.VALUE_INFO_FIELD_NUMBER,
                ModelProto.GRAPH_FIELD_NUMBER),
            TypeProto.Sequence.ELEM_TYPE_FIELD_NUMBER,
            TypeProto.SEQUENCE_TYPE_FIELD_NUMBER));
  }

  @Test
  void unknownGroups() {
    byte[] bytes = new byte[2 * LEVELS];
    for (int i = 0; i < LEVELS; i++) {
      // Field 15, start of a group and end of a group.
      bytes[i] = 15 << 3 | 3;
      bytes[bytes.length - 1 - i] = 15 << 3 | 4;
    }
    refused(bytes);
  }

  @Test
  void aGroupThatEndsTooOftenIsRefused() {
    ModelProto model =
        ModelProto.newBuilder()
            .setGraph(GraphProto.newBuilder().addOutput(SampleModels.info("x", Dtype.FLOAT)))
            .build();
    byte[] bytes = model.toByteString().concat(ByteString.copyFrom(new byte[] {124})).toByteArray();
    assertThatThrownBy(() -> ModelReader.read(bytes, "m.onnx"))
        .isInstanceOf(ModelException.class)
        .hasMessageStartingWith("Model \"m.onnx\" is not a whole ONNX file: ");
  }

  @Test
  void thirtyNestedSubgraphsAreRead() {
    Graph graph =
        SampleModels.graph(List.of(SampleModels.value("x")), List.of(SampleModels.value("x")));
    for (int i = 0; i < 30; i++) {
      graph =
          new Graph(
              "outer",
              i == 29 ? List.of(SampleModels.value("x")) : List.of(),
              List.of(SampleModels.value("y" + i)),
              Map.of(),
              List.of(
                  new Node(
                      "",
                      "",
                      "If",
                      List.of(),
                      List.of("y" + i),
                      Map.of("then_branch", new Attribute.Subgraph(graph)))),
              List.of());
    }
    Model model = new Model(8, Map.of("", 13L), "p", Map.of(), graph);

    assertThat(ModelReader.read(ModelWriter.write(model), "m")).isEqualTo(model);
  }
}
