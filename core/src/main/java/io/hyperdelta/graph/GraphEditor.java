package io.hyperdelta.graph;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
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
  private final FreeNames names = new FreeNames();
  // ONNX Runtime refuses a graph in which two nodes have the same name.
  private final FreeNames nodeNames = new FreeNames();
  private final Map<TensorValue, String> constants = new HashMap<>();
  private String prefix = "";

  private GraphEditor(Model model) {
    this.base = model.withDefaults();
    Graph graph = base.graph();
    this.inputs = new ArrayList<>(graph.inputs());
    this.outputs = new ArrayList<>(graph.outputs());
    this.initializers = new LinkedHashMap<>(graph.initializers());
    this.nodes = new ArrayList<>(graph.nodes());
    names.takeValues(graph);
    nodes.forEach(node -> nodeNames.take(node.name()));
  }

  /**
   * An editor of a copy of a model. Of an old file's model the inputs that only list initializers
   * are left out, since among what is added some are no inputs; see {@link Model#withDefaults}.
   */
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
    return names.isTaken(name);
  }

  /** A name that nothing has yet, made from the prefix and a wish. */
  public String freshName(String wish) {
    return names.fresh(prefix + wish);
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

  /** Whether a value is an initializer. */
  public boolean isInitializer(String name) {
    return initializers.containsKey(name);
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
    nodes.add(new Node(nodeNames.fresh(made.get(0)), domain, op, nodeInputs, made, attributes));
    return made;
  }

  /** Adds a node without attributes under a given output name, which must be free. */
  public void nodeInto(String output, String op, String... nodeInputs) {
    claim(output);
    nodes.add(
        new Node(nodeNames.fresh(output), "", op, List.of(nodeInputs), List.of(output), Map.of()));
  }

  /**
   * Moves a value out of the way: the node that makes {@code name} makes the returned fresh name
   * instead, while everything that reads {@code name} still does. The caller then adds a node that
   * makes {@code name}.
   *
   * @throws IllegalArgumentException if no node makes that value
   */
  public String divert(String name, String wish) {
    int place = makerOf(name);
    Node node = nodes.get(place);
    String fresh = freshName(wish);
    List<String> changed = new ArrayList<>(node.outputs());
    changed.set(changed.indexOf(name), fresh);
    nodes.set(place, node.with(node.inputs(), changed));
    names.free(name);
    return fresh;
  }

  /**
   * The node that makes a value.
   *
   * @throws IllegalArgumentException if none does
   */
  public Node maker(String value) {
    return nodes.get(makerOf(value));
  }

  /** The nodes that read a value, without those in subgraphs of others. */
  public List<Node> readers(String value) {
    return nodes.stream().filter(node -> node.inputs().contains(value)).toList();
  }

  private int makerOf(String value) {
    for (int i = 0; i < nodes.size(); i++) {
      if (nodes.get(i).outputs().contains(value)) {
        return i;
      }
    }
    throw new IllegalArgumentException("No node makes the value \"" + value + "\".");
  }

  /** Lets the node that makes a value read other inputs. */
  public void rewire(String value, List<String> newInputs) {
    Node node = maker(value);
    nodes.set(makerOf(value), node.with(newInputs, node.outputs()));
  }

  /**
   * Mean over one axis, which is kept with size 1.
   *
   * @throws IllegalArgumentException if the axis counts from the end and the version cannot
   */
  public String reduceMean(String x, long axis) {
    checkAxis(axis);
    Map<String, Attribute> keep = Map.of("keepdims", Attribute.of(1));
    return opset() >= 18
        ? node("ReduceMean", keep, x, constant(TensorValue.longs(axis)))
        : node("ReduceMean", ordered("axes", Attribute.ints(axis), "keepdims", Attribute.of(1)), x);
  }

  /**
   * Sum over one axis, which disappears.
   *
   * @throws IllegalArgumentException if the axis counts from the end and the version cannot
   */
  public String reduceSum(String x, long axis) {
    checkAxis(axis);
    return opset() >= 13
        ? node(
            "ReduceSum", Map.of("keepdims", Attribute.of(0)), x, constant(TensorValue.longs(axis)))
        : node("ReduceSum", ordered("axes", Attribute.ints(axis), "keepdims", Attribute.of(0)), x);
  }

  private void checkAxis(long axis) {
    if (axis < 0 && opset() < 11) {
      throw new IllegalArgumentException(
          "Axis %d counts from the end, which operator set version %d does not know. Expected 0 or more."
              .formatted(axis, opset()));
    }
  }

  /**
   * Normalises each row to mean 0 and variance 1, then scales and shifts it.
   *
   * @param x name of a float32 [rows, width]
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
    String centred = node("Sub", x, reduceMean(x, 1));
    String variance = reduceMean(node("Mul", centred, centred), 1);
    String deviation = node("Sqrt", node("Add", variance, constant(TensorValue.scalar(1e-5f))));
    return node("Add", node("Mul", node("Div", centred, deviation), scale), shift);
  }

  /** A value's size along its first axis, int64 [1]. */
  public String firstDim(String x) {
    return node("Gather", node("Shape", x), constant(TensorValue.longs(0)));
  }

  /** A tensor with an axis of size 1 put in. */
  public String unsqueeze(String x, long axis) {
    return opset() >= 13
        ? node("Unsqueeze", x, constant(TensorValue.longs(axis)))
        : node("Unsqueeze", Map.of("axes", Attribute.ints(axis)), x);
  }

  /**
   * Puts elements of one value around a float32 tensor.
   *
   * @param widths how many before each axis, then how many behind each axis
   */
  public String pad(String x, float value, long... widths) {
    return opset() >= 11
        ? node("Pad", x, constant(TensorValue.longs(widths)), constant(TensorValue.scalar(value)))
        : node("Pad", ordered("pads", Attribute.ints(widths), "value", Attribute.of(value)), x);
  }

  /** Where a float32 tensor is NaN, as booleans of its shape. */
  public String isNaN(String x) {
    if (opset() >= 9) {
      return node("IsNaN", x);
    }
    // NaN alone is neither below 0 nor above -1.
    String below = node("Less", x, constant(TensorValue.scalar(0)));
    String above = node("Greater", x, constant(TensorValue.scalar(-1)));
    return node("Not", node("Or", below, above));
  }

  /**
   * A float32 tensor with its NaNs replaced.
   *
   * @param replacement name of a float32 that broadcasts to x
   */
  public String replaceNaN(String x, String replacement) {
    String missing = isNaN(x);
    if (opset() >= 9) {
      return node("Where", missing, replacement, x);
    }
    // Version 7 cannot choose, and NaN times 0 stays NaN; but NaN to the power of 0 is 1.
    String one = node("Cast", Map.of("to", Attribute.of(Dtype.FLOAT.code())), missing);
    String power = node("Pow", x, node("Sub", constant(TensorValue.scalar(1)), one));
    return node("Add", node("Sub", power, one), node("Mul", one, replacement));
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
    List<Node> sorted = NodeOrder.sorted(nodes, outputs.stream().map(ValueInfo::name).toList());
    Set<String> wanted = new HashSet<>();
    sorted.forEach(node -> wanted.addAll(node.reads()));
    outputs.forEach(output -> wanted.add(output.name()));
    inputs.forEach(input -> wanted.add(input.name()));
    Map<String, TensorValue> kept = new LinkedHashMap<>(initializers);
    kept.keySet().retainAll(wanted);
    Graph graph = new Graph(name, inputs, outputs, kept, sorted, List.of());
    GraphCheck.check(graph, name);
    Map<String, Long> opsets = new LinkedHashMap<>(base.opsets());
    for (Node node : sorted) {
      // A domain that the base did not import comes in its first version but for this one.
      opsets.putIfAbsent(node.domain(), node.domain().equals(ML_DOMAIN) ? 2L : 1L);
    }
    return new Model(base.irVersion(), opsets, "hyperdelta", Map.of(), graph);
  }

  private void claim(String name) {
    if (!names.take(name)) {
      throw new IllegalArgumentException(
          "The name \"%s\" is taken in graph \"%s\". Expected a free one."
              .formatted(name, base.graph().name()));
    }
  }
}
