package io.hyperdelta.graph;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.LongStream;

/**
 * Makes initializers of what exporters hide in nodes: constants, and constants that are then cast,
 * transposed or reshaped. What is left computes the same, and its weights are where one looks for
 * them. Used once.
 */
public final class ConstantFolding {
  /**
   * How much larger than all constants together the tensors made of them may become. Half-precision
   * weights that are widened and then transposed take four times their size; a file that transposes
   * one large tensor a thousand times asks for more, and keeps its nodes.
   */
  private static final long GROWTH = 4;

  /** Small models may grow by any factor. */
  private static final long FREE_BYTES = 1 << 20;

  private final Model model;
  private final Graph graph;
  private final Set<String> outputs = new HashSet<>();
  private final Map<String, TensorValue> constants = new HashMap<>();
  private final Map<String, TensorValue> lifted = new LinkedHashMap<>();
  private final List<Node> left = new ArrayList<>();
  private long budget;

  private ConstantFolding(Model model) {
    this.model = model.withDefaults();
    this.graph = this.model.graph();
    graph.outputs().forEach(output -> outputs.add(output.name()));
    constants.putAll(graph.initializers());
    graph.inputs().forEach(input -> constants.remove(input.name()));
  }

  /**
   * The model with its constants as initializers, each under the name of the value that it was. The
   * other nodes stay as they are, in their order, and so does a node that makes an output of the
   * graph. Initializers that nothing reads any more go. The result is in a version of the file
   * format that knows defaults; see {@link Model#withDefaults}.
   *
   * <p>Folded are Constant, Identity, Transpose, Cast, Reshape, Squeeze, Unsqueeze and Flatten,
   * outside of subgraphs. A node of theirs that asks for the impossible stays, for whoever runs the
   * model to refuse.
   *
   * @throws ModelException if such a node has an attribute of the wrong type
   */
  public static Model fold(Model model) {
    return new ConstantFolding(model).fold();
  }

  private Model fold() {
    budget = FREE_BYTES + GROWTH * byteCount();
    for (Node node : graph.nodes()) {
      Optional<TensorValue> value = value(node);
      if (value.isPresent()) {
        constants.put(node.output(), value.get());
        lifted.put(node.output(), value.get());
      } else {
        left.add(node);
      }
    }
    Map<String, TensorValue> initializers = new LinkedHashMap<>(graph.initializers());
    initializers.putAll(lifted);
    Set<String> gone = new HashSet<>(initializers.keySet());
    initializers.keySet().retainAll(wanted());
    gone.removeAll(initializers.keySet());
    return model.withGraph(
        new Graph(
            graph.name(),
            graph.inputs(),
            graph.outputs(),
            initializers,
            left,
            graph.values().stream().filter(info -> !gone.contains(info.name())).toList()));
  }

  private Set<String> wanted() {
    Set<String> wanted = new HashSet<>(outputs);
    graph.inputs().forEach(input -> wanted.add(input.name()));
    left.forEach(node -> wanted.addAll(node.reads()));
    return wanted;
  }

  private long byteCount() {
    long count = 0;
    for (TensorValue value : constants.values()) {
      count += byteCount(value);
    }
    for (Node node : graph.nodes()) {
      if (node.attributes().get("value") instanceof Attribute.Tensor tensor) {
        count += byteCount(tensor.value());
      }
    }
    return count;
  }

  /** Of texts the references, since the texts themselves are never copied. */
  private static long byteCount(TensorValue value) {
    return value.dtype() == Dtype.STRING ? 8L * value.elementCount() : value.bytes().remaining();
  }

  private Optional<TensorValue> value(Node node) {
    boolean makesOneValue =
        node.domain().isEmpty() && node.outputs().size() == 1 && !node.output().isEmpty();
    if (!makesOneValue || outputs.contains(node.output())) {
      return Optional.empty();
    }
    if (node.op().equals("Constant")) {
      return constant(node);
    }
    TensorValue x = node.hasInput(0) ? constants.get(node.inputs().get(0)) : null;
    if (x == null || node.inputs().size() > 2) {
      return Optional.empty();
    }
    return switch (node.op()) {
      case "Identity" -> Optional.of(x);
      case "Cast" -> cast(node, x);
      case "Transpose" -> transpose(node, x);
      case "Reshape" -> reshape(node, x);
      case "Squeeze" -> squeeze(node, x);
      case "Unsqueeze" -> unsqueeze(node, x);
      case "Flatten" -> flatten(node, x);
      default -> Optional.empty();
    };
  }

