package io.hyperdelta.target;

/** The order in which a site's axes are stored. */
public enum Layout {
  /** {@code [in, out]}: MatMul, and Gemm without transB. */
  IN_OUT,
  /** {@code [out, in]}: Gemm with transB, as PyTorch writes it, convolutions, recurrent layers. */
  OUT_IN,
  /**
   * {@code [channels, out of a group, window...]}: transposed convolutions. An input of a unit is a
   * channel of its group together with a place in the window.
   */
  CHANNELS_OUT_WINDOW
}
