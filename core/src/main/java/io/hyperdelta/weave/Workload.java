package io.hyperdelta.weave;

/**
 * The sizes for which contractions are planned. A woven graph is right for any sizes; for these it
 * is fast.
 *
 * @param rows rows of a batch, 1 or more
 * @param conditions conditions in the batch, from 1 to the rows
 */
public record Workload(int rows, int conditions) {
  /** A batch in which every row has its own condition: what a graph for anybody must expect. */
  public static final Workload MIXED = new Workload(256, 256);

  public Workload {
    if (rows < 1 || conditions < 1 || conditions > rows) {
      throw new IllegalArgumentException(
          "A workload has impossible sizes. Expected 1 or more rows and from 1 to as many conditions, got %d and %d."
              .formatted(rows, conditions));
    }
  }
}
