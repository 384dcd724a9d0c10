package io.hyperdelta.text;

/** How long vectors are. */
public enum VectorNorm {
  /** As pooling leaves them. */
  AS_POOLED,

  /**
   * Divided by their Euclidean norm, so that a dot product is a cosine, which is how most sentence
   * encoders are meant to be compared. A vector of zeros stays as it is.
   */
  UNIT
}
