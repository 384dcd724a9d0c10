package io.hyperdelta.spec;

import com.networknt.schema.Error;
import com.networknt.schema.Schema;
import com.networknt.schema.SchemaRegistry;
import com.networknt.schema.SpecificationVersion;
import com.networknt.schema.path.NodePath;
import io.hyperdelta.problem.Spelling;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Objects;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** Holds a spec's tree against the JSON Schema and says in one paragraph what is wrong. */
final class SpecSchema {
  private static final String RESOURCE = "hyperdelta-spec.schema.json";
  private static final String TEXT = load();
  private static final JsonNode ROOT = JsonMapper.shared().readTree(TEXT);
  private static final Schema SCHEMA =
      SchemaRegistry.withDefaultDialect(SpecificationVersion.DRAFT_2020_12).getSchema(ROOT);

  /** Longer values are cut in messages. */
  private static final int LONGEST_SHOWN = 60;

  private SpecSchema() {}

  static String text() {
    return TEXT;
  }

  static void check(String subject, JsonNode tree) {
    List<Error> errors = new ArrayList<>(SCHEMA.validate(tree));
    // What depends on other keys is for the editor; SpecParser says it better.
    errors.removeIf(SpecSchema::dependsOnOtherKeys);
    // A misspelt key is usually why another one is missing, so it comes first.
    errors.stream()
        .min(Comparator.comparing((Error e) -> !e.getKeyword().equals("additionalProperties")))
        .ifPresent(
            error -> {
              throw new SpecException(subject + ": " + sentence(error), null);
            });
  }

  private static boolean dependsOnOtherKeys(Error error) {
    NodePath path = error.getEvaluationPath();
    for (int i = 0; i < path.getNameCount(); i++) {
      String name = String.valueOf(path.getElement(i));
      if (List.of("oneOf", "then", "else", "dependentRequired").contains(name)) {
        return true;
      }
    }
    return false;
  }

  private static String sentence(Error error) {
    JsonNode schema = schemaOf(error);
    String place = place(error.getInstanceLocation());
    String key = Objects.toString(error.getProperty(), "");
    return switch (error.getKeyword()) {
      case "additionalProperties" -> unknownKey(place, key, schema);
      case "required" ->
          join(place, key)
              + " is missing. Expected "
              + expected(schema.path("properties").path(key))
              + ", got nothing.";
      default -> wrongValue(place, schema, error);
    };
  }

  private static String unknownKey(String place, String key, JsonNode schema) {
    List<String> keys = new ArrayList<>(schema.path("properties").propertyNames());
    return join(place, key)
        + " is not a key of a spec. Expected one of "
        + String.join(", ", keys)
        + ", got "
        + key
        + "."
        + (isGeneratorsOwn(place, key)
            ? " Only hypernetworks have it, which generate factors through a trunk and heads; what tables and shared learn are the factors themselves."
            : Spelling.advice(key, keys));
  }

  /** Whether a table or a shared source is given what only hypernetworks have. */
  private static boolean isGeneratorsOwn(String place, String key) {
    return place.matches("(tables|shared)\\.[^\\[]*")
        && ROOT.at("/properties/hypernetworks/additionalProperties/properties").has(key);
  }

  private static String wrongValue(String place, JsonNode schema, Error error) {
    JsonNode value = error.getInstanceNode();
    String advice = "";
    if (schema.has("enum") && value.isString()) {
      advice = Spelling.advice(value.stringValue(), words(schema.get("enum")));
    }
    return (place.isEmpty() ? "the spec" : place)
        + " has an unusable value. Expected "
        + expected(schema)
        + ", got "
        + shown(value)
        + "."
        + advice;
  }

  /** What a schema accepts, in words. */
  private static String expected(JsonNode written) {
    JsonNode schema = resolved(written);
    if (schema.has("enum")) {
      return "one of " + String.join(", ", words(schema.get("enum")));
    }
    JsonNode type = schema.path("type");
    List<String> types = new ArrayList<>();
    (type.isArray() ? words(type) : List.of(type.asString("")))
        .forEach(name -> types.add(noun(name)));
    return String.join(" or ", types) + limits(schema);
  }

  private static String noun(String type) {
    return switch (type) {
      case "object" -> "keys with values";
      case "array" -> "a list";
      case "string" -> "a text";
      case "integer" -> "a whole number";
      case "number" -> "a number";
      default -> "a value";
    };
  }

  private static String limits(JsonNode schema) {
    StringBuilder text = new StringBuilder();
    String[][] words = {
      {"minimum", " of at least "},
      {"exclusiveMinimum", " above "},
      {"maximum", " of at most "},
      {"exclusiveMaximum", " below "},
      {"pattern", " matching "}
    };
    for (String[] word : words) {
      if (schema.has(word[0])) {
        text.append(text.isEmpty() ? "" : " and").append(word[1]).append(plain(schema, word[0]));
      }
    }
    if (schema.has("minItems") || schema.has("minProperties") || schema.has("minLength")) {
      text.append(" that is not empty");
    }
    return text.toString();
  }

  private static String plain(JsonNode schema, String keyword) {
    return schema.get(keyword).asString();
  }

  private static JsonNode schemaOf(Error error) {
    NodePath fragment = error.getSchemaLocation().getFragment();
    JsonNode node = ROOT;
    for (int i = 0; i < fragment.getNameCount() - 1; i++) {
      Object element = fragment.getElement(i);
      node = element instanceof Integer index ? node.path(index) : node.path("" + element);
    }
    return resolved(node);
  }

  private static JsonNode resolved(JsonNode schema) {
    return schema.has("$ref")
        ? resolved(ROOT.at(schema.get("$ref").stringValue().substring(1)))
        : schema;
  }

  private static List<String> words(JsonNode array) {
    List<String> words = new ArrayList<>();
    array.forEach(word -> words.add(word.asString()));
    return words;
  }

  private static String shown(JsonNode value) {
    String text = value.toString();
    return text.length() <= LONGEST_SHOWN ? text : text.substring(0, LONGEST_SHOWN) + "...";
  }

  /** A path as users write it: {@code hypernetworks.neighbourhood.adaptations[0]}. */
  private static String place(NodePath path) {
    StringBuilder place = new StringBuilder();
    for (int i = 0; i < path.getNameCount(); i++) {
      Object element = path.getElement(i);
      if (element instanceof Integer) {
        place.append('[').append(element).append(']');
      } else {
        place.append(place.isEmpty() ? "" : ".").append(element);
      }
    }
    return place.toString();
  }

  private static String join(String place, String key) {
    return place.isEmpty() ? key : place + "." + key;
  }

  private static String load() {
    try (InputStream in = SpecSchema.class.getResourceAsStream(RESOURCE)) {
      return new String(
          Objects.requireNonNull(in, "resource " + RESOURCE).readAllBytes(),
          StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
