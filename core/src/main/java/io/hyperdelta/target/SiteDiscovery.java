package io.hyperdelta.target;

import io.hyperdelta.graph.Attribute;
import io.hyperdelta.graph.Dtype;
import io.hyperdelta.graph.Graph;
import io.hyperdelta.graph.Model;
import io.hyperdelta.graph.Node;
import io.hyperdelta.graph.TensorValue;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Finds the sites of a graph: weights and biases of linear layers, written as Gemm or as MatMul
 * with or without an Add.
 *
 * <p>A parameter that some node uses in another way is no site, since a delta could not reach that
 * use.
 */
final class SiteDiscovery {
  private final Graph graph;
  private final Map<String, List<Node>> readers = new HashMap<>();
  private final Map<String, Draft> drafts = new LinkedHashMap<>();

  /** A site while its uses are being collected. */
  private record Draft(
      String name,
      SiteKind kind,
      Layout layout,
      long in,
      long out,
      boolean biased,
      List<Use> uses) {}

  private SiteDiscovery(Graph graph) {
    this.graph = graph;
    graph
        .nodes()
        .forEach(
            node -> {
              new HashSet<>(node.inputs())
                  .forEach(
                      input -> readers.computeIfAbsent(input, k -> new ArrayList<>()).add(node));
            });
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
    if (node.op().equals("Gemm")) {
      visitGemm(node);
    } else if (node.op().equals("MatMul")) {
      visitMatMul(node);
    }
  }

  /** Whether the first output is there; broken exporters leave nodes without. */
  private static boolean makesValue(Node node) {
    return !node.outputs().isEmpty() && !node.output().isEmpty();
  }

  private void visitGemm(Node node) {
    TensorValue weight = matrix(node, 1);
    if (weight == null || node.intAttribute("transA", 0) != 0) {
      return;
    }
    boolean transposed = node.intAttribute("transB", 0) != 0;
    Layout layout = transposed ? Layout.OUT_IN : Layout.IN_OUT;
    long in = weight.dim(transposed ? 1 : 0);
    long out = weight.dim(transposed ? 0 : 1);
    boolean biased = node.hasInput(2) && isBias(node.inputs().get(2), out);
    Use use = new Use("Gemm", node.inputs().get(0), node.output(), node.realAttribute("alpha", 1));
    add(
        node.inputs().get(1),
        siteName(node, 1, "weight"),
        SiteKind.WEIGHT,
        layout,
        in,
        out,
        biased,
        use);
    if (biased) {
      Use biasUse = new Use("Gemm", "", node.output(), node.realAttribute("beta", 1));
      add(
          node.inputs().get(2),
          siteName(node, 2, "bias"),
          SiteKind.BIAS,
          Layout.IN_OUT,
          1,
          out,
          false,
          biasUse);
    }
  }

  private void visitMatMul(Node node) {
    TensorValue weight = matrix(node, 1);
    if (weight == null) {
      return;
    }
    long out = weight.dim(1);
    Node add = biasAdd(node, out);
    Use use = new Use("MatMul", node.inputs().get(0), node.output(), 1);
    add(
        node.inputs().get(1),
        siteName(node, 1, "weight"),
        SiteKind.WEIGHT,
        Layout.IN_OUT,
        weight.dim(0),
        out,
        add != null,
        use);
    if (add != null) {
      int position = add.inputs().get(0).equals(node.output()) ? 1 : 0;
      Use biasUse = new Use("Add", node.output(), add.output(), 1);
      add(
          add.inputs().get(position),
          biasName(node, add.inputs().get(position)),
          SiteKind.BIAS,
          Layout.IN_OUT,
          1,
          out,
          false,
          biasUse);
    }
  }

