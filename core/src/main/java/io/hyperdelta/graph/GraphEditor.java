package io.hyperdelta.graph;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Builds a graph, or a changed copy of one. Nodes may be added in any order; {@link #finish} sorts
 * them. Not thread-safe.
 *
 * <p>The convenience methods ({@link #reduceMean} and the like) hide where operator set versions
 * differ, so callers write one graph for every supported version.
 */
public final class GraphEditor {
  /** Domain of ONNX's operators for text and classic machine learning. */
  public static final String ML_DOMAIN = "ai.onnx.ml";

  private final Model base;
  private final List<ValueInfo> inputs;
  private final List<ValueInfo> outputs;
  private final Map<String, TensorValue> initializers;
  private final List<Node> nodes;
  private final Set<String> names = new HashSet<>();
  private final Set<String> nodeNames = new HashSet<>();
  private final Map<TensorValue, String> constants = new HashMap<>();
  private String prefix = "";

  private GraphEditor(Model base) {
    this.base = base;
    Graph graph = base.graph();
    this.inputs = new ArrayList<>(graph.inputs());
    this.outputs = new ArrayList<>(graph.outputs());
    this.initializers = new LinkedHashMap<>(graph.initializers());
    this.nodes = new ArrayList<>(graph.nodes());
    inputs.forEach(input -> names.add(input.name()));
    names.addAll(initializers.keySet());
    nodes.forEach(node -> names.addAll(node.outputs()));
    nodes.forEach(node -> nodeNames.add(node.name()));
  }

  /** An editor of a copy of a model. */
  public static GraphEditor of(Model model) {
    return new GraphEditor(model);
  }

  /**
   * An editor of an empty graph.
   *
   * @param opset version of ONNX's own operator set
   */
  public static GraphEditor empty(String name, int opset) {
    Graph graph = new Graph(name, List.of(), List.of(), Map.of(), List.of(), List.of());
    return new GraphEditor(new Model(8, Map.of("", (long) opset), "hyperdelta", Map.of(), graph));
  }

  /** Version of ONNX's own operator set that the graph is written in. */
  public int opset() {
    return base.opset();
  }

  /**
   * Names of values and nodes made from now on begin with this.
   *
   * @param newPrefix such as {@code "hyperdelta/fc1.weight/"}, possibly empty
   */
  public void prefix(String newPrefix) {
    prefix = newPrefix;
  }

  /** Whether a value has this name. */
  public boolean has(String name) {
    return names.contains(name);
  }

  /** A name that nothing has yet, made from the prefix and a wish. */
  public String freshName(String wish) {
    String name = prefix + wish;
    for (int i = 2; !names.add(name); i++) {
      name = prefix + wish + "_" + i;
    }
    return name;
  }

  /**
   * Adds an input.
   *
   * @return its name
   * @throws IllegalArgumentException if the name is taken
   */
  public String input(String name, TensorType type) {
    claim(name);
    inputs.add(new ValueInfo(name, type));
    return name;
  }

  /**
   * Adds an input that callers may leave out.
   *
   * @param type its declared type, which may leave axes open that the default fixes
   * @return its name
   */
  public String optionalInput(String name, TensorType type, TensorValue otherwise) {
    claim(name);
    inputs.add(new ValueInfo(name, type));
    initializers.put(name, otherwise);
    return name;
  }

  /**
   * Adds an initializer under this very name.
   *
   * @return its name
   */
  public String initializer(String name, TensorValue value) {
    claim(name);
    initializers.put(name, value);
    return name;
  }

  /** Replaces the value of an initializer. */
  public void replaceInitializer(String name, TensorValue value) {
    if (initializers.replace(name, value) == null) {
      throw new IllegalArgumentException("There is no initializer \"" + name + "\".");
    }
  }

  /** Value of an initializer. */
  public TensorValue initializer(String name) {
    TensorValue value = initializers.get(name);
    if (value == null) {
      throw new IllegalArgumentException("There is no initializer \"" + name + "\".");
    }
    return value;
  }

  /**
   * A constant that nobody needs to find again; equal constants are kept once. Returns its name.
   */
  public String constant(TensorValue value) {
    String known = constants.get(value);
    if (known != null) {
      return known;
    }
    String name = freshName("constant");
    initializers.put(name, value);
    constants.put(value, name);
    return name;
  }

  /** Adds an output that some node makes. */
  public void output(String name, TensorType type) {
    outputs.add(new ValueInfo(name, type));
  }

  /** Removes all outputs, for a graph that is to give something else. */
  public void clearOutputs() {
    outputs.clear();
  }

  /** Adds a node of ONNX's own domain with one output; returns the output's name. */
  public String node(String op, Map<String, Attribute> attributes, String... nodeInputs) {
    return node("", op, attributes, List.of(nodeInputs));
  }

  /** Adds a node without attributes; returns the output's name. */
  public String node(String op, String... nodeInputs) {
    return node("", op, Map.of(), List.of(nodeInputs));
  }

  /** Adds a node with one output; returns the output's name. */
  public String node(
      String domain, String op, Map<String, Attribute> attributes, List<String> nodeInputs) {
    return nodes(domain, op, attributes, nodeInputs, 1).get(0);
  }

  /** Adds a node with some outputs; returns their names. */
  public List<String> nodes(
      String domain,
      String op,
      Map<String, Attribute> attributes,
      List<String> nodeInputs,
      int outputCount) {
    List<String> made = new ArrayList<>();
    for (int i = 0; i < outputCount; i++) {
      made.add(freshName(op));
    }
    nodes.add(new Node(nodeName(made.get(0)), domain, op, nodeInputs, made, attributes));
    return made;
  }

  /** Adds a node without attributes under a given output name, which must be free. */
  public void nodeInto(String output, String op, String... nodeInputs) {
    claim(output);
    nodes.add(new Node(nodeName(output), "", op, List.of(nodeInputs), List.of(output), Map.of()));
  }

  /** ONNX Runtime refuses a graph in which two nodes have the same name. */
  private String nodeName(String output) {
    String name = output;
    for (int i = 2; !nodeNames.add(name); i++) {
      name = output + "_" + i;
    }
    return name;
  }

  /**
   * Moves a value out of the way: the node that makes {@code name} makes the returned fresh name
   * instead, while everything that reads {@code name} still does. The caller then adds a node that
   * makes {@code name}.
   *
   * @throws IllegalArgumentException if no node makes that value
   */
  public String divert(String name, String wish) {
    for (int i = 0; i < nodes.size(); i++) {
      Node node = nodes.get(i);
      int position = node.outputs().indexOf(name);
      if (position >= 0) {
        String fresh = freshName(wish);
        List<String> changed = new ArrayList<>(node.outputs());
        changed.set(position, fresh);
        nodes.set(i, node.with(node.inputs(), changed));
        names.remove(name);
        return fresh;
      }
    }
    throw new IllegalArgumentException("No node makes the value \"" + name + "\".");
  }

  /** Mean over one axis, which is kept with size 1. */
  public String reduceMean(String x, long axis) {
    Map<String, Attribute> keep = Map.of("keepdims", Attribute.of(1));
    return opset() >= 18
        ? node("ReduceMean", keep, x, constant(TensorValue.longs(axis)))
        : node("ReduceMean", ordered("axes", Attribute.ints(axis), "keepdims", Attribute.of(1)), x);
  }

  /** Sum over one axis, which disappears. */
  public String reduceSum(String x, long axis) {
    return opset() >= 13
        ? node(
            "ReduceSum", Map.of("keepdims", Attribute.of(0)), x, constant(TensorValue.longs(axis)))
        : node("ReduceSum", ordered("axes", Attribute.ints(axis), "keepdims", Attribute.of(0)), x);
  }

  /**
   * Normalises the last axis to mean 0 and variance 1, then scales and shifts it.
   *
   * @param scale name of a float32 [width]
   * @param shift name of a float32 [width]
   */
  public String layerNormalization(String x, String scale, String shift) {
    if (opset() >= 17) {
      return node(
          "LayerNormalization",
          ordered("axis", Attribute.of(-1), "epsilon", Attribute.of(1e-5f)),
          x,
          scale,
          shift);
    }
    String centred = node("Sub", x, reduceMean(x, -1));
    String variance = reduceMean(node("Mul", centred, centred), -1);
    String deviation = node("Sqrt", node("Add", variance, constant(TensorValue.scalar(1e-5f))));
    return node("Add", node("Mul", node("Div", centred, deviation), scale), shift);
  }

  /** A value's size along its first axis, int64 [1]. */
  public String firstDim(String x) {
    return node(
        "Slice", node("Shape", x), constant(TensorValue.longs(0)), constant(TensorValue.longs(1)));
  }

  /** One map of two attributes in this order: the order is part of a file's bytes. */
  private static Map<String, Attribute> ordered(
      String key1, Attribute value1, String key2, Attribute value2) {
    Map<String, Attribute> attributes = new LinkedHashMap<>();
    attributes.put(key1, value1);
    attributes.put(key2, value2);
    return attributes;
  }

  /**
   * The graph as edited: nodes sorted, those that no output needs left out, and initializers that
   * nothing reads with them.
   *
   * @param name the graph's name
   * @throws ModelException if the graph is not well formed
   */
  public Model finish(String name) {
    List<Node> sorted = sorted();
    Set<String> read = new LinkedHashSet<>();
    sorted.forEach(node -> addReads(node, read));
    outputs.forEach(output -> read.add(output.name()));
    Map<String, TensorValue> kept = new LinkedHashMap<>();
    initializers.forEach(
        (key, value) -> {
          if (read.contains(key) || inputs.stream().anyMatch(input -> input.name().equals(key))) {
            kept.put(key, value);
          }
        });
    Graph graph = new Graph(name, inputs, outputs, kept, sorted, List.of());
    GraphCheck.check(graph, name);
    Map<String, Long> opsets = new LinkedHashMap<>(base.opsets());
    for (Node node : sorted) {
      // A domain that the base did not import comes in its first version but for this one.
      opsets.putIfAbsent(node.domain(), node.domain().equals(ML_DOMAIN) ? 2L : 1L);
    }
    return new Model(base.irVersion(), opsets, "hyperdelta", Map.of(), graph);
  }

  private static void addReads(Node node, Set<String> read) {
    read.addAll(node.inputs());
    for (Attribute attribute : node.attributes().values()) {
      if (attribute instanceof Attribute.Subgraph subgraph) {
        subgraph.value().nodes().forEach(inner -> addReads(inner, read));
        subgraph.value().outputs().forEach(output -> read.add(output.name()));
      }
    }
  }

  /** Nodes that the outputs need, each after those it reads from, else in the order of adding. */
  private List<Node> sorted() {
    // Nodes are told apart by identity: comparing them would compare the tensors they carry.
    Map<String, Node> makers = new HashMap<>();
    nodes.forEach(node -> node.outputs().forEach(output -> makers.put(output, node)));
    Set<Node> needed = needed(makers);
    Set<Node> done = identitySet();
    Set<Node> open = identitySet();
    List<Node> order = new ArrayList<>();
    for (Node start : nodes) {
      // An explicit stack: graphs can be deeper than Java's.
      Deque<Node> stack = new ArrayDeque<>();
      if (needed.contains(start) && !done.contains(start)) {
        stack.push(start);
      }
      while (!stack.isEmpty()) {
        Node node = stack.peek();
        open.add(node);
        Optional<Node> waitsFor =
            reads(node).stream()
                .map(makers::get)
                .filter(m -> m != null && !done.contains(m))
                .findFirst();
        if (waitsFor.isEmpty()) {
          stack.pop();
          done.add(node);
          order.add(node);
        } else if (open.contains(waitsFor.get())) {
          throw new ModelException(
              "The graph has a cycle through %s.".formatted(waitsFor.get().title()));
        } else {
          stack.push(waitsFor.get());
        }
      }
    }
    return order;
  }

  private Set<Node> needed(Map<String, Node> makers) {
    Set<Node> needed = identitySet();
    Deque<String> open = new ArrayDeque<>(outputs.stream().map(ValueInfo::name).toList());
    while (!open.isEmpty()) {
      Node maker = makers.get(open.pop());
      if (maker != null && needed.add(maker)) {
        open.addAll(reads(maker));
      }
    }
    return needed;
  }

  private static Set<Node> identitySet() {
    return Collections.newSetFromMap(new IdentityHashMap<>());
  }

  private static Set<String> reads(Node node) {
    Set<String> read = new LinkedHashSet<>();
    addReads(node, read);
    read.remove("");
    return read;
  }

  private void claim(String name) {
    if (!names.add(name)) {
      throw new IllegalArgumentException(
          "The name \"%s\" is taken in graph \"%s\". Expected a free one."
              .formatted(name, base.graph().name()));
    }
  }
}
