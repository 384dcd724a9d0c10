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
  private final Map<String, Integer> readCounts = new HashMap<>();
  private final Set<String> outputs = new HashSet<>();
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
    graph.outputs().forEach(output -> outputs.add(output.name()));
    for (Node node : graph.nodes()) {
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
        SiteNames.wish(node.inputs().get(1), node, "weight"),
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
          SiteNames.wish(node.inputs().get(2), node, "bias"),
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
        SiteNames.wish(node.inputs().get(1), node, "weight"),
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
          SiteNames.wish(add.inputs().get(position), node, "bias"),
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
    if (consumers.size() != 1 || outputs.contains(product.output())) {
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
    boolean isMatrix =
        value != null && value.rank() == 2 && value.elementCount() > 0 && isReal(value);
    return isMatrix ? value : null;
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
    SiteNames names = new SiteNames(graph.initializers().keySet());
    drafts.forEach(
        (initializer, draft) -> {
          if (draft.uses().size() == readCounts.getOrDefault(initializer, 0)) {
            sites.add(
                new Site(
                    names.give(initializer, draft.name()),
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
}
