package io.hyperdelta.target;

import java.util.Locale;

/** What a site is in its layer. */
public enum SiteKind {
  /** The matrix of a linear layer. */
  WEIGHT,
  /** The kernel of a convolution. */
  KERNEL,
  /** The table of an embedding: one row per id. */
  EMBEDDING,
  /** The vector that a normalised value is multiplied with. */
  SCALE,
  /** The vector that a layer adds. */
  BIAS;

  /** The word for it in tables and messages. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }

  /** Whether it maps inputs to units, so that matrices can be added to it. */
  public boolean isMatrix() {
    return this == WEIGHT || this == KERNEL || this == EMBEDDING;
  }
}
