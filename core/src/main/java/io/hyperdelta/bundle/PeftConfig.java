package io.hyperdelta.bundle;

import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectMapper;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * The adapter_config.json of a LoRA adapter in the format of PEFT: which rank and scale each module
 * has. What would make the adapter compute something else than {@code W + scale B A} is refused,
 * not skipped.
 *
 * <p>fan_in_fan_out only says that the base weight is stored {@code [in, out]}. The factors are
 * stored the same either way, and a site knows how its own weight is stored, so nothing follows
 * from it here.
 *
 * @param rank of modules without a pattern, 1 or more
 * @param alpha lora_alpha of modules without a pattern
 * @param rootScaled whether the scale is alpha over the root of the rank (use_rslora; Kalajdzievski
 *     2023, equation 5), rather than over the rank
 * @param rankPattern ranks by pattern of modules' names; the first that matches counts
 * @param alphaPattern the same for alpha
 * @param baseModel name of the base model, possibly empty
 */
record PeftConfig(
    int rank,
    double alpha,
    boolean rootScaled,
    Map<ModulePattern, Integer> rankPattern,
    Map<ModulePattern, Double> alphaPattern,
    String baseModel) {
  static final long MAX_BYTES = 1_000_000;
  private static final int MAX_PATTERNS = 10_000;

  private static final ObjectMapper JSON =
      new JsonMapper(
          JsonFactory.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build());

  /** Ways to draw the first factors that leave the base model's weights as they are. */
  private static final Set<String> INNOCENT_STARTS = Set.of("gaussian", "eva", "orthogonal");

  /** Each with what it would change; absent, null, false and empty are all the same. */
  private static final Map<String, String> UNSUPPORTED = unsupported();

  private static Map<String, String> unsupported() {
    Map<String, String> keys = new LinkedHashMap<>();
    keys.put("use_dora", "DoRA also rescales the columns of each weight");
    keys.put("modules_to_save", "whole modules would be replaced");
    keys.put("lora_bias", "the factors have biases");
    keys.put("use_qalora", "inputs would be pooled first");
    keys.put("use_bdlora", "the factors are block-diagonal");
    keys.put("layer_replication", "layers would be repeated");
    keys.put("target_parameters", "parameters outside modules would be adapted");
    keys.put("trainable_token_indices", "single tokens would be adapted");
    keys.put("alora_invocation_tokens", "only some tokens would be adapted");
    keys.put("arrow_config", "adapters would be mixed by a router");
    return keys;
  }

  PeftConfig {
    // Their order counts, so not Map.copyOf.
    rankPattern = Collections.unmodifiableMap(new LinkedHashMap<>(rankPattern));
    alphaPattern = Collections.unmodifiableMap(new LinkedHashMap<>(alphaPattern));
  }

  /**
   * Reads a configuration.
   *
   * @param source what messages call it
   * @throws BundleException if it is no such file, lacks something, or asks for something that is
   *     not supported
   */
  static PeftConfig read(byte[] bytes, String source) {
    JsonNode json;
    try {
      json = JSON.readTree(bytes);
    } catch (JacksonException e) {
      throw refused(
          source,
          "it is no sound JSON (" + e.getOriginalMessage() + ")",
          "the file that PEFT writes",
          "something else");
    }
    if (!json.isObject()) {
      throw refused(source, "it is no JSON object", "the file that PEFT writes", "something else");
    }
    checkKind(json, source);
    PeftConfig config =
        new PeftConfig(
            rank(json.path("r"), "r", source),
            number(json.path("lora_alpha"), "lora_alpha", source),
            flag(json, "use_rslora", source),
            new LinkedHashMap<>(),
            new LinkedHashMap<>(),
            json.path("base_model_name_or_path").asString(""));
    Map<ModulePattern, Integer> ranks = new LinkedHashMap<>();
    patterns(json, "rank_pattern", source)
        .forEach((key, value) -> ranks.put(key, rank(value, "rank_pattern", source)));
    Map<ModulePattern, Double> alphas = new LinkedHashMap<>();
    patterns(json, "alpha_pattern", source)
        .forEach((key, value) -> alphas.put(key, number(value, "alpha_pattern", source)));
    return new PeftConfig(
        config.rank, config.alpha, config.rootScaled, ranks, alphas, config.baseModel);
  }

  private static void checkKind(JsonNode json, String source) {
    if (!json.path("peft_type").isString() || !json.path("peft_type").asString().equals("LORA")) {
      throw refused(
          source, "its peft_type is not supported", "\"LORA\"", text(json.path("peft_type")));
    }
    UNSUPPORTED.forEach(
        (key, effect) -> {
          if (isSet(json.path(key))) {
            throw refused(
                source,
                "it sets " + key + ", which is not supported: " + effect,
                "none",
                text(json.path(key)));
          }
        });
    JsonNode bias = json.path("bias");
    if (!bias.isMissingNode() && !(bias.isString() && bias.asString().equals("none"))) {
      throw refused(
          source, "its bias is not supported: biases would be replaced", "\"none\"", text(bias));
    }
    JsonNode start = json.path("init_lora_weights");
    if (start.isString() && !INNOCENT_STARTS.contains(start.asString())) {
      throw refused(
          source,
          "its init_lora_weights is not supported: the base model's weights may have been changed with it",
          "true, false or one of \"eva\", \"gaussian\", \"orthogonal\"",
          text(start) + ". Maybe you can convert it to plain LoRA when you save it with PEFT");
    }
    flag(json, "fan_in_fan_out", source);
  }

  private static boolean isSet(JsonNode value) {
    return !(value.isMissingNode()
        || value.isNull()
        || (value.isBoolean() && !value.booleanValue())
        || (value.isContainer() && value.isEmpty()));
  }

  private static boolean flag(JsonNode json, String key, String source) {
    JsonNode value = json.path(key);
    if (isSet(value) && !value.isBoolean()) {
      throw refused(source, "its " + key + " is no flag", "true or false", text(value));
    }
    return isSet(value);
  }

  private static int rank(JsonNode value, String key, String source) {
    if (!value.isInt() || value.intValue() < 1) {
      throw refused(
          source, "its " + key + " is no rank", "a whole number of 1 or more", text(value));
    }
    return value.intValue();
  }

  private static double number(JsonNode value, String key, String source) {
    if (!value.isNumber() || !Double.isFinite(value.doubleValue())) {
      throw refused(source, "its " + key + " is no number", "a finite number", text(value));
    }
    return value.doubleValue();
  }

  private static Map<ModulePattern, JsonNode> patterns(JsonNode json, String key, String source) {
    JsonNode value = json.path(key);
    Map<ModulePattern, JsonNode> patterns = new LinkedHashMap<>();
    if (!isSet(value)) {
      return patterns;
    }
    if (!value.isObject() || value.size() > MAX_PATTERNS) {
      throw refused(
          source,
          "its " + key + " cannot be used",
          "at most " + MAX_PATTERNS + " numbers by module",
          value.isObject() ? value.size() + "" : text(value));
    }
    for (Map.Entry<String, JsonNode> property : value.properties()) {
      patterns.put(pattern(property.getKey(), key, source), property.getValue());
    }
    return patterns;
  }

  private static ModulePattern pattern(String pattern, String key, String source) {
    try {
      return new ModulePattern(pattern);
    } catch (IllegalArgumentException e) {
      throw new BundleException(
          "PEFT configuration \"%s\" cannot be used: its %s has a key that is no pattern. %s"
              .formatted(source, key, e.getMessage()),
          e);
    }
  }

  private static String text(JsonNode value) {
    String text = value.isMissingNode() ? "nothing" : value.toString();
    return text.length() > 200 ? text.substring(0, 200) + "..." : text;
  }

  private static BundleException refused(
      String source, String problem, String expected, String got) {
    return new BundleException(
        "PEFT configuration \"%s\" cannot be used: %s. Expected %s, got %s."
            .formatted(source, problem, expected, got));
  }

  /** The rank that the factors of a module should have. */
  int rankOf(String module) {
    return first(rankPattern, module, rank);
  }

  /** What the product of a module's factors is multiplied with. */
  double scaleOf(String module) {
    int own = rankOf(module);
    return first(alphaPattern, module, alpha) / (rootScaled ? Math.sqrt(own) : own);
  }

  private static <T> T first(Map<ModulePattern, T> patterns, String module, T otherwise) {
    return patterns.entrySet().stream()
        .filter(pattern -> pattern.getKey().matches(module))
        .map(Map.Entry::getValue)
        .findFirst()
        .orElse(otherwise);
  }

  /**
   * The bytes of the file, the same for the same configuration, with the keys that PEFT asks for.
   *
   * @param modules the modules that are adapted
   */
  byte[] bytes(Collection<String> modules) {
    ObjectNode json = JsonNodeFactory.instance.objectNode();
    ObjectNode alphas = JsonNodeFactory.instance.objectNode();
    alphaPattern.forEach((pattern, value) -> put(alphas, pattern.key(), value));
    json.set("alpha_pattern", alphas);
    json.put("base_model_name_or_path", baseModel);
    json.put("bias", "none");
    json.put("fan_in_fan_out", false);
    json.put("inference_mode", true);
    put(json, "lora_alpha", alpha);
    json.put("lora_dropout", 0.0);
    json.putNull("modules_to_save");
    json.put("peft_type", "LORA");
    json.put("r", rank);
    ObjectNode ranks = JsonNodeFactory.instance.objectNode();
    rankPattern.forEach((pattern, value) -> ranks.put(pattern.key(), value));
    json.set("rank_pattern", ranks);
    List<String> sorted = new ArrayList<>(modules);
    sorted.sort(null);
    sorted.forEach(json.putArray("target_modules")::add);
    json.putNull("task_type");
    json.put("use_dora", false);
    json.put("use_rslora", rootScaled);
    return Bundle.json(json);
  }

  /** PEFT declares alpha a whole number, and takes others. */
  private static void put(ObjectNode json, String key, double value) {
    if (value == Math.rint(value) && Math.abs(value) < 1e9) {
      json.put(key, (long) value);
    } else {
      json.put(key, value);
    }
  }
}
