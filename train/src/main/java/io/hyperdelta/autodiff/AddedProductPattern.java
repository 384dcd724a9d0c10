package io.hyperdelta.autodiff;

import io.hyperdelta.graph.Node;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A product and what it is added to, as a delta's is. Products with a frozen weight stay as they
 * are: {@link OneDnn} has its own order for those.
 */
final class AddedProductPattern implements Fusion.Pattern {
  @Override
  public Fusion.@Nullable Match match(Node last, Wires wires) {
    if (!last.domain().isEmpty() || !last.op().equals("Add")) {
      return null;
    }
    // What is woven in stands second.
    for (String product : List.of(last.inputs().get(1), last.inputs().get(0))) {
      Node matMul = wires.maker(product, "MatMul");
      String sum = Wires.other(last, product);
      if (matMul != null && sum != null && !isFrozen(matMul.inputs().get(1), wires)) {
        List<String> inputs = List.of(matMul.inputs().get(0), matMul.inputs().get(1), sum);
        return new Fusion.Match(
            new Node(
                matMul.name(), Fusion.DOMAIN, "AddedProduct", inputs, last.outputs(), Map.of()),
            List.of(matMul));
      }
    }
    return null;
  }

  private static boolean isFrozen(String matrix, Wires wires) {
    return wires.initializerRank(matrix) == 2 && wires.isConstant(matrix);
  }
}
