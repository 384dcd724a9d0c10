package io.hyperdelta.spec;

/** What fitting minimises. */
public enum Objective {
  /** Mean squared error. */
  MSE("mse"),
  /** Cross-entropy of a label with several classes. */
  CROSS_ENTROPY("cross-entropy"),
  /** Binary cross-entropy of a label that is 0 or 1. */
  BCE("bce"),
  /** Squared error that grows linearly for large errors. */
  HUBER("huber");

  private final String key;

  Objective(String key) {
    this.key = key;
  }

  /** The word for this objective in a spec file. */
  public String key() {
    return key;
  }

  /**
   * The objective of a word.
   *
   * @param key a word as {@link #key()} gives it
   * @return the objective
   * @throws IllegalArgumentException if the word names none
   */
  public static Objective of(String key) {
    for (Objective objective : values()) {
      if (objective.key.equals(key)) {
        return objective;
      }
    }
    throw new IllegalArgumentException(
        "objective is unknown. Expected one of mse, cross-entropy, bce, huber, got \""
            + key
            + "\".");
  }
}
