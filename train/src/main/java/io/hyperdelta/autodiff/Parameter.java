package io.hyperdelta.autodiff;

import io.hyperdelta.graph.TensorValue;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;

/**
 * A trainable initializer of a program.
 *
 * @param leaf what gradients flow to: the parameter as the layout keeps it, or several side by side
 * @param layout how it is kept
 * @param first its first column, where there are several; {@link #ALONE} where it is the whole
 */
record Parameter(Tensor leaf, ParameterLayout layout, long first) {
  /** The leaf is one parameter. */
  static final long ALONE = -1;

  /** Its shape in the model. */
  long[] dims() {
    return layout.dims();
  }

  /** Its own of what the leaf has for all, such as their gradient. */
  private Tensor own(Tensor all) {
    return first == ALONE ? all : all.narrow(1, first, layout.kept()[1]);
  }

  /** Its numbers in the model's layout, narrowed to float32. */
  TensorValue value() {
    try (PointerScope scope = new PointerScope()) {
      return Tensors.toFloatValue(layout.plain(own(leaf.detach())));
    }
  }

  /** Its gradient in the model's layout; undefined if none reached it. */
  Tensor gradient() {
    Tensor all = leaf.grad();
    return all.defined() ? layout.plain(own(all)) : all;
  }

  /** Overwrites it in place by a value of its shape. */
  @SuppressWarnings("try") // guards and scopes work by being open
  void set(TensorValue value) {
    try (PointerScope scope = new PointerScope();
        NoGradGuard guard = new NoGradGuard()) {
      own(leaf).copy_(layout.kept(Tensors.of(value, Precision.DOUBLE)));
    }
  }
}
