package io.hyperdelta.autodiff;

import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/** A way to run a recurrent node over sequences. */
interface Recurrence {
  /**
   * Runs the node.
   *
   * @param in the node's inputs, for the weights
   * @param x [steps, batch, inputs]
   * @param state hidden state and, of an LSTM, cell state, each [directions, batch, hidden]
   * @param lengths of each sequence, null if all have all steps
   * @return the hidden states of all steps [steps, directions, batch, hidden], zero past a
   *     sequence's end, then the last states in the form of the first ones
   */
  Tensor[] run(Arguments in, Tensor x, Tensor[] state, long @Nullable [] lengths);
}
