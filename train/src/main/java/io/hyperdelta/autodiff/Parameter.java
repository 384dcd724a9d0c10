package io.hyperdelta.autodiff;

import io.hyperdelta.graph.TensorValue;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;

/**
 * A trainable initializer of a program.
 *
 * @param leaf what gradients flow to, as the layout keeps it
 * @param layout how it is kept
 */
record Parameter(Tensor leaf, ParameterLayout layout) {

  /** Its shape in the model. */
  long[] dims() {
    return layout.dims();
  }

  /** Its numbers in the model's layout, narrowed to float32. */
  TensorValue value() {
    try (PointerScope scope = new PointerScope()) {
      return Tensors.toFloatValue(layout.plain(leaf.detach()));
    }
  }

  /** Overwrites it in place by a value of its shape. */
  @SuppressWarnings("try") // guards and scopes work by being open
  void set(TensorValue value) {
    try (PointerScope scope = new PointerScope();
        NoGradGuard guard = new NoGradGuard()) {
      leaf.copy_(layout.kept(Tensors.of(value, Precision.DOUBLE)));
    }
  }
}
