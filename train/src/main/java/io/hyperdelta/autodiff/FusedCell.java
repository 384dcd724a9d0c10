package io.hyperdelta.autodiff;

import org.bytedeco.pytorch.GradMode;
import org.bytedeco.pytorch.T_TensorTensorTensor_T;
import org.bytedeco.pytorch.T_TensorTensor_T;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/** A cell that libtorch runs over whole sequences in one call. Immutable. */
final class FusedCell {
  static final FusedCell LSTM = new FusedCell(FusedCell::lstm, 0, 2, 3, 1);

  /** The one that maps the state before it passes the reset gate: libtorch has no other. */
  static final FusedCell GRU = new FusedCell(oneState(torch::gru, torch::gru), 1, 0, 2);

  static final FusedCell TANH = new FusedCell(oneState(torch::rnn_tanh, torch::rnn_tanh), 0);
  static final FusedCell RELU = new FusedCell(oneState(torch::rnn_relu, torch::rnn_relu), 0);

  private final Call call;
  private final int[] order;

  /**
   * Declares a cell.
   *
   * @param order for each of libtorch's gates, which of ONNX's it is
   */
  private FusedCell(Call call, int... order) {
    this.call = call;
    this.order = order;
  }

  /**
   * Runs sequences. Results are views that live as long as the scope that is open.
   *
   * @param x [steps, batch, inputs], or [values, inputs] of packed sequences
   * @param batchSizes int64 [steps] of packed sequences, else null
   * @param state each [directions, batch, hidden]
   * @return the hidden states of all steps, their last axis directions * hidden, then the last ones
   */
  Tensor[] run(Tensor x, @Nullable Tensor batchSizes, Tensor[] state, Weights weights) {
    return call.run(x, batchSizes, state, weights);
  }

  /** A weight or bias [gates * hidden, ...] with the gates in libtorch's order. */
  Tensor reordered(Tensor gates) {
    if (order.length == 1) {
      return gates;
    }
    long hidden = gates.size(0) / order.length;
    TensorVector parts = new TensorVector();
    for (int gate : order) {
      parts.push_back(gates.narrow(0, gate * hidden, hidden));
    }
    return torch.cat(parts, 0);
  }

  private static Tensor[] lstm(
      Tensor x, @Nullable Tensor batchSizes, Tensor[] state, Weights weights) {
    TensorVector first = new TensorVector(state);
    TensorVector flat = weights.flat();
    boolean biased = weights.biased();
    boolean both = weights.bidirectional();
    boolean train = GradMode.is_enabled();
    T_TensorTensorTensor_T made =
        batchSizes == null
            ? torch.lstm(x, first, flat, biased, 1, 0, train, both, false)
            : torch.lstm(x, batchSizes, first, flat, biased, 1, 0, train, both);
    return new Tensor[] {made.get0(), made.get1(), made.get2()};
  }

  private static Call oneState(Whole whole, Packed packed) {
    return (x, batchSizes, state, weights) -> {
      TensorVector flat = weights.flat();
      boolean biased = weights.biased();
      boolean both = weights.bidirectional();
      boolean train = GradMode.is_enabled();
      T_TensorTensor_T made =
          batchSizes == null
              ? whole.run(x, state[0], flat, biased, 1, 0, train, both, false)
              : packed.run(x, batchSizes, state[0], flat, biased, 1, 0, train, both);
      return new Tensor[] {made.get0(), made.get1()};
    };
  }

  /**
   * What libtorch wants to know of a cell's weights.
   *
   * @param flat for each direction those of the input and of the state, then the biases if any
   */
  record Weights(TensorVector flat, boolean biased, boolean bidirectional) {}

  /** See {@link #run}. */
  @FunctionalInterface
  private interface Call {
    Tensor[] run(Tensor x, @Nullable Tensor batchSizes, Tensor[] state, Weights weights);
  }

  /** libtorch's signature for sequences of one length. */
  @FunctionalInterface
  private interface Whole {
    T_TensorTensor_T run(
        Tensor x,
        Tensor state,
        TensorVector weights,
        boolean biased,
        long layers,
        double dropout,
        boolean train,
        boolean bidirectional,
        boolean batchFirst);
  }

  /** libtorch's signature for packed sequences. */
  @FunctionalInterface
  private interface Packed {
    T_TensorTensor_T run(
        Tensor x,
        Tensor batchSizes,
        Tensor state,
        TensorVector weights,
        boolean biased,
        long layers,
        double dropout,
        boolean train,
        boolean bidirectional);
  }
}
