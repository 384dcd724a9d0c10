package io.hyperdelta.autodiff;

import io.hyperdelta.graph.Attribute;
import io.hyperdelta.graph.Node;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A batch normalisation that is nothing but a factor and a term for each channel, since all its
 * numbers are constant: it becomes part of the kernel before it, and a bias. That kernel is a
 * frozen convolution's, or one that is made for each condition and multiplied with the images of
 * the condition; then a Relu behind it belongs to the pattern, too.
 */
final class FrozenNormPattern implements Fusion.Pattern {
  @Override
  public Fusion.@Nullable Match match(Node last, Wires wires) {
    if (isNorm(last, wires)) {
      Fusion.Match convolution = convolution(last, wires);
      return convolution != null ? convolution : product(last, last, wires, false);
    }
    if (last.domain().isEmpty() && last.op().equals("Relu")) {
      Node norm = wires.maker(last.inputs().get(0), "BatchNormalization");
      return norm != null && isNorm(norm, wires) ? product(last, norm, wires, true) : null;
    }
    return null;
  }

  /**
   * Whether a node is a batch normalisation that does not train, all of whose numbers are known.
   */
  private static boolean isNorm(Node node, Wires wires) {
    return node.domain().isEmpty()
        && node.op().equals("BatchNormalization")
        && node.outputs().size() == 1
        && node.intAttribute("training_mode", 0) == 0
        && node.intAttribute("spatial", 1) != 0
        && node.inputs().stream().skip(1).allMatch(wires::isConstant);
  }

  private static Fusion.@Nullable Match convolution(Node norm, Wires wires) {
    Node conv = wires.maker(norm.inputs().get(0), "Conv");
    if (conv == null || !conv.inputs().stream().skip(1).allMatch(wires::isConstant)) {
      return null;
    }
    List<String> inputs = new ArrayList<>(conv.inputs());
    if (inputs.size() == 2) {
      inputs.add("");
    }
    inputs.addAll(norm.inputs().subList(1, norm.inputs().size()));
    return new Fusion.Match(
        new Node(
            conv.name(),
            Fusion.DOMAIN,
            "NormalizedConv",
            inputs,
            norm.outputs(),
            with(conv.attributes(), norm, false)),
        List.of(conv));
  }

  /** A product of four axes whose result is laid out as images are. */
  private static Fusion.@Nullable Match product(
      Node last, Node norm, Wires wires, boolean activated) {
    Node images = wires.maker(norm.inputs().get(0), "Reshape");
    Node product = images == null ? null : wires.maker(images.inputs().get(0), "MatMul");
    Node kernels = product == null ? null : wires.maker(product.inputs().get(0), "Unsqueeze");
    if (images == null || product == null || kernels == null) {
      return null;
    }
    List<String> inputs = new ArrayList<>(product.inputs());
    inputs.add(images.inputs().get(1));
    inputs.addAll(norm.inputs().subList(1, norm.inputs().size()));
    List<Node> inner = new ArrayList<>(List.of(product, images));
    if (activated) {
      inner.add(norm);
    }
    return new Fusion.Match(
        new Node(
            product.name(),
            Fusion.DOMAIN,
            "NormalizedProduct",
            inputs,
            last.outputs(),
            with(images.attributes(), norm, activated)),
        inner);
  }

  private static Map<String, Attribute> with(
      Map<String, Attribute> attributes, Node norm, boolean activated) {
    Map<String, Attribute> all = new LinkedHashMap<>(attributes);
    all.put("epsilon", Attribute.of(norm.realAttribute("epsilon", 1e-5f)));
    if (activated) {
      all.put("activated", Attribute.of(1));
    }
    return all;
  }
}
