package io.hyperdelta.spec;

import io.hyperdelta.delta.Cap;
import io.hyperdelta.delta.Forms;
import io.hyperdelta.hypernetwork.HeadLayout;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Writes a spec that was built in code the way a file would say it. */
final class SpecWriter {
  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

  private SpecWriter() {}

  /** The spec as JSON that {@link SpecReader} reads back to the same settings. */
  static String json(Spec spec) {
    ObjectNode root = NODES.objectNode();
    root.put("name", spec.name());
    root.set("data", data(spec.data()));
    root.set("target", target(spec.target()));
    root.put("objective", spec.objective().key());
    section(root, "conditions", spec.conditions(), c -> condition(c));
    section(root, "hypernetworks", spec.hypernetworks(), h -> hypernetwork(h));
    section(root, "tables", spec.tables(), t -> table(t));
    section(root, "shared", spec.shared(), s -> shared(s));
    section(root, "fixed", spec.fixed(), f -> FixedParser.write(f, path(f.path())));
    root.set("fit", fit(spec.fit()));
    root.putObject("evaluate")
        .put("bootstrap", spec.evaluate().bootstrap())
        .put("seed", spec.evaluate().seed());
    if (spec.ensemble() != null) {
      root.set("ensemble", ensemble(root, spec));
    }
    return JsonMapper.shared().writeValueAsString(root);
  }

  /** A section that is there only if something is in it, as the schema wants it. */
  private static <V> void section(
      ObjectNode root, String key, Map<String, V> entries, Function<V, ObjectNode> writer) {
    if (!entries.isEmpty()) {
      ObjectNode node = root.putObject(key);
      entries.forEach((name, entry) -> node.set(name, writer.apply(entry)));
    }
  }

  /** Of each member what differs from the spec, key by key. */
  private static ObjectNode ensemble(ObjectNode root, Spec spec) {
    EnsembleSpec ensemble = Objects.requireNonNull(spec.ensemble());
    ObjectNode node = NODES.objectNode();
    ObjectNode members = node.putObject("members");
    // Read back, so that equal numbers are equal nodes.
    ObjectNode common = read(JsonMapper.shared().writeValueAsString(root));
    spec.members()
        .forEach(
            (name, member) -> {
              ObjectNode changes = EnsembleParser.changes(common, read(json(member)));
              changes.withObject("fit").put("seed", member.fit().seed());
              members.set(name, changes);
            });
    node.put("combine", ensemble.combine().key());
    node.put("bootstrap", ensemble.bootstrap().key());
    return node;
  }

  private static ObjectNode read(String json) {
    return (ObjectNode) JsonMapper.shared().readTree(json);
  }

  private static ObjectNode data(DataSpec data) {
    ObjectNode node = NODES.objectNode();
    if (data.rows() instanceof RowsSpec.File file) {
      node.put("rows", path(file.path()));
    } else {
      node.put("sql", ((RowsSpec.Query) data.rows()).sql());
    }
    node.put("label", data.label());
    if (!data.features().isEmpty()) {
      ArrayNode features = node.putArray("features");
      data.features().forEach(feature -> add(features, feature));
    }
    node.set("contexts", texts(data.contexts()));
    SplitSpec split = data.split();
    node.putObject("split")
        .put("unseenContexts", split.unseenContexts())
        .put("test", split.test())
        .put("validation", split.validation())
        .put("seed", split.seed());
    node.set("missing", texts(data.missing()));
    return node;
  }

  private static void add(ArrayNode features, FeatureSpec feature) {
    if (feature.type() == FeatureSpec.Type.AUTO) {
      features.add(feature.column());
    } else {
      features
          .addObject()
          .put("column", feature.column())
          .put("type", feature.type() == FeatureSpec.Type.NUMBER ? "number" : "category");
    }
  }

  private static ObjectNode target(TargetSpec target) {
    ObjectNode node = NODES.objectNode();
    if (target instanceof TargetSpec.Train train) {
      ObjectNode trained = node.putObject("train");
      trained.put("network", train.network().key());
      trained.set("hidden", numbers(((NetworkSpec.Mlp) train.network()).hidden()));
      trained.set("fit", fit(train.fit()));
    } else {
      TargetSpec.Onnx onnx = (TargetSpec.Onnx) target;
      node.put("onnx", path(onnx.path()));
      if (!onnx.inputs().isEmpty()) {
        ObjectNode inputs = node.putObject("inputs");
        onnx.inputs().forEach((name, input) -> inputs.set(name, input(input)));
      }
      if (onnx.output() != null) {
        node.put("output", onnx.output());
      }
    }
    return node;
  }

  private static JsonNode input(InputSpec input) {
    if (!input.vector()) {
      return texts(input.columns());
    }
    ObjectNode node = NODES.objectNode().put("column", input.columns().get(0));
    if (!input.shape().isEmpty()) {
      node.set("shape", numbers(input.shape()));
    }
    return node;
  }

