package io.hyperdelta.autodiff;

import io.hyperdelta.graph.Attribute;
import io.hyperdelta.graph.Node;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Scaled dot-product attention (Vaswani et al. 2017, equation 1) as exporters spell it out:
 * softmax(q transpose(k) scale + mask) v, with or without scale and mask.
 */
final class AttentionPattern implements Fusion.Pattern {
  /** Before this version Softmax normalised all axes from the given one on. */
  private static final int SOFTMAX_OF_ONE_AXIS = 13;

  @Override
  public Fusion.@Nullable Match match(Node last, Wires wires) {
    if (!last.domain().isEmpty() || !last.op().equals("MatMul")) {
      return null;
    }
    Node softmax = wires.maker(last.inputs().get(0), "Softmax");
    if (softmax == null || !isOverLastAxis(softmax, wires)) {
      return null;
    }
    String scores = softmax.inputs().get(0);
    Node add = wires.maker(scores, "Add");
    if (add == null) {
      return match(scores, "", new ArrayList<>(List.of(softmax)), last, wires);
    }
    for (String scaled : add.inputs()) {
      String mask = Wires.other(add, scaled);
      Fusion.Match found =
          mask == null
              ? null
              : match(scaled, mask, new ArrayList<>(List.of(softmax, add)), last, wires);
      if (found != null) {
        return found;
      }
    }
    return null;
  }

  private static Fusion.@Nullable Match match(
      String scores, String mask, List<Node> inner, Node last, Wires wires) {
    String product = scores;
    double scale = 1;
    Node div = wires.maker(scores, "Div");
    Node mul = wires.maker(scores, "Mul");
    if (div != null) {
      Double divisor = wires.number(div.inputs().get(1));
      if (divisor != null) {
        product = div.inputs().get(0);
        scale = 1 / divisor;
        inner.add(div);
      }
    } else if (mul != null) {
      Double factor = wires.number(mul.inputs().get(1));
      if (factor != null) {
        product = mul.inputs().get(0);
        scale = factor;
        inner.add(mul);
      }
    }
    Node matMul = wires.maker(product, "MatMul");
    if (matMul == null) {
      return null;
    }
    inner.add(matMul);
    List<String> inputs = new ArrayList<>(matMul.inputs());
    inputs.add(last.inputs().get(1));
    if (!mask.isEmpty()) {
      inputs.add(mask);
    }
    Map<String, Attribute> attributes = Map.of("scale", Attribute.of((float) scale));
    return new Fusion.Match(
        new Node(last.name(), Fusion.DOMAIN, "Attention", inputs, last.outputs(), attributes),
        inner);
  }

  /** Three is the last of the four axes that attention has: its kernel takes no other number. */
  private static boolean isOverLastAxis(Node softmax, Wires wires) {
    long otherwise = wires.opset() < SOFTMAX_OF_ONE_AXIS ? 1 : -1;
    long axis = softmax.intAttribute("axis", otherwise);
    return axis == -1 || axis == 3;
  }
}
