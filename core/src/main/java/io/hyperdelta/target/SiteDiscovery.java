package io.hyperdelta.target;

import io.hyperdelta.graph.Attribute;
import io.hyperdelta.graph.Dim;
import io.hyperdelta.graph.Dtype;
import io.hyperdelta.graph.Graph;
import io.hyperdelta.graph.Model;
import io.hyperdelta.graph.Node;
import io.hyperdelta.graph.TensorValue;
import io.hyperdelta.graph.ValueInfo;
import io.hyperdelta.target.Drafts.Shape;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Finds the sites of a graph: weights and biases of linear layers, written as Gemm or as MatMul
 * with or without an Add, the weight on either side; kernels and biases of convolutions over one or
 * two axes and of their transposes; the inputs' weights and biases of recurrent layers; tables of
 * embeddings; scales and shifts of normalisations, fused or spelled out.
 *
 * <p>A parameter that some node uses in another way is no site, since a delta could not reach that
 * use.
 */
final class SiteDiscovery {
  private final Graph graph;
  private final Map<String, List<Node>> readers = new HashMap<>();
  private final Map<String, Node> makers = new HashMap<>();
  private final Map<String, Integer> readCounts = new HashMap<>();
  private final Set<String> inputs = new HashSet<>();
  private final Set<String> outputs = new HashSet<>();
  private final Map<String, Integer> ranks = new HashMap<>();
  private final Drafts drafts = new Drafts();
  private final RecurrentSites recurrent;

  private SiteDiscovery(Graph graph) {
    this.graph = graph;
    graph.outputs().forEach(output -> outputs.add(output.name()));
    graph.inputs().forEach(input -> inputs.add(input.name()));
    Stream.concat(graph.values().stream(), graph.inputs().stream()).forEach(this::noteRank);
    this.recurrent = new RecurrentSites(graph, drafts);
    for (Node node : graph.nodes()) {
      node.outputs().forEach(value -> makers.put(value, node));
      node.reads()
          .forEach(value -> readers.computeIfAbsent(value, k -> new ArrayList<>()).add(node));
    }
    countReads(graph);
  }

  private void noteRank(ValueInfo value) {
    List<Dim> dims = value.type().dims();
    if (dims != null) {
      ranks.put(value.name(), dims.size());
    }
  }

  /** Counts how often nodes read each value; to be an output, of a subgraph too, is to be read. */
  private void countReads(Graph part) {
    part.outputs().forEach(output -> readCounts.merge(output.name(), 1, Integer::sum));
    for (Node node : part.nodes()) {
      node.inputs().forEach(input -> readCounts.merge(input, 1, Integer::sum));
      for (Attribute attribute : node.attributes().values()) {
        if (attribute instanceof Attribute.Subgraph subgraph) {
          countReads(subgraph.value());
        }
      }
    }
  }

  static List<Site> sites(Model model) {
    SiteDiscovery discovery = new SiteDiscovery(model.graph());
    model.graph().nodes().forEach(discovery::visit);
    return discovery.drafts.sites(model.graph(), discovery.readCounts);
  }

  private void visit(Node node) {
    if (!node.domain().isEmpty()) {
      return;
    }
    if (RecurrentSites.GATES.containsKey(node.op())) {
      // Any of its outputs may be the only one.
      if (node.outputs().stream().anyMatch(output -> !output.isEmpty())) {
        recurrent.visit(node);
      }
      return;
    }
    if (!makesValue(node)) {
      return;
    }
    switch (node.op()) {
      case "Gemm" -> visitGemm(node);
      case "MatMul" -> visitMatMul(node);
      case "Conv" -> visitConvolution(node, false);
      case "ConvTranspose" -> visitConvolution(node, true);
      case "Gather" -> visitGather(node);
      case "BatchNormalization", "InstanceNormalization" -> visitNormalization(node, 1);
      case "LayerNormalization" -> visitNormalization(node, -1);
      case "Mul" -> visitMul(node);
      default -> {}
    }
  }

  /** Whether the first output is there; broken exporters leave nodes without. */
  private static boolean makesValue(Node node) {
    return !node.outputs().isEmpty() && !node.output().isEmpty();
  }

