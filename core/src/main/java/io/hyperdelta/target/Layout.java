package io.hyperdelta.target;

/** The order in which a linear weight's axes are stored. */
public enum Layout {
  /** {@code [in, out]}: MatMul, and Gemm without transB. */
  IN_OUT,
  /** {@code [out, in]}: Gemm with transB, as PyTorch writes it. */
  OUT_IN
}
