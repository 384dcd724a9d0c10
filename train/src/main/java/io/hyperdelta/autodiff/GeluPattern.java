package io.hyperdelta.autodiff;

import io.hyperdelta.graph.Node;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Gelu (Hendrycks and Gimpel 2016, section 2) as exporters spell it out: x (1 + erf(x / sqrt 2)) /
 * 2, in any order of the three factors.
 */
final class GeluPattern implements Fusion.Pattern {
  @Override
  public Fusion.@Nullable Match match(Node last, Wires wires) {
    if (!last.domain().isEmpty() || !last.op().equals("Mul") || last.inputs().size() != 2) {
      return null;
    }
    Fusion.Match found = halfLast(last, wires);
    if (found != null) {
      return found;
    }
    for (String factor : last.inputs()) {
      String other = Wires.other(last, factor);
      Node half = other == null ? null : wires.maker(other, "Mul");
      String halved = half == null ? null : wires.besides(half, 0.5);
      if (half == null || halved == null) {
        continue;
      }
      // (x / 2) (1 + erf), then x ((1 + erf) / 2).
      List<Node> inner = new ArrayList<>(List.of(half));
      if (halved.equals(erfArgument(factor, inner, wires))) {
        return gelu(halved, last, inner);
      }
      inner = new ArrayList<>(List.of(half));
      if (factor.equals(erfArgument(halved, inner, wires))) {
        return gelu(factor, last, inner);
      }
    }
    return null;
  }

  /** (x (1 + erf)) / 2. */
  private static Fusion.@Nullable Match halfLast(Node last, Wires wires) {
    String doubled = wires.besides(last, 0.5);
    Node product = doubled == null ? null : wires.maker(doubled, "Mul");
    if (product == null) {
      return null;
    }
    for (String factor : product.inputs()) {
      List<Node> inner = new ArrayList<>(List.of(product));
      String x = erfArgument(factor, inner, wires);
      if (x != null && x.equals(Wires.other(product, factor))) {
        return gelu(x, last, inner);
      }
    }
    return null;
  }

  private static Fusion.Match gelu(String x, Node last, List<Node> inner) {
    return new Fusion.Match(
        new Node(last.name(), "", "Gelu", List.of(x), last.outputs(), Map.of()), inner);
  }

  /** The x of 1 + erf(x / sqrt 2), or null; the nodes in between are added to the inner ones. */
  private static @Nullable String erfArgument(String value, List<Node> inner, Wires wires) {
    Node add = wires.maker(value, "Add");
    String term = add == null ? null : wires.besides(add, 1);
    Node erf = term == null ? null : wires.maker(term, "Erf");
    if (add == null || erf == null) {
      return null;
    }
    Node div = wires.maker(erf.inputs().get(0), "Div");
    Node mul = wires.maker(erf.inputs().get(0), "Mul");
    String x = null;
    if (div != null && wires.isNumber(div.inputs().get(1), Math.sqrt(2))) {
      x = div.inputs().get(0);
    } else if (mul != null) {
      x = wires.besides(mul, Math.sqrt(0.5));
    }
    if (x != null) {
      inner.addAll(List.of(add, erf, div != null ? div : mul));
    }
    return x;
  }
}