  private void visitGemm(Node node) {
    TensorValue weight = parameter(node, 1, 2);
    if (weight == null || node.intAttribute("transA", 0) != 0) {
      return;
    }
    boolean transposed = node.intAttribute("transB", 0) != 0;
    long in = weight.dim(transposed ? 1 : 0);
    long out = weight.dim(transposed ? 0 : 1);
    boolean biased = node.hasInput(2) && isVector(node.inputs().get(2), out);
    Use use = new Use("Gemm", node.inputs().get(0), node.output(), node.realAttribute("alpha", 1));
    float beta = node.realAttribute("beta", 1);
    Layout layout = transposed ? Layout.OUT_IN : Layout.IN_OUT;
    drafts.add(
        node,
        1,
        "weight",
        Shape.matrix(SiteKind.WEIGHT, weight.dims(), layout, in, out, biased),
        node.hasInput(2) ? use.adding(node.inputs().get(2), beta) : use);
    if (biased) {
      addVector(node, 2, "bias", SiteKind.BIAS, out, new Use("Gemm", "", node.output(), beta));
    }
  }

  private void visitMatMul(Node node) {
    TensorValue right = parameter(node, 1, 2);
    if (right != null) {
      visitProduct(node, 1, right, Layout.IN_OUT, Axes.UNITS_LAST);
      return;
    }
    TensorValue left = parameter(node, 0, 2);
    boolean meetsColumns =
        left != null
            && node.hasInput(1)
            && !graph.initializers().containsKey(node.inputs().get(1))
            && ranks.getOrDefault(node.inputs().get(1), 2) >= 2;
    if (left != null && meetsColumns) {
      visitProduct(node, 0, left, Layout.OUT_IN, Axes.COLUMNS);
    }
  }

  private void visitProduct(Node node, int position, TensorValue weight, Layout layout, Axes axes) {
    long out = weight.dim(position);
    long in = weight.dim(1 - position);
    Node add = biasAdd(node, out, axes == Axes.COLUMNS ? 1 : 0);
    drafts.add(
        node,
        position,
        "weight",
        Shape.matrix(SiteKind.WEIGHT, weight.dims(), layout, in, out, add != null),
        new Use("MatMul", node.inputs().get(1 - position), node.output(), 1).along(axes));
    if (add != null) {
      addBias(node, add, out, axes);
    }
  }

  private void visitConvolution(Node node, boolean transposed) {
    TensorValue kernel = parameter(node, 1, 3);
    TensorValue wide = parameter(node, 1, 4);
    TensorValue weight = kernel != null ? kernel : wide;
    if (weight == null || !node.hasInput(0)) {
      return;
    }
    int spatial = weight.rank() - 2;
    long group = node.intAttribute("group", 1);
    if (transposed && !isTransposable(node, weight, group, spatial)) {
      return;
    }
    long out = transposed ? weight.dim(1) * group : weight.dim(0);
    boolean hasBias = node.hasInput(2);
    boolean inside = hasBias && isVector(node.inputs().get(2), out);
    Node add = hasBias ? null : biasAdd(node, out, spatial);
    Use use =
        new Use(node.op(), node.inputs().get(0), node.output(), 1)
            .along(Axes.CHANNELS_FIRST)
            .with(node.attributes());
    Layout layout = transposed ? Layout.CHANNELS_OUT_WINDOW : Layout.OUT_IN;
    long in = weight.elementCount() / out;
    drafts.add(
        node,
        1,
        "weight",
        Shape.matrix(SiteKind.KERNEL, weight.dims(), layout, in, out, inside || add != null)
            .inGroups(group),
        hasBias ? use.adding(node.inputs().get(2), 1) : use);
    if (inside) {
      Use adds = new Use(node.op(), "", node.output(), 1).along(Axes.CHANNELS_FIRST);
      addVector(node, 2, "bias", SiteKind.BIAS, out, adds);
    } else if (add != null) {
      addBias(node, add, out, Axes.CHANNELS_FIRST);
    }
  }

  /**
   * Whether a transposed convolution can be made again with other channels: groups divide them, and
   * an output's shape leaves them out.
   */
  private static boolean isTransposable(Node node, TensorValue kernel, long group, int spatial) {
    long[] shape = node.intsAttribute("output_shape");
    return group >= 1 && kernel.dim(0) % group == 0 && (shape == null || shape.length == spatial);
  }

  /** Only ids that come from outside: those of positions are the same for all rows. */
  private void visitGather(Node node) {
    TensorValue table = parameter(node, 0, 2);
    if (table == null || !node.hasInput(1) || node.intAttribute("axis", 0) != 0) {
      return;
    }
    String ids = node.inputs().get(1);
    Node cast = makers.get(ids);
    boolean given =
        inputs.contains(ids)
            || (cast != null
                && cast.op().equals("Cast")
                && cast.hasInput(0)
                && inputs.contains(cast.inputs().get(0)));
    if (given) {
      long count = table.dim(0);
      drafts.add(
          node,
          0,
          "weight",
          Shape.matrix(SiteKind.EMBEDDING, table.dims(), Layout.IN_OUT, count, table.dim(1), false),
          new Use("Gather", ids, node.output(), 1));
    }
  }

