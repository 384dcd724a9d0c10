package io.hyperdelta.spec;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Turns entries of the section {@code fixed} into records, and back. Stateless. */
final class FixedParser {
  private static final String SCALE = "scale";

  private FixedParser() {}

  /**
   * An entry.
   *
   * @param folder that relative paths are resolved against
   * @throws IllegalArgumentException if it names no source of deltas or several, or its scale is 0;
   *     the message does not say which entry it is
   */
  static FixedSpec parse(JsonNode node, Path folder) {
    List<FixedSpec.Format> given =
        Arrays.stream(FixedSpec.Format.values()).filter(format -> node.has(format.key())).toList();
    if (given.size() != 1) {
      throw new IllegalArgumentException(
          "it has %s peft %s safetensors. Expected exactly one of them, got %s."
              .formatted(
                  given.isEmpty() ? "neither" : "both",
                  given.isEmpty() ? "nor" : "and",
                  given.isEmpty() ? "none" : "both"));
    }
    JsonNode path = node.get(given.get(0).key());
    JsonNode scale = node.get(SCALE);
    try {
      return new FixedSpec(
          given.get(0),
          folder.resolve(path.stringValue()),
          scale == null ? FixedSpec.DEFAULT_SCALE : scale.doubleValue());
    } catch (InvalidPathException e) {
      throw new IllegalArgumentException(
          "%s is not a path. Expected that of a file or folder, got %s."
              .formatted(given.get(0).key(), path),
          e);
    }
  }

  /**
   * An entry as a file says it.
   *
   * @param path as it is to be shown
   */
  static ObjectNode write(FixedSpec spec, String path) {
    return JsonNodeFactory.instance
        .objectNode()
        .put(spec.format().key(), path)
        .put(SCALE, spec.scale());
  }
}
