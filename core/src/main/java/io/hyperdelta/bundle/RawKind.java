package io.hyperdelta.bundle;

/** What a raw column holds. */
public enum RawKind {
  /** A number in each row. */
  NUMBER("numbers"),
  /** A text in each row. */
  TEXT("texts"),
  /** A vector of numbers in each row. */
  VECTOR("vectors"),
  /** A key of a context table: texts or whole numbers, see {@link ContextKey}. */
  KEY("texts or whole numbers");

  private final String title;

  RawKind(String title) {
    this.title = title;
  }

  /** The kind in words. */
  public String title() {
    return title;
  }

  /** What a column is read as that is needed as both: a key may be anything. */
  RawKind with(RawKind other) {
    return this == KEY ? other : this;
  }
}
