package io.hyperdelta.spec;

import io.hyperdelta.weave.Ensemble;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Reads the ensemble of a spec. A member is a JSON merge patch (RFC 7386) on the spec around it, so
 * that whatever can be said there can be said of a member, in the same words. Stateless.
 */
final class EnsembleParser {
  /** What members may change; data and target are what they have in common. */
  static final List<String> KEYS =
      List.of("objective", "conditions", "hypernetworks", "tables", "shared", "fit");

  private EnsembleParser() {}

  /**
   * The ensemble.
   *
   * @param root a spec with an ensemble
   * @param spec reads the tree of a spec without one
   */
  static EnsembleSpec parse(JsonNode root, Function<JsonNode, Spec> spec) {
    JsonNode node = root.get("ensemble");
    Map<String, MemberSpec> members = new LinkedHashMap<>();
    trees(root)
        .forEach(
            (name, tree) -> {
              try {
                members.put(name, MemberSpec.of(spec.apply(tree)));
              } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException(place(name) + ": " + e.getMessage(), e);
              }
            });
    return new EnsembleSpec(
        members,
        of(
            EnsembleSpec.Combine.values(),
            EnsembleSpec.Combine::key,
            node.path("combine"),
            EnsembleSpec.DEFAULT_COMBINE),
        of(
            EnsembleSpec.Bootstrap.values(),
            EnsembleSpec.Bootstrap::key,
            node.path("bootstrap"),
            EnsembleSpec.DEFAULT_BOOTSTRAP));
  }

  /** Holds each member's spec against the schema. */
  static void check(String subject, JsonNode root) {
    if (root.has("ensemble")) {
      trees(root).forEach((name, tree) -> SpecSchema.check(subject + ": " + place(name), tree));
    }
  }

  private static String place(String member) {
    return "ensemble.members." + member;
  }

  /** The whole spec of each member, as trees. */
  private static Map<String, JsonNode> trees(JsonNode root) {
    JsonNode members = root.get("ensemble").get("members");
    List<String> names = new ArrayList<>(members.propertyNames());
    for (int i = 1; i <= members.asInt(0); i++) {
      names.add(String.valueOf(i));
    }
    Map<String, JsonNode> trees = new LinkedHashMap<>();
    for (String name : names) {
      ObjectNode tree = (ObjectNode) root.deepCopy();
      tree.remove("ensemble");
      long seed = root.path("fit").path("seed").asLong(FitSpec.DEFAULT_SEED);
      ObjectNode change = JsonNodeFactory.instance.objectNode();
      change.putObject("fit").put("seed", seed + Ensemble.SEED_STEP * trees.size());
      patch(tree, change);
      patch(tree, members.path(name));
      removeEmpty(tree);
      trees.put(name, tree);
    }
    return trees;
  }

  /** RFC 7386, section 2; what is no object is replaced by the caller. */
  private static void patch(ObjectNode tree, JsonNode changes) {
    changes
        .properties()
        .forEach(
            change -> {
              String key = change.getKey();
              JsonNode value = change.getValue();
              if (value.isNull()) {
                tree.remove(key);
              } else if (value.isObject()) {
                ObjectNode inner =
                    tree.get(key) instanceof ObjectNode known ? known : tree.putObject(key);
                patch(inner, value);
              } else {
                tree.set(key, value);
              }
            });
  }

  /** The patch that makes one tree another: of what is equal it says nothing. */
  static ObjectNode changes(ObjectNode from, ObjectNode to) {
    ObjectNode changes = JsonNodeFactory.instance.objectNode();
    for (Map.Entry<String, JsonNode> entry : to.properties()) {
      JsonNode before = from.get(entry.getKey());
      if (before instanceof ObjectNode old && entry.getValue() instanceof ObjectNode now) {
        ObjectNode inner = changes(old, now);
        if (!inner.isEmpty()) {
          changes.set(entry.getKey(), inner);
        }
      } else if (!entry.getValue().equals(before)) {
        changes.set(entry.getKey(), entry.getValue());
      }
    }
    for (String key : from.propertyNames()) {
      if (!to.has(key)) {
        changes.putNull(key);
      }
    }
    return changes;
  }

  /** A section of which everything was taken away is not there. */
  private static void removeEmpty(ObjectNode tree) {
    for (String key : KEYS) {
      if (tree.path(key).isObject() && tree.path(key).isEmpty()) {
        tree.remove(key);
      }
    }
  }

  /** The schema has refused words that none has. */
  private static <E> E of(E[] values, Function<E, String> key, JsonNode word, E otherwise) {
    for (E value : values) {
      if (key.apply(value).equals(word.asString(""))) {
        return value;
      }
    }
    return otherwise;
  }
}
