package io.hyperdelta.autodiff;

import io.hyperdelta.graph.Attribute;
import io.hyperdelta.graph.Dtype;
import io.hyperdelta.graph.Graph;
import io.hyperdelta.graph.Model;
import io.hyperdelta.graph.Node;
import io.hyperdelta.graph.ValueInfo;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What programs can do with a model.
 *
 * @param unsupported by operator or variant of one that has no kernel, the nodes that ask for it
 * @param reached names of the values that the gradient of a real output reaches
 */
public record Suitability(SortedMap<String, List<String>> unsupported, Set<String> reached) {
  public Suitability {
    unsupported = Collections.unmodifiableSortedMap(new TreeMap<>(unsupported));
    reached = Set.copyOf(reached);
  }

  /** Looks at a checked model: compiles it, and follows its gradients. */
  public static Suitability of(Model model) {
    SortedMap<String, List<String>> unsupported = new TreeMap<>();
    try {
      Program.compile(model, Set.of(), Precision.FLOAT).close();
    } catch (UnsupportedModelException e) {
      unsupported.putAll(e.nodes());
    }
    return new Suitability(unsupported, reached(model));
  }

  /** Backwards from the outputs, through the operators that pass gradients on. */
  private static Set<String> reached(Model model) {
    Map<String, List<Operator>> operators = Operators.all();
    Graph graph = model.graph();
    Set<String> reached = new HashSet<>();
    for (ValueInfo output : graph.outputs()) {
      if (isReal(output.type().dtype())) {
        reached.add(output.name());
      }
    }
    for (int i = graph.nodes().size() - 1; i >= 0; i--) {
      Node node = graph.nodes().get(i);
      List<Operator> variants =
          operators.getOrDefault(Operator.title(node.domain(), node.op()), List.of());
      if (variants.stream().anyMatch(Operator::differentiable)
          && node.outputs().stream().anyMatch(reached::contains)) {
        addReads(node, reached);
      }
    }
    return reached;
  }

  private static void addReads(Node node, Set<String> reads) {
    reads.addAll(node.inputs());
    for (Attribute attribute : node.attributes().values()) {
      if (attribute instanceof Attribute.Subgraph subgraph) {
        subgraph.value().nodes().forEach(inner -> addReads(inner, reads));
      }
    }
  }

  private static boolean isReal(Dtype dtype) {
    return switch (dtype) {
      case FLOAT, DOUBLE, FLOAT16, BFLOAT16 -> true;
      default -> false;
    };
  }
}
