package io.hyperdelta.bundle;

import io.hyperdelta.graph.TensorValue;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The safetensors files that fuzzing starts from, by name; those named {@code bad-} must be
 * refused.
 */
final class SafetensorsCorpus {
  private SafetensorsCorpus() {}

  /** A file of a header and so many bytes of elements: 0, 1, 2... */
  static byte[] file(String header, int dataSize) {
    byte[] text = header.getBytes(StandardCharsets.UTF_8);
    ByteBuffer file =
        ByteBuffer.allocate(8 + text.length + dataSize).order(ByteOrder.LITTLE_ENDIAN);
    file.putLong(text.length).put(text);
    for (int i = 0; i < dataSize; i++) {
      file.put((byte) i);
    }
    return file.array();
  }

  /** A header with one tensor named t. */
  static String one(String dtype, String shape, String offsets) {
    return "{\"t\":{\"dtype\":\"%s\",\"shape\":%s,\"data_offsets\":%s}}"
        .formatted(dtype, shape, offsets);
  }

  static Map<String, byte[]> files() {
    Map<String, byte[]> files = new LinkedHashMap<>();
    files.put("empty", file("{}", 0));
    files.put("spaces", file("{} \n ", 0));
    files.put("f64", file(one("F64", "[2]", "[0,16]"), 16));
    files.put("f16", file(one("F16", "[2,2]", "[0,8]"), 8));
    files.put("bf16", file(one("BF16", "[3]", "[0,6]"), 6));
    files.put("zero", file(one("F32", "[0,9223372036854775807]", "[0,0]"), 0));
    files.put(
        "everything",
        new Safetensors(
                Map.of(
                    "a.b",
                    TensorValue.ofFloats(new float[] {1, 2, 3, 4, 5, 6}, 2, 3),
                    "ids",
                    TensorValue.longs(1, -2),
                    "ü\"",
                    TensorValue.scalar(Float.NaN)),
                Map.of("format", "pt", "note", ""))
            .bytes());
    files.put("delta", DeltaFile.bytes(SampleAdapter.target(), SampleAdapter.deltas()));
    files.put("bad-short", new byte[] {2, 0, 0});
    files.put("bad-claim", new byte[] {-1, -1, -1, -1, -1, -1, -1, 127, '{', '}'});
    files.put("bad-json", file("{\"t\":", 0));
    files.put("bad-array", file("[]", 0));
    files.put("bad-trailing", file("{}{}", 0));
    files.put("bad-twice", file("{\"__metadata__\":{},\"__metadata__\":{}}", 0));
    files.put("bad-deep", file("{\"t\":" + "[".repeat(3_000), 0));
    files.put("bad-half", file("{\"__metadata__\":{\"a\":\"\\ud800\"}}", 0));
    files.put("bad-dtype", file(one("I32", "[1]", "[0,4]"), 4));
    files.put("bad-size", file(one("F32", "[2]", "[0,4]"), 4));
    files.put("bad-count", file(one("F32", "[4611686018427387904,4]", "[0,0]"), 0));
    files.put("bad-wide", file(one("F16", "[4546586073709551614,0,0]", "[0,0]"), 0));
    files.put("bad-hole", file(one("F32", "[1]", "[4,8]"), 8));
    files.put("bad-end", file(one("F32", "[1]", "[0,4]"), 5));
    files.put("bad-long", file(one("F32", "[1000000000]", "[0,4000000000]"), 4));
    files.put("bad-rank", file(one("F32", "[1,1,1,1,1,1,1,1,1]", "[0,4]"), 4));
    files.put("bad-endless", endless());
    files.put("bad-beyond", file(one("F64", "[1]", "[0,8]"), 0));
    return files;
  }

  /** A delta whose factors have no number, but the largest of ranks. */
  private static byte[] endless() {
    String metadata =
        "\"__metadata__\":{\"hyperdelta.delta\":\"1\",\"hyperdelta.target\":\"%s\"}"
            .formatted(SampleAdapter.target().digest());
    String factor =
        "\"bert.layer.0.query.weight/%s\":{\"dtype\":\"F32\",\"shape\":%s,\"data_offsets\":[0,0]}";
    return file(
        "{%s,%s,%s}"
            .formatted(
                metadata,
                factor.formatted("A", "[0,9223372036854775807]"),
                factor.formatted("B", "[9223372036854775807,0]")),
        0);
  }
}
