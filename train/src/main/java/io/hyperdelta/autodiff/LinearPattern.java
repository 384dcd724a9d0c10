package io.hyperdelta.autodiff;

import io.hyperdelta.graph.Node;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A product with a weight, and the bias that is added to it. */
final class LinearPattern implements Fusion.Pattern {
  @Override
  public Fusion.@Nullable Match match(Node last, Wires wires) {
    if (!last.domain().isEmpty() || !last.op().equals("Add")) {
      return null;
    }
    for (String product : last.inputs()) {
      Node matMul = wires.maker(product, "MatMul");
      String bias = Wires.other(last, product);
      if (matMul != null
          && bias != null
          && wires.initializerRank(matMul.inputs().get(1)) == 2
          && wires.initializerRank(bias) == 1) {
        List<String> inputs = List.of(matMul.inputs().get(0), matMul.inputs().get(1), bias);
        return new Fusion.Match(
            new Node(matMul.name(), Fusion.DOMAIN, "Linear", inputs, last.outputs(), Map.of()),
            List.of(matMul));
      }
    }
    return null;
  }
}