  private static Optional<TensorValue> constant(Node node) {
    if (node.attributes().size() != 1) {
      return Optional.empty();
    }
    String key = node.attributes().keySet().iterator().next();
    return switch (key) {
      case "value" ->
          node.attribute(key, Attribute.Tensor.class, "a tensor").map(Attribute.Tensor::value);
      case "value_float" -> Optional.of(TensorValue.scalar(node.realAttribute(key, 0)));
      case "value_int" -> Optional.of(TensorValue.ofLongs(new long[] {node.intAttribute(key, 0)}));
      case "value_string" ->
          Optional.of(TensorValue.ofStrings(List.of(node.textAttribute(key, ""))));
      case "value_floats" ->
          node.attribute(key, Attribute.Reals.class, "real numbers").map(ConstantFolding::reals);
      case "value_ints" -> Optional.ofNullable(node.intsAttribute(key)).map(TensorValue::longs);
      case "value_strings" ->
          node.attribute(key, Attribute.Texts.class, "texts")
              .map(texts -> TensorValue.ofStrings(texts.values(), texts.values().size()));
      default -> Optional.empty();
    };
  }

  private static TensorValue reals(Attribute.Reals reals) {
    float[] values = new float[reals.values().size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = reals.values().get(i);
    }
    return TensorValue.ofFloats(values, values.length);
  }

  private Optional<TensorValue> cast(Node node, TensorValue x) {
    long code = node.intAttribute("to", 0);
    Optional<Dtype> to = code == (int) code ? Dtype.find((int) code) : Optional.empty();
    return to.filter(
            dtype -> dtype == x.dtype() || pay((long) x.elementCount() * dtype.byteWidth()))
        .flatMap(dtype -> TensorMath.cast(x, dtype));
  }

  private Optional<TensorValue> transpose(Node node, TensorValue x) {
    long[] attribute = node.intsAttribute("perm");
    int[] order = new int[x.rank()];
    for (int i = 0; i < order.length; i++) {
      order[i] = order.length - 1 - i;
    }
    if (attribute != null) {
      long[] sorted = Arrays.stream(attribute).sorted().toArray();
      if (!Arrays.equals(sorted, LongStream.range(0, x.rank()).toArray())) {
        return Optional.empty();
      }
      Arrays.setAll(order, i -> (int) attribute[i]);
    }
    return pay(byteCount(x)) ? Optional.of(TensorMath.transpose(x, order)) : Optional.empty();
  }

  /** Takes the bytes of a new tensor off the budget, if it has them. */
  private boolean pay(long bytes) {
    if (bytes > budget) {
      return false;
    }
    budget -= bytes;
    return true;
  }

  private Optional<TensorValue> reshape(Node node, TensorValue x) {
    Optional<long[]> wanted = node.hasInput(1) ? integers(node, 1) : Optional.empty();
    boolean allowZero = node.intAttribute("allowzero", 0) != 0;
    return wanted.flatMap(shape -> ConstantShapes.reshape(x, shape, allowZero));
  }

  private Optional<TensorValue> squeeze(Node node, TensorValue x) {
    Optional<long[]> axes = hasAxes(node) ? axes(node) : Optional.of(new long[0]);
    return axes.flatMap(given -> ConstantShapes.squeeze(x, given));
  }

  private Optional<TensorValue> unsqueeze(Node node, TensorValue x) {
    return hasAxes(node)
        ? axes(node).flatMap(axes -> ConstantShapes.unsqueeze(x, axes))
        : Optional.empty();
  }

  private static Optional<TensorValue> flatten(Node node, TensorValue x) {
    return ConstantShapes.flatten(x, node.intAttribute("axis", 1));
  }

  private boolean hasAxes(Node node) {
    return axesAreInput() ? node.hasInput(1) : node.attributes().containsKey("axes");
  }

  private Optional<long[]> axes(Node node) {
    return axesAreInput() ? integers(node, 1) : Optional.ofNullable(node.intsAttribute("axes"));
  }

  private boolean axesAreInput() {
    return model.opset() >= 13;
  }

  private Optional<long[]> integers(Node node, int position) {
    return Optional.ofNullable(constants.get(node.inputs().get(position)))
        .filter(v -> v.dtype() == Dtype.INT64 && v.elementCount() <= TensorCodec.MAX_RANK)
        .map(TensorValue::longs);
  }
}
