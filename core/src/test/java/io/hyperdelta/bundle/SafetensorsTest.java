package io.hyperdelta.bundle;

import static io.hyperdelta.bundle.SafetensorsCorpus.file;
import static io.hyperdelta.bundle.SafetensorsCorpus.one;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.hyperdelta.graph.Dtype;
import io.hyperdelta.graph.TensorValue;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Base64;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class SafetensorsTest {
  /** Written by the format's own library, safetensors 0.8.0 for Python, with metadata. */
  private static final byte[] THEIRS =
      Base64.getDecoder()
          .decode(
              "EAEAAAAAAAB7Il9fbWV0YWRhdGFfXyI6eyJmb3JtYXQiOiJwdCJ9LCJpZHMiOnsiZHR5cGUiOiJJNjQiLCJz"
                  + "aGFwZSI6WzJdLCJkYXRhX29mZnNldHMiOlswLDE2XX0sImEiOnsiZHR5cGUiOiJGMzIiLCJzaGFwZSI6"
                  + "W10sImRhdGFfb2Zmc2V0cyI6WzE2LDIwXX0sImIud2VpZ2h0Ijp7ImR0eXBlIjoiRjMyIiwic2hhcGUi"
                  + "OlsyLDNdLCJkYXRhX29mZnNldHMiOlsyMCw0NF19LCJub25lIjp7ImR0eXBlIjoiRjMyIiwic2hhcGUi"
                  + "OlswLDRdLCJkYXRhX29mZnNldHMiOls0NCw0NF19fSAgICAgIPv/////////AAAAAAAAABAAAOBAAACA"
                  + "PwAAAMAAAGBAAAAAAMIWAQAAAACA");

  /** The same library's, with F64, BF16 and F16. */
  private static final byte[] THEIR_HALVES =
      Base64.getDecoder()
          .decode(
              "qAAAAAAAAAB7ImQiOnsiZHR5cGUiOiJGNjQiLCJzaGFwZSI6WzJdLCJkYXRhX29mZnNldHMiOlswLDE2XX0s"
                  + "ImJmIjp7ImR0eXBlIjoiQkYxNiIsInNoYXBlIjpbMl0sImRhdGFfb2Zmc2V0cyI6WzE2LDIwXX0sImgi"
                  + "OnsiZHR5cGUiOiJGMTYiLCJzaGFwZSI6WzNdLCJkYXRhX29mZnNldHMiOlsyMCwyNl19fSCamZmZmZm5"
                  + "PwAAAAAAAAjAwD8AwAA+AMAABA==");

  private static final Safetensors SAME =
      new Safetensors(
          Map.of(
              "b.weight",
              TensorValue.ofFloats(new float[] {1, -2, 3.5f, 0, 1e-40f, -0f}, 2, 3),
              "a",
              TensorValue.scalar(7),
              "ids",
              TensorValue.longs(-5, 1L << 60),
              "none",
              TensorValue.ofFloats(new float[0], 0, 4)),
          Map.of("format", "pt"));

  @TempDir private Path folder;

  @Test
  void theFormatsOwnLibraryWritesTheSameBytes() {
    assertThat(SAME.bytes()).isEqualTo(THEIRS);
    assertThat(Safetensors.read(THEIRS, "theirs")).isEqualTo(SAME);
  }

  @Test
  void otherRealTypesAreReadAsFloat32() {
    assertThat(Safetensors.read(THEIR_HALVES, "theirs").tensors())
        .isEqualTo(
            Map.of(
                "d", TensorValue.ofFloats(new float[] {0.1f, -3}, 2),
                "bf", TensorValue.ofFloats(new float[] {1.5f, -2}, 2),
                "h", TensorValue.ofFloats(new float[] {1.5f, -2, 0x1p-14f}, 3)));
  }

  @Test
  void whatWasWrittenIsReadBitForBit() throws IOException {
    Random random = new Random(3);
    ByteBuffer bits = ByteBuffer.allocate(4 * 1_000).order(ByteOrder.LITTLE_ENDIAN);
    while (bits.hasRemaining()) {
      // Any bits: not-a-numbers with something in them too.
      bits.putInt(random.nextInt());
    }
    TensorValue value = TensorValue.ofBytes(Dtype.FLOAT, new long[] {10, 1, 100}, bits.flip());
    Path file = folder.resolve("x.safetensors");
    Files.write(file, new Safetensors(Map.of("x", value), Map.of()).bytes());

    assertThat(Safetensors.read(file).tensors()).isEqualTo(Map.of("x", value));
  }

  @Test
  void theSameTensorsInAnyOrderAreTheSameBytes() {
    Map<String, TensorValue> turned = new LinkedHashMap<>();
    for (String name : new String[] {"none", "b.weight", "ids", "a"}) {
      turned.put(name, SAME.tensors().getOrDefault(name, TensorValue.scalar(0)));
    }
    assertThat(new Safetensors(turned, SAME.metadata()).bytes()).isEqualTo(SAME.bytes());
    assertThat(SAME.bytes().length % 8).as("44 bytes of elements").isEqualTo(44 % 8);
  }

  @Test
  void everyCutFileIsRefused() {
    for (int length = 0; length < THEIRS.length; length++) {
      byte[] cut = Arrays.copyOf(THEIRS, length);
      assertThatThrownBy(() -> Safetensors.read(cut, "cut"))
          .isInstanceOf(BundleException.class)
          .hasMessageStartingWith("Safetensors file \"cut\" cannot be read: ");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "I32 | [1] | [0,4] | 4 | has a dtype that is not read. Expected one of F64, F32, F16, BF16, I64, got \"I32\". Maybe you meant \"F32\".",
        "F32 | [2] | [0,4] | 4 | is not as long as its shape says. Expected 8 bytes for F32 [2], got data_offsets [0, 4].",
        "F32 | [1] | [4,0] | 4 | is not as long as its shape says. Expected 4 bytes for F32 [1], got data_offsets [4, 0].",
        "F32 | [1] | [4,8] | 8 | has a hole before it. Expected it to begin at byte 0, got byte 4.",
        "F32 | [2] | [0,8] | 4 | ends beyond the file, which may be cut off. Expected at most 4 bytes of elements, got 8.",
        "F16 | [4546586073709551614,0,0] | [0,0] | 0 | has more elements than can be counted. Expected a real tensor, got shape [4546586073709551614, 0, 0].",
        "F32 | [4611686018427387904,4] | [0,0] | 0 | has more elements than can be counted. Expected a real tensor, got shape [4611686018427387904, 4].",
        "F32 | [1,1,1,1,1,1,1,1,1] | [0,4] | 4 | has a shape that is too long. Expected at most 8, got more.",
        "F32 | [-1] | [0,4] | 4 | has a shape that is no list of sizes. Expected whole numbers of 0 or more, got -1.",
        "F32 | [1.0] | [0,4] | 4 | has a shape that is no list of sizes. Expected whole numbers of 0 or more, got 1.0.",
        "F32 | [[1]] | [0,4] | 4 | has a shape that is no list of sizes. Expected whole numbers of 0 or more, got [.",
        "F32 | 1 | [0,4] | 4 | has a shape that is no list. Expected a list, got something else.",
        "F32 | [1] | [0] | 4 | is not described in full. Expected dtype, shape and two data_offsets, got dtype, shape, 1 data_offsets.",
        "F32 | [1] | [0,2,4] | 4 | has a data_offsets that is too long. Expected at most 2, got more.",
      })
  void aTensorThatBreaksARuleIsRefused(
      String dtype, String shape, String offsets, int dataSize, String message) {
    refused(file(one(dtype, shape, offsets), dataSize), "tensor \"t\" " + message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "[] | its header is no JSON object. Expected { as its first character, got another one.",
        "'  {}' | its header is no JSON object. Expected { as its first character, got another one.",
        "{}{} | its header goes on after its JSON. Expected spaces, got something else.",
        "{\"t\":1} | tensor \"t\" is no object. Expected dtype, shape and data_offsets, got something else.",
        "{\"t\":{}} | tensor \"t\" is not described in full. Expected dtype, shape and two data_offsets, got none of them.",
        "{\"t\":{\"dtype\":1}} | tensor \"t\" has a dtype that is no text. Expected a text, got something else.",
        "{\"t\":{\"size\":1}} | tensor \"t\" has an unknown key. Expected dtype, shape and data_offsets, got \"size\".",
        "{\"__metadata__\":[]} | its __metadata__ is no object. Expected texts by name, got something else.",
        "{\"__metadata__\":{\"a\":1}} | \"a\" of its __metadata__ is no text. Expected a text, got something else.",
        "{\"__metadata__\":{\"a\":\"\\ud800\"}} | its header has half a character in a text. Expected whole characters, got a half.",
        "{\"__metadata__\":{\"a\":\"\",\"a\":\"\"}} | its header is no sound JSON (Duplicate Object property \"a\"). Expected one JSON object, got something else.",
      })
  void aHeaderThatBreaksARuleIsRefused(String header, String message) {
    refused(file(header, 0), message);
  }

  @Test
  void twoTensorsOfOneNameAreRefused() {
    String tensor = "\"t\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[%d,%d]}";
    refused(
        file("{%s,%s}".formatted(tensor.formatted(0, 4), tensor.formatted(4, 8)), 8),
        "its header is no sound JSON (Duplicate Object property \"t\"). Expected one JSON object, got something else.");
  }

  @Test
  void tensorsThatOverlapOrLeaveBytesOverAreRefused() {
    String both =
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},"
            + "\"b\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[%d,%d]}}";
    refused(
        file(both.formatted(4, 8), 8),
        "tensor \"b\" overlaps the one before. Expected it to begin at byte 8, got byte 4.");
    refused(
        file(both.formatted(12, 16), 16),
        "tensor \"b\" has a hole before it. Expected it to begin at byte 8, got byte 12.");
    refused(
        file(both.formatted(8, 12), 13),
        "its last bytes belong to no tensor. Expected 12 bytes of elements, got 13.");
  }

  @Test
  void aHeaderThatIsTooLongOrNoTextIsRefused() {
    byte[] claims = file("{}", 0);
    ByteBuffer.wrap(claims).order(ByteOrder.LITTLE_ENDIAN).putLong(0, 100_000_001);
    refused(
        claims,
        "it claims a header that is too long. Expected at most 100000000 bytes, got 100000001.");
    ByteBuffer.wrap(claims).order(ByteOrder.LITTLE_ENDIAN).putLong(0, -1);
    refused(
        claims,
        "it claims a header that is too long. Expected at most 100000000 bytes, got 18446744073709551615.");
    ByteBuffer.wrap(claims).order(ByteOrder.LITTLE_ENDIAN).putLong(0, 3);
    refused(claims, "it ends within its header. Expected 3 bytes of header, got 2.");
    byte[] latin = file("{\"a\":1}", 0);
    latin[10] = (byte) 0xe4;
    refused(latin, "its header is no text. Expected UTF-8, got other bytes.");
  }

  @Test
  void aNumberBeyondFloat32IsRefused() {
    byte[] bytes = file(one("F64", "[1]", "[0,8]"), 8);
    ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putDouble(bytes.length - 8, -1e300);
    refused(
        bytes,
        "tensor \"t\" has a number beyond float32. Expected at most 3.4028235E38 in size, got -1.0E300. Maybe its training diverged.");
  }

  @Test
  void aFileThatIsNotThereIsRefused() {
    assertThatThrownBy(() -> Safetensors.read(folder.resolve("none")))
        .isInstanceOf(BundleException.class)
        .hasMessage(
            "File \"%s\" cannot be read: there is no such file or folder. Expected a readable safetensors file."
                .formatted(folder.resolve("none")));
    assertThatThrownBy(() -> Safetensors.read(folder))
        .isInstanceOf(BundleException.class)
        .hasMessage(
            "File \"%s\" cannot be read: it is a folder. Expected a readable safetensors file."
                .formatted(folder));
  }

  @Test
  void whatNoFileCanHoldIsRefused() {
    notWritable(
        "t",
        TensorValue.ofDoubles(new double[] {1}, 1),
        "Tensor \"t\" cannot be written to a safetensors file. Expected float32 or int64 with at most 8 axes, got DOUBLE [1].");
    notWritable(
        "t",
        TensorValue.ofFloats(new float[1], 1, 1, 1, 1, 1, 1, 1, 1, 1),
        "Tensor \"t\" cannot be written to a safetensors file. Expected float32 or int64 with at most 8 axes, got FLOAT [1, 1, 1, 1, 1, 1, 1, 1, 1].");
    notWritable(
        "__metadata__",
        TensorValue.scalar(1),
        "A tensor is named \"__metadata__\", which the safetensors format reserves. Expected another name.");
    notWritable(
        "\ud800",
        TensorValue.scalar(1),
        "\"\ud800\" cannot be written to a safetensors file: it has half a character. Expected whole characters.");
  }

  private static void notWritable(String name, TensorValue value, String message) {
    assertThatThrownBy(() -> new Safetensors(Map.of(name, value), Map.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage(message);
  }

  private static void refused(byte[] bytes, String message) {
    assertThatThrownBy(() -> Safetensors.read(bytes, "x.safetensors"))
        .isInstanceOf(BundleException.class)
        .hasMessage("Safetensors file \"x.safetensors\" cannot be read: " + message);
  }
}
