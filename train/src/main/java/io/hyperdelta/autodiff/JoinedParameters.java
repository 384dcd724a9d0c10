package io.hyperdelta.autodiff;

import io.hyperdelta.graph.Attribute;
import io.hyperdelta.graph.Graph;
import io.hyperdelta.graph.Model;
import io.hyperdelta.graph.Node;
import io.hyperdelta.graph.ValueInfo;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Parameters that are multiplied with the same value, such as the heads of a hypernetwork: a
 * program keeps them side by side, as the columns of one matrix, and makes one product of them
 * where the model has several.
 *
 * @param model the model, in which the matrices stand undeclared
 * @param groups by the name of a matrix, its parameters from left to right
 */
record JoinedParameters(Model model, Map<String, List<String>> groups) {
  /** Attribute of the node that has the place of the products: columns of each. */
  static final String WIDTHS = "widths";

  private static final String OPERATOR = "JoinedProducts";

  /** A product of a value with a parameter. */
  private record Product(Node node, String parameter, long width) {}

  /**
   * Finds them.
   *
   * @param model in which nodes read what the layouts name
   * @param layouts by parameter
   * @param kind only parameters of one kind are joined
   */
  static JoinedParameters of(
      Model model,
      Set<String> trainable,
      Map<String, ParameterLayout> layouts,
      Function<String, ?> kind) {
    Graph graph = model.graph();
    Wires wires = new Wires(model, trainable);
    Set<String> outputs = graph.outputs().stream().map(ValueInfo::name).collect(Collectors.toSet());
    Map<String, ParameterLayout> matrices = new HashMap<>();
    Map<String, String> parameters = new HashMap<>();
    layouts.forEach(
        (parameter, layout) -> {
          boolean alone = wires.readCount(layout.name()) == 1 && !outputs.contains(layout.name());
          if (alone && layout.kept().length == 2) {
            matrices.put(layout.name(), layout);
            parameters.put(layout.name(), parameter);
          }
        });
    Map<List<Object>, List<Product>> alike = new LinkedHashMap<>();
    for (Node node : graph.nodes()) {
      ParameterLayout matrix = isProduct(node) ? matrices.get(node.inputs().get(1)) : null;
      if (matrix != null) {
        String parameter = Objects.requireNonNull(parameters.get(matrix.name()));
        List<Object> common =
            List.of(
                node.inputs().get(0),
                matrix.kept()[0],
                matrix.dims().length,
                kind.apply(parameter));
        alike
            .computeIfAbsent(common, key -> new ArrayList<>())
            .add(new Product(node, parameter, matrix.kept()[1]));
      }
    }
    alike.values().removeIf(products -> products.size() == 1);
    Map<String, List<String>> groups = new LinkedHashMap<>();
    IdentityHashMap<Node, List<Node>> replacements = new IdentityHashMap<>();
    for (List<Product> products : alike.values()) {
      // Nobody else reads what the first one was called.
      String matrix = products.get(0).node().inputs().get(1);
      groups.put(matrix, products.stream().map(Product::parameter).toList());
      products.forEach(product -> replacements.put(product.node(), List.of()));
      replacements.put(products.get(0).node(), List.of(joined(products, matrix)));
    }
    List<Node> nodes = new ArrayList<>();
    for (Node node : graph.nodes()) {
      nodes.addAll(replacements.getOrDefault(node, List.of(node)));
    }
    return new JoinedParameters(model.withGraph(graph.withNodes(nodes)), groups);
  }

  private static boolean isProduct(Node node) {
    return node.domain().isEmpty() && node.op().equals("MatMul");
  }

  private static Node joined(List<Product> products, String matrix) {
    Node first = products.get(0).node();
    return new Node(
        first.name(),
        Fusion.DOMAIN,
        OPERATOR,
        List.of(first.inputs().get(0), matrix),
        products.stream().map(product -> product.node().output()).toList(),
        Map.of(WIDTHS, Attribute.ints(products.stream().mapToLong(Product::width).toArray())));
  }
}
