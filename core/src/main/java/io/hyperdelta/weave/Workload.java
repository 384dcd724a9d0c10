package io.hyperdelta.weave;

import io.hyperdelta.target.Site;
import java.util.Map;

/**
 * The sizes for which contractions are planned, and what a woven graph is for. But for {@link
 * Purpose#ONE_CONDITION} it is right for any sizes; for these it is fast.
 *
 * @param rows rows of a batch, 1 or more
 * @param conditions conditions in the batch, from 1 to the rows
 * @param purpose what the graph is for
 * @param positions by initializer of a site, the rows that its layer has for each row of the batch:
 *     tokens of a sequence, pixels of an image; those that are not named have one, as far as is
 *     known
 */
public record Workload(int rows, int conditions, Purpose purpose, Map<String, Integer> positions) {
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
    positions = Map.copyOf(positions);
    if (positions.values().stream().anyMatch(count -> count < 1)) {
      throw new IllegalArgumentException(
          "A workload has impossible sizes. Expected layers with one row or more for each row of the batch, got %s."
              .formatted(positions));
    }
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

  /** Where layers have one row for each row of the batch. */
  public Workload(int rows, int conditions, Purpose purpose) {
    this(rows, conditions, purpose, Map.of());
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
   * The same for layers that have more rows than the batch.
   *
   * @param rowsEach by initializer of a site, 1 or more
   * @throws IllegalArgumentException if one is less
   */
  public Workload with(Map<String, Integer> rowsEach) {
    return new Workload(rows, conditions, purpose, rowsEach);
  }

  /** What a site's layer sees of it: rows are those of the layer. */
  Workload at(Site site) {
    return at(site, 1);
  }

  /**
   * The same where something is known of layers that are not named.
   *
   * @param otherwise rows that they have for each row of the batch
   */
  Workload at(Site site, int otherwise) {
    int each = positions.getOrDefault(site.initializer(), otherwise);
    int layerRows = (int) Math.min(Integer.MAX_VALUE, (long) rows * each);
    return new Workload(layerRows, conditions, purpose);
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
