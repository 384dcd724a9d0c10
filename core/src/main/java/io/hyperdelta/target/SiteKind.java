package io.hyperdelta.target;

import java.util.Locale;

/** What a site is in its layer. */
public enum SiteKind {
  /** The matrix of a linear layer. */
  WEIGHT,
  /** The vector that a linear layer adds. */
  BIAS;

  /** The word for it in tables and messages. */
  public String word() {
    return name().toLowerCase(Locale.ROOT);
  }
}
