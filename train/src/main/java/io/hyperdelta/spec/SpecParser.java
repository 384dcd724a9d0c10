package io.hyperdelta.spec;

import io.hyperdelta.delta.Cap;
import io.hyperdelta.delta.Form;
import io.hyperdelta.delta.Forms;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * Turns a tree that the schema accepts into records. What the schema cannot say, or says badly, is
 * checked here and in the records; both throw {@link IllegalArgumentException}.
 */
final class SpecParser {
  private final Path folder;

  private SpecParser(Path folder) {
    this.folder = folder;
  }

  static Spec parse(JsonNode root, Path folder, String json) {
    Spec alone = new SpecParser(folder).single(root, json);
    // Members come after what they change, whose mistakes are not theirs.
    return root.has("ensemble")
        ? alone.with(EnsembleParser.parse(root, member -> parse(member, folder, "")))
        : alone;
  }

  private Spec single(JsonNode root, String json) {
    JsonNode objective = root.get("objective");
    return new Spec(
        root.get("name").stringValue(),
        data(root.get("data")),
        target(root.get("target")),
        objective == null ? Spec.DEFAULT_OBJECTIVE : Objective.of(objective.stringValue()),
        map(
            root.path("conditions"),
            entry ->
                at(
                    "conditions." + entry.getKey(),
                    () -> new ConditionParser(this::path).condition(entry.getValue()))),
        map(
            root.path("hypernetworks"),
            entry -> hypernetwork("hypernetworks." + entry.getKey(), entry.getValue())),
        map(root.path("tables"), entry -> table("tables." + entry.getKey(), entry.getValue())),
        map(
            root.path("shared"),
            entry ->
                new SharedSpec(
                    adaptations("shared." + entry.getKey(), entry.getValue()),
                    SourceParser.fit(entry.getValue()))),
        map(
            root.path("fixed"),
            entry ->
                at("fixed." + entry.getKey(), () -> FixedParser.parse(entry.getValue(), folder))),
        fit(root.get("fit")),
        evaluation(root.get("evaluate")),
        null,
        json);
  }

  private DataSpec data(JsonNode node) {
    either("data", node, "rows", "sql");
    JsonNode file = node.get("rows");
    RowsSpec rows =
        file != null
            ? new RowsSpec.File(path("data.rows", file))
            : new RowsSpec.Query(node.get("sql").stringValue(), folder);
    List<FeatureSpec> features = new ArrayList<>();
    JsonNode written = node.get("features");
    if (written != null) {
      written.forEach(feature -> features.add(feature(feature)));
    }
    return new DataSpec(
        rows,
        node.get("label").stringValue(),
        features,
        texts(node.get("contexts")),
        split(node.get("split")),
        texts(node.get("missing")));
  }

  private static FeatureSpec feature(JsonNode node) {
    if (node.isString()) {
      return FeatureSpec.of(node.stringValue());
    }
    String column = node.get("column").stringValue();
    return node.get("type").stringValue().equals("number")
        ? FeatureSpec.number(column)
        : FeatureSpec.category(column);
  }

  private static SplitSpec split(@Nullable JsonNode node) {
    return new SplitSpec(
        number(node, "unseenContexts", SplitSpec.DEFAULT_UNSEEN_CONTEXTS),
        number(node, "test", SplitSpec.DEFAULT_TEST),
        number(node, "validation", SplitSpec.DEFAULT_VALIDATION),
        integer(node, "seed", SplitSpec.DEFAULT_SEED));
  }

  private TargetSpec target(JsonNode node) {
    either("target", node, "train", "onnx");
    JsonNode train = node.get("train");
    if (train != null) {
      for (String key : List.of("inputs", "output")) {
        if (node.has(key)) {
          throw new IllegalArgumentException(
              "target."
                  + key
                  + " is given with target.train. Expected it only with target.onnx, got both.");
        }
      }
      return new TargetSpec.Train(
          new NetworkSpec.Mlp(widths(train.get("hidden"))), fit(train.get("fit")));
    }
    Map<String, InputSpec> inputs =
        node.has("inputs")
            ? map(
                node.get("inputs"),
                entry -> at("target.inputs." + entry.getKey(), () -> input(entry.getValue())))
            : Map.of();
    JsonNode output = node.get("output");
    return new TargetSpec.Onnx(
        path("target.onnx", node.get("onnx")),
        inputs,
        output == null ? null : output.stringValue());
  }

  private static InputSpec input(JsonNode node) {
    if (node.isArray()) {
      return InputSpec.columns(texts(node));
    }
    JsonNode shape = node.get("shape");
    return new InputSpec(
        List.of(node.get("column").stringValue()), true, shape == null ? List.of() : widths(shape));
  }

  private static boolean closed(JsonNode node) {
    return node.path("unknown").asString("allow").equals("refuse");
  }

