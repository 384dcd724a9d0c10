package io.hyperdelta.autodiff;

import io.hyperdelta.graph.Node;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Hard swish (Howard et al. 2019, section 5.2) as exporters spell it out: x clip(x + 3, 0, 6) / 6,
 * the division last.
 */
final class HardSwishPattern implements Fusion.Pattern {
  private static final double SHIFT = 3;
  private static final double TOP = 6;

  @Override
  public Fusion.@Nullable Match match(Node last, Wires wires) {
    String doubled = last.domain().isEmpty() ? undivided(last, wires) : null;
    Node product = doubled == null ? null : wires.maker(doubled, "Mul");
    if (product == null) {
      return null;
    }
    for (String factor : product.inputs()) {
      String x = Wires.other(product, factor);
      Node clip = wires.maker(factor, "Clip");
      Node add = clip == null ? null : wires.maker(clip.inputs().get(0), "Add");
      if (x != null
          && clip != null
          && add != null
          && isBetween(clip, wires)
          && x.equals(wires.besides(add, SHIFT))) {
        return new Fusion.Match(
            new Node(last.name(), "", "HardSwish", List.of(x), last.outputs(), Map.of()),
            List.of(product, clip, add));
      }
    }
    return null;
  }

  /** What a node divides by six, or multiplies with a sixth; null if it does neither. */
  private static @Nullable String undivided(Node node, Wires wires) {
    if (node.op().equals("Div") && wires.isNumber(node.inputs().get(1), TOP)) {
      return node.inputs().get(0);
    }
    return node.op().equals("Mul") ? wires.besides(node, 1 / TOP) : null;
  }

  /** Whether a node clips to 0 and 6: by attributes before operator set 11. */
  private static boolean isBetween(Node clip, Wires wires) {
    if (clip.inputs().size() == 1) {
      return clip.realAttribute("min", -1) == 0 && clip.realAttribute("max", 0) == (float) TOP;
    }
    return clip.inputs().size() == 3
        && wires.isNumber(clip.inputs().get(1), 0)
        && wires.isNumber(clip.inputs().get(2), TOP);
  }
}
