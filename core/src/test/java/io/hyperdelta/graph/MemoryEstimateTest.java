package io.hyperdelta.graph;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Files that ask for far more memory than they are long. */
@Timeout(60)
final class MemoryEstimateTest {
  /** As many parts of two bytes as would not fit in this process, in a message of that field. */
  private static byte[] parts(int field, byte first, byte second) {
    long count = Runtime.getRuntime().maxMemory() / 200 + 1;
    byte[] bytes = new byte[Math.toIntExact(6 + 2 * count)];
    Arrays.fill(bytes, first);
    for (int i = 7; i < bytes.length; i += 2) {
      bytes[i] = second;
    }
    bytes[0] = (byte) (field << 3 | 2);
    int length = bytes.length - 6;
    for (int i = 1; i < 6; i++) {
      bytes[i] = (byte) ((length & 0x7f) | (i < 5 ? 0x80 : 0));
      length >>>= 7;
    }
    return bytes;
  }

  @Test
  void millionsOfEmptyNodesAreRefusedBeforeTheyAreObjects() {
    // Field 7 of the model is its graph, field 1 of the graph a node, here of length 0.
    byte[] bytes = parts(7, (byte) (1 << 3 | 2), (byte) 0);

    assertThatThrownBy(() -> ModelReader.read(bytes, "m.onnx"))
        .isInstanceOf(ModelException.class)
        .hasMessageMatching(
            "Model \"m.onnx\" does not fit in memory. Expected at most [0-9]+ bytes, all that this"
                + " process may use, got an estimate of [0-9]+ from %d bytes of file. Start Java"
                    .formatted(bytes.length)
                + " with a larger -Xmx, if the file is sound.");
  }

  @Test
  void millionsOfUnknownFieldsAreRefused() {
    byte[] bytes = parts(7, (byte) (9 << 3), (byte) 0);

    assertThatThrownBy(() -> ModelReader.read(bytes, "m.onnx"))
        .isInstanceOf(ModelException.class)
        .hasMessageStartingWith("Model \"m.onnx\" does not fit in memory. ");
  }

  @Test
  void packedNumbersOfOneByteAreCounted() {
    // Field 7 of a tensor is int64_data, packed.
    byte[] bytes = new byte[Math.toIntExact(Runtime.getRuntime().maxMemory() / 24 + 7)];
    byte[] head = parts(7, (byte) 0, (byte) 0);
    System.arraycopy(head, 0, bytes, 0, 6);
    int length = bytes.length - 6;
    for (int i = 1; i < 6; i++) {
      bytes[i] = (byte) ((length & 0x7f) | (i < 5 ? 0x80 : 0));
      length >>>= 7;
    }

    assertThatThrownBy(() -> TensorCodec.decode(bytes, "t.pb"))
        .isInstanceOf(ModelException.class)
        .hasMessageStartingWith("Tensor file \"t.pb\" does not fit in memory. ");
  }

  @Test
  void whatFitsIsRead() {
    byte[] bytes = ModelWriter.write(SampleModels.full());

    assertThat(ModelReader.read(bytes, "m.onnx")).isEqualTo(SampleModels.full());
  }
}
