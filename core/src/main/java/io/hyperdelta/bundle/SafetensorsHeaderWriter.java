package io.hyperdelta.bundle;

import io.hyperdelta.graph.Dtype;
import io.hyperdelta.graph.TensorValue;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Writes the headers that {@link SafetensorsHeader} reads. Stateless. */
final class SafetensorsHeaderWriter {
  private SafetensorsHeaderWriter() {}

  /** Refuses what no file can hold. */
  static void checkWritable(String name, TensorValue value) {
    boolean writable = value.dtype() == Dtype.FLOAT || value.dtype() == Dtype.INT64;
    if (!writable || value.rank() > Safetensors.MAX_RANK) {
      throw new IllegalArgumentException(
          "Tensor \"%s\" cannot be written to a safetensors file. Expected float32 or int64 with at most %d axes, got %s."
              .formatted(name, Safetensors.MAX_RANK, value));
    }
    if (name.equals(SafetensorsHeader.METADATA)) {
      throw new IllegalArgumentException(
          "A tensor is named \"%s\", which the safetensors format reserves. Expected another name."
              .formatted(name));
    }
    checkWritable(name, "");
  }

  /** Refuses texts that have no UTF-8 form. */
  static void checkWritable(String key, String text) {
    if (!StandardCharsets.UTF_8.newEncoder().canEncode(key + '\n' + text)) {
      throw new IllegalArgumentException(
          "\"%s\" cannot be written to a safetensors file: it has half a character. Expected whole characters."
              .formatted(key));
    }
  }

  /** Tensors in the order in which they are written. */
  static List<Map.Entry<String, TensorValue>> order(Map<String, TensorValue> tensors) {
    return tensors.entrySet().stream()
        .sorted(
            Comparator.comparingInt(
                    (Map.Entry<String, TensorValue> e) -> -e.getValue().dtype().byteWidth())
                .thenComparing(Map.Entry.comparingByKey()))
        .toList();
  }

  /** The header with the spaces that make its length a multiple of 8. */
  static byte[] write(Map<String, TensorValue> tensors, Map<String, String> metadata) {
    Map<String, Object> header = new LinkedHashMap<>();
    if (!metadata.isEmpty()) {
      header.put(SafetensorsHeader.METADATA, metadata);
    }
    long position = 0;
    for (Map.Entry<String, TensorValue> tensor : order(tensors)) {
      TensorValue value = tensor.getValue();
      long end = position + value.bytes().remaining();
      Map<String, Object> entry = new LinkedHashMap<>();
      entry.put(
          "dtype",
          value.dtype() == Dtype.INT64
              ? SafetensorsHeader.Type.I64.name()
              : SafetensorsHeader.Type.F32.name());
      entry.put("shape", value.dims());
      entry.put("data_offsets", new long[] {position, end});
      header.put(tensor.getKey(), entry);
      position = end;
    }
    byte[] json =
        SafetensorsHeader.JSON.writeValueAsString(header).getBytes(StandardCharsets.UTF_8);
    byte[] padded = Arrays.copyOf(json, Math.toIntExact((json.length + 7L) / 8 * 8));
    Arrays.fill(padded, json.length, padded.length, (byte) ' ');
    return padded;
  }
}