  private static HypernetworkSpec hypernetwork(String path, JsonNode node) {
    JsonNode trunk = node.get("trunk");
    List<AdaptationSpec> adaptations = adaptations(path, node);
    return at(
        path,
        () ->
            new HypernetworkSpec(
                node.get("condition").stringValue(),
                trunk == null ? HypernetworkSpec.DEFAULT_TRUNK : widths(trunk),
                (int) integer(node, "latent", HypernetworkSpec.DEFAULT_LATENT),
                adaptations,
                number(node, "dropout", 0),
                SourceParser.heads(node),
                SourceParser.fit(node)));
  }

  private static TableSpec table(String path, JsonNode node) {
    return new TableSpec(
        node.get("column").stringValue(),
        closed(node),
        adaptations(path, node),
        SourceParser.fit(node));
  }

  private static List<AdaptationSpec> adaptations(String path, JsonNode node) {
    List<AdaptationSpec> adaptations = new ArrayList<>();
    for (JsonNode adaptation : node.get("adaptations")) {
      String place = path + ".adaptations[" + adaptations.size() + "]";
      adaptations.add(adaptation(place, adaptation));
    }
    return adaptations;
  }

  private static AdaptationSpec adaptation(String path, JsonNode node) {
    return new AdaptationSpec(
        node.get("part").stringValue(),
        form(path, node),
        number(node, "scale", AdaptationSpec.DEFAULT_SCALE),
        number(node, "cap", Cap.NONE));
  }

  private static Form form(String path, JsonNode node) {
    Map<String, Integer> options = new LinkedHashMap<>();
    for (String key : Forms.optionKeys()) {
      if (node.has(key)) {
        options.put(key, node.get(key).intValue());
      }
    }
    try {
      boolean replace = node.path(Forms.REPLACE).asBoolean(false);
      return Forms.of(node.get("form").stringValue(), options, replace);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(path + "." + e.getMessage(), e);
    }
  }

  private static FitSpec fit(@Nullable JsonNode node) {
    return new FitSpec(
        (int) integer(node, "epochs", FitSpec.DEFAULT_EPOCHS),
        (int) integer(node, "batch", FitSpec.DEFAULT_BATCH),
        number(node, "learningRate", FitSpec.DEFAULT_LEARNING_RATE),
        number(node, "weightDecay", FitSpec.DEFAULT_WEIGHT_DECAY),
        number(node, "warmup", FitSpec.DEFAULT_WARMUP),
        number(node, "clip", FitSpec.DEFAULT_CLIP),
        (int) integer(node, "patience", FitSpec.DEFAULT_PATIENCE),
        integer(node, "seed", FitSpec.DEFAULT_SEED),
        number(node, "penalty", FitSpec.DEFAULT_PENALTY),
        node != null && node.has("products")
            ? ProductPrecision.of(node.get("products").stringValue())
            : FitSpec.DEFAULT_PRODUCTS);
  }

  private static EvaluationSpec evaluation(@Nullable JsonNode node) {
    return new EvaluationSpec(
        (int) integer(node, "bootstrap", EvaluationSpec.DEFAULT_BOOTSTRAP),
        integer(node, "seed", EvaluationSpec.DEFAULT_SEED));
  }

  private static void either(String path, JsonNode node, String first, String second) {
    boolean both = node.has(first) && node.has(second);
    if (both || (!node.has(first) && !node.has(second))) {
      throw new IllegalArgumentException(
          path
              + (both ? " has both " : " has neither ")
              + first
              + (both ? " and " : " nor ")
              + second
              + ". Expected exactly one of them, got "
              + (both ? "both." : "none."));
    }
  }

  private Path path(String key, JsonNode node) {
    try {
      return folder.resolve(node.stringValue());
    } catch (InvalidPathException e) {
      throw new IllegalArgumentException(
          key + " is not a path. Expected the path of a file, got " + node + ".", e);
    }
  }

  /** Puts the place in front of what a record says, which knows its own keys only. */
  private static <T> T at(String path, Supplier<T> made) {
    try {
      return made.get();
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(path + ": " + e.getMessage(), e);
    }
  }

  private static <V> Map<String, V> map(
      JsonNode node, Function<Map.Entry<String, JsonNode>, V> value) {
    Map<String, V> map = new LinkedHashMap<>();
    node.properties().forEach(entry -> map.put(entry.getKey(), value.apply(entry)));
    return map;
  }

  private static List<String> texts(@Nullable JsonNode node) {
    List<String> texts = new ArrayList<>();
    if (node != null) {
      node.forEach(text -> texts.add(text.stringValue()));
    }
    return texts;
  }

  private static List<Integer> widths(JsonNode node) {
    List<Integer> widths = new ArrayList<>();
    node.forEach(width -> widths.add(width.intValue()));
    return widths;
  }

  private static double number(@Nullable JsonNode node, String key, double otherwise) {
    JsonNode value = node == null ? null : node.get(key);
    return value == null ? otherwise : value.doubleValue();
  }

  private static long integer(@Nullable JsonNode node, String key, long otherwise) {
    JsonNode value = node == null ? null : node.get(key);
    return value == null ? otherwise : (long) value.doubleValue();
  }
}
