package io.hyperdelta.autodiff;

import java.util.HashMap;
import java.util.Map;
import java.util.function.Function;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Tensors that nothing but sizes decides, made once per sizes. Those of the first few sizes live as
 * long as the program; a program that sees ever new sizes makes the others anew in each run.
 * Thread-safe.
 *
 * @param <K> the sizes, comparable by value
 */
final class SizedTensors<K> {
  static final int MAX_KEPT = 16;

  private final Held held;
  private final Function<K, Tensor> maker;
  private final Map<K, Tensor> kept = new HashMap<>();

  SizedTensors(NodeContext node, Function<K, Tensor> maker) {
    this.held = node.held();
    this.maker = maker;
  }

  /** The tensor of some sizes, in the element type that this node always works with. */
  synchronized Tensor get(K sizes, ScalarType type) {
    Tensor known = kept.get(sizes);
    if (known != null) {
      return known;
    }
    Tensor made = maker.apply(sizes).to(type);
    if (kept.size() < MAX_KEPT) {
      kept.put(sizes, held.hold(made));
    }
    return made;
  }
}
