package io.hyperdelta.autodiff;

import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/** One direction of a recurrent node in one run, step by step. */
interface RecurrentCell {
  /** What the inputs contribute to the gates, for all steps at once: [steps, batch, gates]. */
  Tensor project(Tensor x);

  /**
   * One step.
   *
   * @param projected [batch, gates]
   * @param state each [batch, hidden]
   * @return the next state
   */
  Tensor[] step(Tensor projected, Tensor[] state);

  /** Makes the cell of a direction. */
  @FunctionalInterface
  interface Maker {
    /** The cell of a direction, its weights as they are in this run. */
    RecurrentCell make(int direction, Weights weights);
  }

  /**
   * The weights of one direction, their gates in ONNX's order.
   *
   * @param w [gates * hidden, inputs]
   * @param r [gates * hidden, hidden]
   * @param inputBias [gates * hidden], if any
   * @param stateBias [gates * hidden], if any
   * @param peepholes [3 * hidden], if any
   */
  record Weights(
      Tensor w,
      Tensor r,
      @Nullable Tensor inputBias,
      @Nullable Tensor stateBias,
      @Nullable Tensor peepholes) {

    static Weights of(Arguments in, int direction) {
      Tensor b = in.has(3) ? in.tensor(3).select(0, direction) : null;
      long half = b == null ? 0 : b.size(0) / 2;
      return new Weights(
          in.tensor(1).select(0, direction),
          in.tensor(2).select(0, direction),
          b == null ? null : b.narrow(0, 0, half),
          b == null ? null : b.narrow(0, half, half),
          in.has(7) ? in.tensor(7).select(0, direction) : null);
    }

    long hidden() {
      return r.size(1);
    }

    /** Both biases where nothing comes between them. */
    @Nullable Tensor bias() {
      return inputBias == null || stateBias == null ? null : inputBias.add(stateBias);
    }
  }
}
