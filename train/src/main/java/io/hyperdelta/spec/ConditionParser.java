package io.hyperdelta.spec;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Turns what a spec says of a condition into records. */
final class ConditionParser {
  /** Keys that belong to some types only, with these types. */
  private static final List<List<String>> ONLY_WITH =
      List.of(
          List.of("width", "category"),
          List.of("unknown", "category"),
          List.of("period", "cyclic"),
          List.of("encoder", "text", "number", "vector"),
          List.of("maxTokens", "text"),
          List.of("norm", "text"),
          List.of("columns", "number"),
          List.of("input", "number", "vector"),
          List.of("output", "number", "vector"));

  /** From the key and the node of a path to the path. */
  private final BiFunction<String, JsonNode, Path> paths;

  ConditionParser(BiFunction<String, JsonNode, Path> paths) {
    this.paths = paths;
  }

  ConditionSpec condition(JsonNode node) {
    List<ConditionColumn> columns = new ArrayList<>();
    (node.isArray() ? node : node.get("columns")).forEach(column -> columns.add(column(column)));
    return new ConditionSpec(columns, node.path("constantNorm").asBoolean(false), join(node));
  }

  private @Nullable JoinSpec join(JsonNode node) {
    JsonNode table = node.get("table");
    JsonNode key = node.get("key");
    if ((table == null) != (key == null) || (table == null && node.has("unknown"))) {
      throw new IllegalArgumentException(
          "table and key go together, and unknown with them. Expected both table and key, or none of the three, got %s."
              .formatted(table != null ? "table" : key != null ? "key" : "unknown"));
    }
    if (table == null || key == null) {
      return null;
    }
    boolean plain = key.isString();
    return new JoinSpec(
        paths.apply("table", table),
        plain ? key.stringValue() : key.get("rows").stringValue(),
        plain ? key.stringValue() : key.get("table").stringValue(),
        node.path("unknown").asString("refuse").equals("allow"));
  }

  private ConditionColumn column(JsonNode node) {
    if (node.isString()) {
      return ConditionColumn.number(node.stringValue());
    }
    String type = node.get("type").stringValue();
    ONLY_WITH.forEach(rule -> onlyWith(node, rule.get(0), type, rule.subList(1, rule.size())));
    List<String> names = names(node);
    String name = names.get(0);
    return switch (type) {
      case "category" ->
          new ConditionColumn.Category(
              name,
              node.path("width").asInt(0),
              node.path("unknown").asString("allow").equals("refuse"));
      case "cyclic" ->
          ConditionColumn.cyclic(
              name,
              needed(
                      node,
                      "period",
                      name,
                      "the number after which it repeats, such as 24 for hours")
                  .doubleValue());
      case "text" ->
          new ConditionColumn.Text(
              name,
              encoder(needed(node, "encoder", name, "a folder with an encoder and its tokenizer")),
              node.path("maxTokens").asInt(ConditionColumn.Text.DEFAULT_MAX_TOKENS),
              node.path("norm").asString("unit").equals("unit"));
      default -> plain(node, type.equals("vector"), names);
    };
  }

  private ConditionColumn plain(JsonNode node, boolean vectors, List<String> names) {
    JsonNode encoder = node.get("encoder");
    if (encoder != null) {
      return new ConditionColumn.Encoded(
          names, vectors, encoder(encoder), text(node.get("input")), text(node.get("output")));
    }
    for (String key : List.of("columns", "input", "output")) {
      if (node.has(key)) {
        throw new IllegalArgumentException(
            "%s is given without encoder. Expected an encoder, the ONNX file that it belongs to, got none."
                .formatted(key));
      }
    }
    return vectors ? ConditionColumn.vector(names.get(0)) : ConditionColumn.number(names.get(0));
  }

  private Path encoder(JsonNode node) {
    return paths.apply("encoder", node);
  }

  private static @Nullable String text(@Nullable JsonNode node) {
    return node == null ? null : node.stringValue();
  }

  private static List<String> names(JsonNode node) {
    JsonNode one = node.get("column");
    JsonNode several = node.get("columns");
    if ((one == null) == (several == null)) {
      throw new IllegalArgumentException(
          "A column has %s. Expected column, or columns for an encoder of several numbers."
              .formatted(one == null ? "neither column nor columns" : "both column and columns"));
    }
    List<String> names = new ArrayList<>();
    if (one != null) {
      names.add(one.stringValue());
    } else {
      several.forEach(name -> names.add(name.stringValue()));
    }
    return names;
  }

  private static JsonNode needed(JsonNode node, String key, String column, String what) {
    JsonNode value = node.get(key);
    if (value == null) {
      throw new IllegalArgumentException(
          "%s is missing for column \"%s\". Expected %s, got nothing."
              .formatted(key, column, what));
    }
    return value;
  }

  private static void onlyWith(JsonNode node, String key, String type, List<String> wanted) {
    if (node.has(key) && !wanted.contains(type)) {
      throw new IllegalArgumentException(
          "%s is given with type %s. Expected it only with type %s."
              .formatted(key, type, String.join(", ", wanted)));
    }
  }
}
