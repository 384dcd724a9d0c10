package io.hyperdelta.autodiff;

import io.hyperdelta.graph.Attribute;
import io.hyperdelta.graph.Node;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Layer normalisation of the last axis (Ba et al. 2016, equation 4) as exporters spell it out
 * before operator set 17: with d = x - mean(x), d / sqrt(mean(d d) + epsilon) * scale + shift.
 */
final class LayerNormPattern implements Fusion.Pattern {
  @Override
  public Fusion.@Nullable Match match(Node last, Wires wires) {
    if (!last.domain().isEmpty() || last.inputs().size() != 2) {
      return null;
    }
    if (last.op().equals("Add")) {
      for (String scaled : last.inputs()) {
        Node mul = wires.maker(scaled, "Mul");
        String shift = Wires.other(last, scaled);
        Fusion.Match found = mul == null || shift == null ? null : scaled(mul, shift, last, wires);
        if (found != null) {
          return found;
        }
      }
      return null;
    }
    return last.op().equals("Mul") ? scaled(last, "", last, wires) : null;
  }

  private static Fusion.@Nullable Match scaled(Node mul, String shift, Node last, Wires wires) {
    for (String normalized : mul.inputs()) {
      Node div = wires.maker(normalized, "Div");
      String scale = Wires.other(mul, normalized);
      if (div != null && scale != null) {
        Set<Node> inner = new LinkedHashSet<>(List.of(mul, div));
        inner.remove(last);
        Fusion.Match found = normalized(div, scale, shift, inner, last, wires);
        if (found != null) {
          return found;
        }
      }
    }
    return null;
  }

  private static Fusion.@Nullable Match normalized(
      Node div, String scale, String shift, Set<Node> inner, Node last, Wires wires) {
    Node centred = wires.maker(div.inputs().get(0), "Sub");
    Node root = wires.maker(div.inputs().get(1), "Sqrt");
    Node sum = root == null ? null : wires.maker(root.inputs().get(0), "Add");
    if (centred == null || root == null || sum == null) {
      return null;
    }
    for (String variance : sum.inputs()) {
      String other = Wires.other(sum, variance);
      Double epsilon = other == null ? null : wires.number(other);
      Node mean = wires.maker(variance, "ReduceMean");
      if (epsilon != null && mean != null && isOverLastAxis(mean, wires)) {
        inner.addAll(List.of(centred, root, sum, mean));
        String x = centred.inputs().get(0);
        if (isSquare(mean.inputs().get(0), x, inner, wires) && isCentred(centred, inner, wires)) {
          List<String> inputs = shift.isEmpty() ? List.of(x, scale) : List.of(x, scale, shift);
          Map<String, Attribute> attributes =
              Map.of("epsilon", Attribute.of(epsilon.floatValue()), "axis", Attribute.of(-1));
          return new Fusion.Match(
              new Node(last.name(), "", "LayerNormalization", inputs, last.outputs(), attributes),
              List.copyOf(inner));
        }
      }
    }
    return null;
  }

  /** Whether a value is the square of x - mean(x), which some exporters compute a second time. */
  private static boolean isSquare(String value, String x, Set<Node> inner, Wires wires) {
    Node pow = wires.maker(value, "Pow");
    Node mul = wires.maker(value, "Mul");
    Node square = pow != null ? pow : mul;
    if (square == null) {
      return false;
    }
    String base = square.inputs().get(0);
    boolean squares =
        pow != null ? wires.isNumber(pow.inputs().get(1), 2) : square.inputs().get(1).equals(base);
    Node centred = wires.maker(base, "Sub");
    if (!squares || centred == null || !centred.inputs().get(0).equals(x)) {
      return false;
    }
    inner.add(square);
    inner.add(centred);
    return isCentred(centred, inner, wires);
  }

  private static boolean isCentred(Node sub, Set<Node> inner, Wires wires) {
    Node mean = wires.maker(sub.inputs().get(1), "ReduceMean");
    if (mean == null
        || !mean.inputs().get(0).equals(sub.inputs().get(0))
        || !isOverLastAxis(mean, wires)) {
      return false;
    }
    inner.add(mean);
    return true;
  }

  private static boolean isOverLastAxis(Node mean, Wires wires) {
    long[] axes =
        mean.inputs().size() > 1
            ? wires.integers(mean.inputs().get(1))
            : mean.intsAttribute("axes");
    return axes != null
        && axes.length == 1
        && axes[0] == -1
        && mean.intAttribute("keepdims", 1) == 1;
  }
}
