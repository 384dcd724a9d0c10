package io.hyperdelta.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.ByteBuffer;
import java.nio.ReadOnlyBufferException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

final class TensorValueTest {
  @Test
  void valuesAreCopiedInAndOut() {
    float[] values = {1, 2};
    long[] dims = {2};
    TensorValue tensor = TensorValue.ofFloats(values, dims);

    values[0] = 9;
    dims[0] = 9;
    tensor.floats()[0] = 9;
    tensor.dims()[0] = 9;

    assertThat(tensor.floats()).containsExactly(1, 2);
    assertThat(tensor.dims()).containsExactly(2);
    assertThat(tensor.bytes().isReadOnly()).isTrue();
  }

  @Test
  void integersAreWidenedBySign() {
    byte[] ones = {-1, -1, -1, -1};
    assertThat(bytes(Dtype.INT8, ones).longs()).containsExactly(-1, -1, -1, -1);
    assertThat(bytes(Dtype.UINT8, ones).longs()).containsExactly(255, 255, 255, 255);
    assertThat(bytes(Dtype.INT16, ones).longs()).containsExactly(-1, -1);
    assertThat(bytes(Dtype.UINT16, ones).longs()).containsExactly(65_535, 65_535);
    assertThat(bytes(Dtype.INT32, ones).longs()).containsExactly(-1);
    assertThat(bytes(Dtype.UINT32, ones).longs()).containsExactly(4_294_967_295L);
    assertThat(bytes(Dtype.UINT32, ones).doubles()).containsExactly(4_294_967_295.0);
  }

  @Test
  void rowsAreTakenInTheOrderAskedForWhateverTheType() {
    TensorValue numbers = TensorValue.ofLongs(new long[] {1, 2, 3, 4, 5, 6}, 3, 1, 2);
    assertThat(numbers.rows(2, 0, 2))
        .isEqualTo(TensorValue.ofLongs(new long[] {5, 6, 1, 2, 5, 6}, 3, 1, 2));
    assertThat(TensorValue.ofStrings(List.of("a", "b", "c"), 3).rows(1, 1))
        .isEqualTo(TensorValue.ofStrings(List.of("b", "b"), 2));
    assertThatThrownBy(() -> numbers.rows(3)).isInstanceOf(IndexOutOfBoundsException.class);
  }

  private static TensorValue bytes(Dtype dtype, byte[] bytes) {
    return TensorValue.ofBytes(
        dtype, new long[] {bytes.length / dtype.byteWidth()}, ByteBuffer.wrap(bytes));
  }

  @Test
  void equalityIsByTypeShapeAndBytes() {
    TensorValue tensor = TensorValue.ofFloats(new float[] {1, 2}, 2);

    assertThat(tensor)
        .isEqualTo(TensorValue.ofFloats(new float[] {1, 2}, 2))
        .hasSameHashCodeAs(TensorValue.ofFloats(new float[] {1, 2}, 2))
        .isNotEqualTo(TensorValue.ofFloats(new float[] {1, 2}, 1, 2))
        .isNotEqualTo(TensorValue.ofFloats(new float[] {1, 3}, 2))
        .isNotEqualTo(TensorValue.ofBytes(Dtype.INT32, new long[] {2}, tensor.bytes()));
    assertThat(TensorValue.ofStrings(List.of("a"), 1))
        .isNotEqualTo(TensorValue.ofStrings(List.of("b"), 1));
    assertThat(TensorValue.ofFloats(new float[] {0}, 1))
        .isNotEqualTo(TensorValue.ofFloats(new float[] {-0f}, 1));
  }

  @Test
  void bytesAreSharedOnlyWhereThatIsAskedFor() {
    byte[] bytes = {0, 1, 0, 0, 0};
    ByteBuffer some = ByteBuffer.wrap(bytes, 1, 4);
    TensorValue copied = TensorValue.ofBytes(Dtype.INT32, new long[] {1}, some);
    TensorValue shared = TensorValue.sharing(Dtype.INT32, new long[] {1}, some);
    assertThat(shared).isEqualTo(copied);

    bytes[1] = 2;

    assertThat(copied.longs()).containsExactly(1);
    assertThat(shared.longs()).containsExactly(2);
    assertThatThrownBy(() -> shared.bytes().put((byte) 3))
        .isInstanceOf(ReadOnlyBufferException.class);
    assertThatThrownBy(() -> TensorValue.sharing(Dtype.INT64, new long[] {1}, some))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("A tensor's bytes do not fit its shape [1] of INT64. Expected 8 bytes, got 4.");
  }

  @Test
  void wrongShapesAreRefused() {
    assertThatThrownBy(() -> TensorValue.ofFloats(new float[3], 2, 2))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("A tensor's values do not fit its shape [2, 2]. Expected 4 values, got 3.");
    assertThatThrownBy(() -> TensorValue.ofLongs(new long[1], -1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("A tensor has shape [-1]. Expected sizes of 0 or more.");
    assertThatThrownBy(
            () -> TensorValue.ofBytes(Dtype.INT64, new long[] {1}, ByteBuffer.allocate(4)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("A tensor's bytes do not fit its shape [1] of INT64. Expected 8 bytes, got 4.");
    assertThatThrownBy(
            () -> TensorValue.ofBytes(Dtype.STRING, new long[] {0}, ByteBuffer.allocate(0)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("Strings have no bytes. Expected a numeric type; use ofStrings.");
  }

  @Test
  void anotherTypeIsNotReadAsIfItWereThisOne() {
    assertThatThrownBy(() -> TensorValue.longs(1).floats())
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("A tensor of INT64 was read as FLOAT.");
    assertThatThrownBy(() -> TensorValue.scalar(1).longs())
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("A tensor of FLOAT was read as integers.");
    assertThatThrownBy(() -> TensorValue.scalar(1).strings())
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("A tensor of FLOAT was read as STRING.");
  }

  @Test
  void initializersAreReplacedByTheirLike() {
    Graph graph = SampleModels.full().graph();
    TensorValue other = TensorValue.ofFloats(new float[] {4, 3, 2, 1}, 2, 2);

    assertThat(graph.withInitializers(Map.of("w", other)).initializers())
        .containsEntry("w", other)
        .hasSameSizeAs(graph.initializers());
    assertThatThrownBy(() -> graph.withInitializers(Map.of("w", TensorValue.longs(1))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("Initializer \"w\" cannot be replaced. Expected FLOAT [2, 2], got INT64 [1].");
    assertThatThrownBy(() -> graph.withInitializers(Map.of("v", other)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(
            "Initializer \"v\" cannot be replaced. Expected one of the graph's initializers, got"
                + " FLOAT [2, 2].");
  }

  @Test
  void anAttributeOfAnotherTypeIsNamed() {
    Node node =
        new Node("n", "", "Op", List.of(), List.of("y"), Map.of("axis", Attribute.of(0.5f)));

    assertThat(node.intAttribute("other", 3)).isEqualTo(3);
    assertThatThrownBy(() -> node.intAttribute("axis", 0))
        .isInstanceOf(ModelException.class)
        .hasMessage(
            "Op node \"n\" has an attribute \"axis\" of the wrong type. Expected an integer, got"
                + " Real.");
  }
}
