package io.hyperdelta.spec;

/** In which precision fitting computes large products; all else is float32. */
public enum ProductPrecision {
  /** As the model declares them. */
  FLOAT32("float32"),
  /**
   * Factors rounded to 8 bits, sums in float32; where the processor has no such products, as above.
   */
  BFLOAT16("bfloat16");

  private final String key;

  ProductPrecision(String key) {
    this.key = key;
  }

  /** The word for this precision in a spec file. */
  public String key() {
    return key;
  }

  /**
   * The precision of a word.
   *
   * @param key a word as {@link #key()} gives it
   * @return the precision
   * @throws IllegalArgumentException if the word names none
   */
  public static ProductPrecision of(String key) {
    for (ProductPrecision precision : values()) {
      if (precision.key.equals(key)) {
        return precision;
      }
    }
    throw new IllegalArgumentException(
        "fit.products is unknown. Expected one of float32, bfloat16, got \"" + key + "\".");
  }
}