  static ObjectNode hypernetwork(HypernetworkSpec spec) {
    ObjectNode node = NODES.objectNode();
    node.put("condition", spec.condition());
    node.set("trunk", numbers(spec.trunk()));
    node.put("latent", spec.latent());
    if (spec.dropout() > 0) {
      node.put("dropout", spec.dropout());
    }
    if (spec.heads() instanceof HeadLayout.Shared shared) {
      node.put("heads", SourceParser.SHARED).put("embedding", shared.embedding());
    }
    addFit(node, spec.fit());
    addAdaptations(node, spec.adaptations());
    return node;
  }

  private static ObjectNode table(TableSpec spec) {
    ObjectNode node = NODES.objectNode();
    node.put("column", spec.column()).put("unknown", spec.closed() ? "refuse" : "allow");
    addFit(node, spec.fit());
    addAdaptations(node, spec.adaptations());
    return node;
  }

  private static ObjectNode shared(SharedSpec spec) {
    ObjectNode node = NODES.objectNode();
    addFit(node, spec.fit());
    addAdaptations(node, spec.adaptations());
    return node;
  }

  private static void addFit(ObjectNode node, SourceFit fit) {
    if (fit.seed() != null) {
      node.put("seed", fit.seed());
    }
    if (fit.learningRate() != null) {
      node.put("learningRate", fit.learningRate());
    }
  }

  private static ObjectNode condition(ConditionSpec spec) {
    ObjectNode node = NODES.objectNode();
    ArrayNode columns = node.putArray("columns");
    spec.columns().forEach(column -> column(columns.addObject(), column));
    JoinSpec join = spec.join();
    if (join != null) {
      node.put("table", path(join.table())).put("unknown", join.open() ? "allow" : "refuse");
      node.putObject("key").put("rows", join.rowsKey()).put("table", join.tableKey());
    }
    node.put("constantNorm", spec.constantNorm());
    return node;
  }

  private static void column(ObjectNode one, ConditionColumn column) {
    if (column instanceof ConditionColumn.Encoded encoded) {
      encoded(one, encoded);
      return;
    }
    one.put("column", column.column());
    if (column instanceof ConditionColumn.Category category) {
      one.put("type", "category").put("unknown", category.closed() ? "refuse" : "allow");
      if (category.width() > 0) {
        one.put("width", category.width());
      }
    } else if (column instanceof ConditionColumn.Cyclic cyclic) {
      one.put("type", "cyclic").put("period", cyclic.period());
    } else if (column instanceof ConditionColumn.Text text) {
      one.put("type", "text").put("encoder", path(text.encoder()));
      one.put("maxTokens", text.maxTokens()).put("norm", text.unitNorm() ? "unit" : "none");
    } else {
      one.put("type", column instanceof ConditionColumn.Vector ? "vector" : "number");
    }
  }

  private static void encoded(ObjectNode one, ConditionColumn.Encoded column) {
    if (column.vectors()) {
      one.put("column", column.columns().get(0));
    } else {
      one.set("columns", texts(column.columns()));
    }
    one.put("type", column.vectors() ? "vector" : "number").put("encoder", path(column.encoder()));
    if (column.input() != null) {
      one.put("input", column.input());
    }
    if (column.output() != null) {
      one.put("output", column.output());
    }
  }

  private static void addAdaptations(ObjectNode node, List<AdaptationSpec> specs) {
    ArrayNode adaptations = node.putArray("adaptations");
    for (AdaptationSpec adaptation : specs) {
      ObjectNode one = adaptations.addObject();
      one.put("part", adaptation.part()).put("form", adaptation.form().name());
      adaptation.form().options().forEach(one::put);
      if (adaptation.form().replaces()) {
        one.put(Forms.REPLACE, true);
      }
      one.put("scale", adaptation.scale());
      if (adaptation.cap() != Cap.NONE) {
        one.put("cap", adaptation.cap());
      }
    }
  }

  private static ObjectNode fit(FitSpec fit) {
    ObjectNode node =
        NODES
            .objectNode()
            .put("epochs", fit.epochs())
            .put("batch", fit.batch())
            .put("learningRate", fit.learningRate())
            .put("weightDecay", fit.weightDecay())
            .put("warmup", fit.warmup())
            .put("clip", fit.clip())
            .put("patience", fit.patience())
            .put("seed", fit.seed());
    if (fit.penalty() != 0) {
      node.put("penalty", fit.penalty());
    }
    return fit.products() == FitSpec.DEFAULT_PRODUCTS
        ? node
        : node.put("products", fit.products().key());
  }

  private static ArrayNode texts(List<String> values) {
    ArrayNode node = NODES.arrayNode();
    values.forEach(node::add);
    return node;
  }

  private static ArrayNode numbers(List<Integer> values) {
    ArrayNode node = NODES.arrayNode();
    values.forEach(node::add);
    return node;
  }

  /** A bundle must not carry where on a machine the files lay. */
  private static String path(Path path) {
    Path here = Require.absolute(Path.of(""));
    Path shown = path.startsWith(here) ? here.relativize(path) : path.getFileName();
    return (shown == null ? path : shown).toString().replace('\\', '/');
  }
}