  private void visitNormalization(Node node, int axis) {
    TensorValue scale = parameter(node, 1, 1);
    if (scale == null
        || node.intAttribute("training_mode", 0) != 0
        || (axis == -1 && node.intAttribute("axis", -1) != -1)) {
      return;
    }
    long out = scale.dim(0);
    Use use = new Use(node.op(), node.inputs().get(0), node.output(), 1);
    Use shift = new Use(node.op(), "", node.output(), 1);
    if (axis == 1) {
      use = use.along(Axes.CHANNELS_FIRST);
      shift = shift.along(Axes.CHANNELS_FIRST);
    }
    boolean shifted = node.hasInput(2);
    Use scales = shifted ? use.adding(node.inputs().get(2), 1) : use;
    addVector(node, 1, "weight", SiteKind.SCALE, out, scales);
    if (shifted && isVector(node.inputs().get(2), out)) {
      addVector(node, 2, "bias", SiteKind.BIAS, out, shift);
    }
  }

  /** A vector that values are multiplied with along their last axis, as in a norm spelled out. */
  private void visitMul(Node node) {
    for (int position = 0; position < 2; position++) {
      TensorValue scale = parameter(node, position, 1);
      if (scale != null
          && scale.dim(0) > 1
          && node.hasInput(1 - position)
          && !graph.initializers().containsKey(node.inputs().get(1 - position))) {
        long out = scale.dim(0);
        Use use = new Use("Mul", node.inputs().get(1 - position), node.output(), 1);
        addVector(node, position, "weight", SiteKind.SCALE, out, use);
        Node add = biasAdd(node, out, 0);
        if (add != null) {
          addBias(node, add, out, Axes.UNITS_LAST);
        }
      }
    }
  }

  private void addVector(Node node, int position, String role, SiteKind kind, long out, Use use) {
    drafts.add(
        node, position, role, Shape.vector(kind, dims(node.inputs().get(position)), out), use);
  }

  private void addBias(Node product, Node add, long out, Axes axes) {
    int position = add.inputs().get(0).equals(product.output()) ? 1 : 0;
    String name = add.inputs().get(position);
    drafts.add(
        name,
        0,
        SiteNames.wish(name, product, "bias"),
        Shape.vector(SiteKind.BIAS, dims(name), out),
        new Use("Add", product.output(), add.output(), 1).along(axes));
  }

  private long[] dims(String initializer) {
    return Objects.requireNonNull(graph.initializers().get(initializer)).dims();
  }

  /** The Add of a bias that is the only reader of a product, if there is one. */
  private @Nullable Node biasAdd(Node product, long out, int axesBehind) {
    List<Node> consumers = readers.getOrDefault(product.output(), List.of());
    if (consumers.size() != 1 || outputs.contains(product.output())) {
      return null;
    }
    Node add = consumers.get(0);
    if (!add.domain().isEmpty() || !add.op().equals("Add") || !makesValue(add)) {
      return null;
    }
    return add.inputs().stream()
            .anyMatch(input -> !input.equals(product.output()) && isVector(input, out, axesBehind))
        ? add
        : null;
  }

  private @Nullable TensorValue parameter(Node node, int position, int rank) {
    return parameter(graph, node, position, rank);
  }

  /** A parameter of float32 with so many axes and something in it, or null. */
  static @Nullable TensorValue parameter(Graph graph, Node node, int position, int rank) {
    TensorValue value =
        node.hasInput(position) ? graph.initializers().get(node.inputs().get(position)) : null;
    boolean fits =
        value != null
            && value.rank() == rank
            && value.elementCount() > 0
            && value.dtype() == Dtype.FLOAT;
    return fits ? value : null;
  }

  private boolean isVector(String name, long out) {
    return isVector(name, out, 0);
  }

  /** A vector of one number per unit, possibly behind axes of size 1, and with some behind it. */
  private boolean isVector(String name, long out, int axesBehind) {
    TensorValue value = graph.initializers().get(name);
    return value != null
        && value.dtype() == Dtype.FLOAT
        && value.rank() > axesBehind
        && value.dim(value.rank() - 1 - axesBehind) == out
        && value.elementCount() == out;
  }
}
