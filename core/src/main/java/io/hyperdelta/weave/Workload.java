package io.hyperdelta.weave;

/**
 * The sizes for which contractions are planned, and what a woven graph is for. But for {@link
 * Purpose#ONE_CONDITION} it is right for any sizes; for these it is fast.
 *
 * @param rows rows of a batch, 1 or more
 * @param conditions conditions in the batch, from 1 to the rows
 * @param purpose what the graph is for
 */
public record Workload(int rows, int conditions, Purpose purpose) {
  /** What a woven graph is for. */
  public enum Purpose {
    /**
     * Any number of conditions. The target's own nodes keep their frozen weights, so that strength
     * 0 is the target bit for bit also in an engine that prepares constant weights ahead.
     */
    ANY,
    /** The same, and rows may name their conditions: {@link Weaver#CONDITION_OF_ROW}. */
    SERVING,
    /**
     * Any number of conditions, with gradients of the parameters: also a weight that is merged has
     * one, which is a whole product.
     */
    TRAINING,
    /**
     * Exactly one condition for all rows; the engine refuses others where a weight is merged. A
     * source that sees an input of the target has one condition per row all the same.
     */
    ONE_CONDITION
  }

  /** A batch in which every row has its own condition: what a graph for anybody must expect. */
  public static final Workload MIXED = new Workload(256, 256);

  /** The same in a graph that is delivered. */
  public static final Workload SERVED = new Workload(256, 256, Purpose.SERVING);

  public Workload {
    if (rows < 1 || conditions < 1 || conditions > rows) {
      throw new IllegalArgumentException(
          "A workload has impossible sizes. Expected 1 or more rows and from 1 to as many conditions, got %d and %d."
              .formatted(rows, conditions));
    }
    if (purpose == Purpose.ONE_CONDITION && conditions > 1) {
      throw new IllegalArgumentException(
          "A workload with one condition for all rows has several. Expected 1, got %d."
              .formatted(conditions));
    }
  }

  /** Sizes alone. */
  public Workload(int rows, int conditions) {
    this(rows, conditions, Purpose.ANY);
  }

  /** Batches for a graph that parameters are trained in. */
  public static Workload training(int rows, int conditions) {
    return new Workload(rows, conditions, Purpose.TRAINING);
  }

  /** Batches that have one condition each. */
  public static Workload oneCondition(int rows) {
    return new Workload(rows, 1, Purpose.ONE_CONDITION);
  }

  /**
   * Whether deltas from a source may be added to the weights that nodes read.
   *
   * @param seesRows whether it sees an input of the target
   */
  boolean merges(FactorSource source, boolean seesRows) {
    return switch (purpose) {
      case ANY, SERVING -> false;
      case TRAINING -> source.isSameForAll();
      case ONE_CONDITION -> source.isSameForAll() || !seesRows;
    };
  }
}
