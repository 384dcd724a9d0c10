package io.hyperdelta.target;

import io.hyperdelta.graph.FreeNames;
import io.hyperdelta.graph.Node;
import java.util.Collection;
import java.util.regex.Pattern;

/**
 * Gives sites names that a reader recognises and that are the same at every load: the parameter's
 * own where it has one, else its layer's path. Not thread-safe.
 */
final class SiteNames {
  /** Names that exporters make up for values that have none; each line's examples are real ones. */
  private static final Pattern MADE_UP =
      Pattern.compile(
          String.join(
              "|",
              // onnx::MatMul_787
              "onnx::.*",
              // 17, W_4, val_12, node_12_transposed
              "[A-Za-z]*_?[0-9]+(_(transposed?|t|cast|casted|reshaped?|squeezed|float32|fp32)){0,2}",
              // /layer1/Constant_output_0
              ".*_output_[0-9]+",
              // Constant__123, const_fold_opt__45, MatMul__7:0
              ".*__[0-9]+(:[0-9]+)?",
              // Constant, Constant_3, p2o.helper.constant.12, Transpose_3_out0, Cast_2:0
              "(.*[./])?(?i:constant|identity|cast|transpose|reshape|squeeze|unsqueeze|flatten)"
                  + "([._:-]?[0-9]+)?([._:-]?(o|out|output|result|y))?([._:-]?[0-9]+)?"));

  private final FreeNames free = new FreeNames();

  /**
   * Creates the source of names.
   *
   * @param parameters the names of all initializers, of which none becomes another's
   */
  SiteNames(Collection<String> parameters) {
    parameters.forEach(free::take);
  }

  /**
   * The name that a parameter should have.
   *
   * @param initializer its own name
   * @param layer the node that multiplies with it, or whose product it is added to
   * @param role what it is in the layer, such as {@code "weight"}
   */
  static String wish(String initializer, Node layer, String role) {
    if (layer.name().isEmpty() || !MADE_UP.matcher(initializer).matches()) {
      return initializer;
    }
    String path = layer.name().startsWith("/") ? layer.name().substring(1) : layer.name();
    int lastSlash = path.lastIndexOf('/');
    String parent = lastSlash > 0 ? path.substring(0, lastSlash) : path;
    return parent.replace('/', '.') + "." + role;
  }

  /** The wish, with a number where another parameter has that name already. */
  String give(String initializer, String wish) {
    return wish.equals(initializer) ? initializer : free.fresh(wish);
  }
}
