package io.hyperdelta.graph;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Several models in one graph in which equal values are made once. Not thread-safe.
 *
 * <p>Source: value numbering (Cocke and Schwartz 1970, "Programming languages and their compilers")
 * over graphs that are in running order: a node is an earlier one if operator, attributes and
 * inputs are equal, an initializer if its elements are, an input if name and type are.
 */
public final class GraphUnion {
  /** Operators that give something else each time: two of them are never one. */
  private static final Set<String> RANDOM =
      Set.of(
          "Bernoulli",
          "Dropout",
          "Multinomial",
          "RandomNormal",
          "RandomNormalLike",
          "RandomUniform",
          "RandomUniformLike");

  private final FreeNames names = new FreeNames();
  private final FreeNames nodeNames = new FreeNames();
  private final Map<String, ValueInfo> inputs = new LinkedHashMap<>();
  private final Map<String, TensorValue> initializers = new LinkedHashMap<>();
  private final Map<TensorValue, String> constants = new HashMap<>();
  private final List<Node> nodes = new ArrayList<>();
  private final Map<Key, List<String>> made = new HashMap<>();
  private final Map<String, Long> opsets = new LinkedHashMap<>();
  private long irVersion;

  /**
   * What tells two nodes apart.
   *
   * @param inputs names in the union
   * @param wanted for each output whether somebody may read it
   */
  private record Key(
      String domain,
      String op,
      Map<String, Attribute> attributes,
      List<String> inputs,
      List<Boolean> wanted) {}

  /**
   * Prepares an empty union.
   *
   * @param models all that will be added: their inputs keep their names, and so do the values
   *     inside subgraphs
   * @param reserved names that no value made by a node may have, since the caller will give them
   */
  public GraphUnion(List<Model> models, List<String> reserved) {
    reserved.forEach(names::take);
    for (Model model : models) {
      Graph graph = model.withDefaults().graph();
      graph.inputs().forEach(input -> names.take(input.name()));
      graph.nodes().forEach(node -> takeInner(node.attributes().values()));
    }
  }

  private void takeInner(Iterable<Attribute> attributes) {
    for (Attribute attribute : attributes) {
      if (attribute instanceof Attribute.Subgraph subgraph) {
        names.takeValues(subgraph.value());
      }
    }
  }

  /**
   * Adds a model. A value that is not there yet keeps its name if that is free.
   *
   * @param prefix what the names of new values begin with otherwise, such as {@code "near/"}
   * @return from the names of the model's values to those in the union, the outputs' among them
   * @throws IllegalArgumentException if an input has another type or default than one of the same
   *     name, or the model is written in another version of an operator set
   */
  public Map<String, String> add(String prefix, Model added) {
    Model model = added.withDefaults();
    model.opsets().forEach(this::addOpset);
    irVersion = Math.max(irVersion, model.irVersion());
    Graph graph = model.graph();
    Map<String, String> renamed = new HashMap<>();
    graph.inputs().forEach(input -> addInput(input, graph.initializers().get(input.name())));
    graph.inputs().forEach(input -> renamed.put(input.name(), input.name()));
    graph
        .initializers()
        .forEach(
            (name, value) -> renamed.computeIfAbsent(name, k -> initializer(prefix, name, value)));
    graph.nodes().forEach(node -> addNode(prefix, node, renamed));
    return renamed;
  }

  private void addOpset(String domain, long version) {
    Long known = opsets.putIfAbsent(domain, version);
    if (known != null && known != version) {
      throw new IllegalArgumentException(
          "Models in two versions of operator set \"%s\" cannot be one. Expected version %d, got %d."
              .formatted(domain, known, version));
    }
  }

  private void addInput(ValueInfo input, @Nullable TensorValue otherwise) {
    ValueInfo known = inputs.putIfAbsent(input.name(), input);
    if (known == null) {
      if (otherwise != null) {
        initializers.put(input.name(), otherwise);
      }
      return;
    }
    TensorValue before = initializers.get(input.name());
    if (!known.equals(input) || !Objects.equals(before, otherwise)) {
      throw new IllegalArgumentException(
          "Input \"%s\" means two things. Expected %s with default %s, got %s with default %s."
              .formatted(input.name(), known.declared(), before, input.declared(), otherwise));
    }
  }

  private String initializer(String prefix, String name, TensorValue value) {
    return constants.computeIfAbsent(
        value,
        k -> {
          String given = value(prefix, name);
          initializers.put(given, value);
          return given;
        });
  }

  private String value(String prefix, String name) {
    return names.take(name) ? name : names.fresh(prefix + name);
  }

  private void addNode(String prefix, Node node, Map<String, String> renamed) {
    UnaryOperator<String> lookUp = name -> renamed.getOrDefault(name, name);
    List<String> read = node.inputs().stream().map(lookUp).toList();
    Map<String, Attribute> attributes = Captured.renamed(node.attributes(), renamed);
    List<Boolean> wanted = node.outputs().stream().map(output -> !output.isEmpty()).toList();
    Key key = new Key(node.domain(), node.op(), attributes, read, wanted);
    List<String> outputs = isRandom(node) ? null : made.get(key);
    if (outputs == null) {
      outputs =
          node.outputs().stream()
              .map(output -> output.isEmpty() ? output : value(prefix, output))
              .toList();
      made.put(key, outputs);
      String own = node.name();
      String name = own.isEmpty() || nodeNames.take(own) ? own : nodeNames.fresh(prefix + own);
      nodes.add(new Node(name, node.domain(), node.op(), read, outputs, attributes));
    }
    for (int i = 0; i < outputs.size(); i++) {
      renamed.put(node.outputs().get(i), outputs.get(i));
    }
    renamed.remove("");
  }

  private static boolean isRandom(Node node) {
    if (RANDOM.contains(node.op())) {
      return true;
    }
    return node.attributes().values().stream()
        .anyMatch(
            attribute ->
                attribute instanceof Attribute.Subgraph subgraph
                    && subgraph.value().nodes().stream().anyMatch(GraphUnion::isRandom));
  }

  /**
   * An editor of the union, which has no outputs yet; {@link GraphEditor#finish} leaves out what
   * the outputs do not need. The reserved names are free in it.
   */
  public GraphEditor editor() {
    Graph graph =
        new Graph("union", List.copyOf(inputs.values()), List.of(), initializers, nodes, List.of());
    return GraphEditor.of(new Model(irVersion, opsets, "hyperdelta", Map.of(), graph));
  }
}
