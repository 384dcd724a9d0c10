package io.hyperdelta.target;

import io.hyperdelta.graph.Attribute;
import io.hyperdelta.graph.Dtype;
import io.hyperdelta.graph.Graph;
import io.hyperdelta.graph.Model;
import io.hyperdelta.graph.Node;
import io.hyperdelta.graph.TensorValue;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Finds the sites of a graph: weights and biases of linear layers, written as Gemm or as MatMul
 * with or without an Add; kernels and biases of convolutions over one or two axes; tables of
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
  private final Map<String, Draft> drafts = new LinkedHashMap<>();

  /**
   * What a site is while its uses are being collected; all uses must agree in it.
   *
   * @param groups of a convolution
   */
  private record Shape(
      SiteKind kind, Layout layout, long in, long out, boolean biased, long groups) {
    static Shape vector(SiteKind kind, long out) {
      return new Shape(kind, Layout.IN_OUT, 1, out, false, 1);
    }
  }

  private record Draft(String name, Shape shape, List<Use> uses) {}

  private SiteDiscovery(Graph graph) {
    this.graph = graph;
    graph.outputs().forEach(output -> outputs.add(output.name()));
    graph.inputs().forEach(input -> inputs.add(input.name()));
    for (Node node : graph.nodes()) {
      node.outputs().forEach(value -> makers.put(value, node));
      node.reads()
          .forEach(value -> readers.computeIfAbsent(value, k -> new ArrayList<>()).add(node));
    }
    countReads(graph);
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
    return discovery.finish();
  }

  private void visit(Node node) {
    if (!node.domain().isEmpty() || !makesValue(node)) {
      return;
    }
    switch (node.op()) {
      case "Gemm" -> visitGemm(node);
      case "MatMul" -> visitMatMul(node);
      case "Conv" -> visitConvolution(node);
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
    add(
        node,
        1,
        "weight",
        new Shape(SiteKind.WEIGHT, transposed ? Layout.OUT_IN : Layout.IN_OUT, in, out, biased, 1),
        node.hasInput(2) ? use.adding(node.inputs().get(2), beta) : use);
    if (biased) {
      Use adds = new Use("Gemm", "", node.output(), beta);
      add(node, 2, "bias", Shape.vector(SiteKind.BIAS, out), adds);
    }
  }

  private void visitMatMul(Node node) {
    TensorValue weight = parameter(node, 1, 2);
    if (weight == null) {
      return;
    }
    long out = weight.dim(1);
    Node add = biasAdd(node, out, 0);
    Use use = new Use("MatMul", node.inputs().get(0), node.output(), 1);
    add(
        node,
        1,
        "weight",
        new Shape(SiteKind.WEIGHT, Layout.IN_OUT, weight.dim(0), out, add != null, 1),
        use);
    if (add != null) {
      addBias(node, add, out, -1);
    }
  }

  private void visitConvolution(Node node) {
    TensorValue kernel = parameter(node, 1, 3);
    TensorValue wide = parameter(node, 1, 4);
    TensorValue weight = kernel != null ? kernel : wide;
    if (weight == null) {
      return;
    }
    long out = weight.dim(0);
    int spatial = weight.rank() - 2;
    boolean hasBias = node.hasInput(2);
    boolean inside = hasBias && isVector(node.inputs().get(2), out);
    Node add = hasBias ? null : biasAdd(node, out, spatial);
    Use use =
        new Use("Conv", node.inputs().get(0), node.output(), 1)
            .channelsFirst()
            .with(node.attributes());
    add(
        node,
        1,
        "weight",
        new Shape(
            SiteKind.KERNEL,
            Layout.OUT_IN,
            weight.elementCount() / out,
            out,
            inside || add != null,
            node.intAttribute("group", 1)),
        hasBias ? use.adding(node.inputs().get(2), 1) : use);
    if (inside) {
      Use adds = new Use("Conv", "", node.output(), 1).channelsFirst();
      add(node, 2, "bias", Shape.vector(SiteKind.BIAS, out), adds);
    } else if (add != null) {
      addBias(node, add, out, 1);
    }
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
      add(
          node,
          0,
          "weight",
          new Shape(SiteKind.EMBEDDING, Layout.IN_OUT, table.dim(0), table.dim(1), false, 1),
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
      use = use.channelsFirst();
      shift = shift.channelsFirst();
    }
    boolean shifted = node.hasInput(2);
    add(
        node,
        1,
        "weight",
        Shape.vector(SiteKind.SCALE, out),
        shifted ? use.adding(node.inputs().get(2), 1) : use);
    if (shifted && isVector(node.inputs().get(2), out)) {
      add(node, 2, "bias", Shape.vector(SiteKind.BIAS, out), shift);
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
        add(node, position, "weight", Shape.vector(SiteKind.SCALE, out), use);
        Node add = biasAdd(node, out, 0);
        if (add != null) {
          addBias(node, add, out, -1);
        }
      }
    }
  }

  private void addBias(Node product, Node add, long out, int axis) {
    int position = add.inputs().get(0).equals(product.output()) ? 1 : 0;
    Use use = new Use("Add", product.output(), add.output(), 1);
    String name = add.inputs().get(position);
    add(
        name,
        SiteNames.wish(name, product, "bias"),
        Shape.vector(SiteKind.BIAS, out),
        axis == 1 ? use.channelsFirst() : use);
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

  /** A parameter of float32 with so many axes and something in it, or null. */
  private @Nullable TensorValue parameter(Node node, int position, int rank) {
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

  private void add(Node node, int position, String role, Shape shape, Use use) {
    String initializer = node.inputs().get(position);
    add(initializer, SiteNames.wish(initializer, node, role), shape, use);
  }

  private void add(String initializer, String name, Shape shape, Use use) {
    Draft draft =
        drafts.computeIfAbsent(initializer, k -> new Draft(name, shape, new ArrayList<>()));
    if (draft.shape().equals(shape)) {
      draft.uses().add(use);
    }
  }

  private List<Site> finish() {
    List<Site> sites = new ArrayList<>();
    SiteNames names = new SiteNames(graph.initializers().keySet());
    drafts.forEach(
        (initializer, draft) -> {
          if (draft.uses().size() == readCounts.getOrDefault(initializer, 0)) {
            sites.add(
                new Site(
                    names.give(initializer, draft.name()),
                    draft.shape().kind(),
                    initializer,
                    Arrays.stream(
                            Objects.requireNonNull(graph.initializers().get(initializer)).dims())
                        .boxed()
                        .toList(),
                    draft.shape().layout(),
                    draft.shape().in(),
                    draft.shape().out(),
                    draft.shape().biased(),
                    draft.uses(),
                    Units.ALL));
          }
        });
    return sites;
  }
}
