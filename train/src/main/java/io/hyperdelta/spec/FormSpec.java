package io.hyperdelta.spec;

/** How a delta is parametrised. */
public sealed interface FormSpec {
  /** The word for this form in a spec file. */
  String key();

  /**
   * A product of two thin matrices, of weights.
   *
   * @param rank columns of the first matrix and rows of the second, 1 or more
   */
  record LowRank(int rank) implements FormSpec {
    /** Checks the rank. */
    public LowRank {
      Require.between("rank", rank, 1, 65_536);
    }

    @Override
    public String key() {
      return "low-rank";
    }
  }

  /** One term per unit, of biases. */
  record Shift() implements FormSpec {
    @Override
    public String key() {
      return "shift";
    }
  }
}
