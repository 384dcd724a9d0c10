package io.hyperdelta.autodiff;

import io.hyperdelta.graph.ModelReader;
import java.util.List;

/**
 * An operator that programs can run.
 *
 * @param title its name, other domains than ONNX's own in front
 * @param opsets the versions of its operator set in which it is taken, such as {@code "7 to 21"}
 * @param gradient whether gradients flow through it
 */
public record OperatorSupport(String title, String opsets, boolean gradient) {
  /** All operators that files may have, by title. */
  public static List<OperatorSupport> all() {
    return Operators.all().entrySet().stream()
        .filter(entry -> !entry.getValue().get(0).domain().equals(Fusion.DOMAIN))
        .map(entry -> of(entry.getKey(), entry.getValue()))
        .toList();
  }

  private static OperatorSupport of(String title, List<Operator> variants) {
    int since = variants.stream().mapToInt(Operator::since).min().orElseThrow();
    int until = variants.stream().mapToInt(Operator::until).max().orElseThrow();
    boolean gradient = variants.stream().anyMatch(Operator::differentiable);
    String opsets =
        variants.get(0).domain().isEmpty()
            ? Math.max(since, ModelReader.MIN_OPSET)
                + " to "
                + Math.min(until, ModelReader.MAX_OPSET)
            : "all";
    return new OperatorSupport(title, opsets, gradient);
  }
}