  /** The Add of a bias that is the only reader of a product, if there is one. */
  private @Nullable Node biasAdd(Node product, long out) {
    List<Node> consumers = readers.getOrDefault(product.output(), List.of());
    boolean isOutput = graph.outputs().stream().anyMatch(o -> o.name().equals(product.output()));
    if (consumers.size() != 1 || isOutput) {
      return null;
    }
    Node add = consumers.get(0);
    if (!add.domain().isEmpty() || !add.op().equals("Add") || !makesValue(add)) {
      return null;
    }
    return add.inputs().stream()
            .anyMatch(input -> !input.equals(product.output()) && isBias(input, out))
        ? add
        : null;
  }

  private @Nullable TensorValue matrix(Node node, int position) {
    TensorValue value =
        node.hasInput(position) ? graph.initializers().get(node.inputs().get(position)) : null;
    return value != null && value.rank() == 2 && isReal(value) ? value : null;
  }

  /** A vector of one number per unit, possibly behind axes of size 1. */
  private boolean isBias(String name, long out) {
    TensorValue value = graph.initializers().get(name);
    return value != null
        && isReal(value)
        && value.rank() >= 1
        && value.dim(value.rank() - 1) == out
        && value.elementCount() == out;
  }

  private static boolean isReal(TensorValue value) {
    return value.dtype() == Dtype.FLOAT;
  }

  private void add(
      String initializer,
      String name,
      SiteKind kind,
      Layout layout,
      long in,
      long out,
      boolean biased,
      Use use) {
    Draft draft =
        drafts.computeIfAbsent(
            initializer, k -> new Draft(name, kind, layout, in, out, biased, new ArrayList<>()));
    if (draft.kind() == kind && draft.layout() == layout && draft.biased() == biased) {
      draft.uses().add(use);
    }
  }

  private List<Site> finish() {
    List<Site> sites = new ArrayList<>();
    Set<String> names = new HashSet<>();
    drafts.forEach(
        (initializer, draft) -> {
          if (draft.uses().size() == useCount(initializer)) {
            // A path that is also the name of another parameter stays that one's.
            boolean taken = !draft.name().equals(initializer) && drafts.containsKey(draft.name());
            String name = !taken && names.add(draft.name()) ? draft.name() : initializer;
            names.add(name);
            sites.add(
                new Site(
                    name,
                    draft.kind(),
                    initializer,
                    draft.layout(),
                    draft.in(),
                    draft.out(),
                    draft.biased(),
                    draft.uses()));
          }
        });
    return sites;
  }

  /**
   * How many times nodes, subgraphs included, read an initializer; an output of the graph counts as
   * well.
   */
  private long useCount(String initializer) {
    long count = graph.outputs().stream().filter(o -> o.name().equals(initializer)).count();
    return count + useCount(graph, initializer);
  }

  private static long useCount(Graph graph, String initializer) {
    long count = 0;
    for (Node node : graph.nodes()) {
      count += node.inputs().stream().filter(initializer::equals).count();
      for (Attribute attribute : node.attributes().values()) {
        if (attribute instanceof Attribute.Subgraph subgraph) {
          count += useCount(subgraph.value(), initializer);
        }
      }
    }
    return count;
  }

  private static String siteName(Node node, int position, String role) {
    return readable(node.inputs().get(position), node, role);
  }

  private static String biasName(Node product, String initializer) {
    return readable(initializer, product, "bias");
  }

  /**
   * The initializer's own name, or the layer's path and a role where the exporter numbered its
   * tensors.
   */
  private static String readable(String initializer, Node layer, String role) {
    boolean anonymous =
        initializer.startsWith("onnx::") || initializer.matches("[A-Za-z]*_?[0-9]+");
    if (!anonymous || layer.name().isEmpty()) {
      return initializer;
    }
    String path = layer.name().startsWith("/") ? layer.name().substring(1) : layer.name();
    int lastSlash = path.lastIndexOf('/');
    String parent = lastSlash > 0 ? path.substring(0, lastSlash) : path;
    return parent.replace('/', '.') + "." + role;
  }
}
