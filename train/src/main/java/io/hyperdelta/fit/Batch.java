package io.hyperdelta.fit;

import java.util.Arrays;

/**
 * Rows that are computed together: K blocks of m rows, those of a block with the same condition.
 *
 * @param rows K m row numbers, block after block
 * @param conditionRows K row numbers, of a row of each block
 * @param counted positions in {@code rows}, ascending, of those that count; what is left out only
 *     fills up a block, and is in another place or batch as well
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record Batch(int[] rows, int[] conditionRows, int[] counted) {
  /** Whether some rows only fill up blocks. */
  boolean isPadded() {
    return counted.length < rows.length;
  }

  /**
   * One of several shards that have all blocks among them, as evenly as can be.
   *
   * @param number of the shard, from 0
   * @param shards how many there are, no more than blocks
   */
  Batch shard(int number, int shards) {
    if (shards == 1) {
      return this;
    }
    int from = firstBlock(number, shards);
    int to = firstBlock(number + 1, shards);
    int rowsEach = rows.length / conditionRows.length;
    int first = from * rowsEach;
    int end = to * rowsEach;
    return new Batch(
        Arrays.copyOfRange(rows, first, end),
        Arrays.copyOfRange(conditionRows, from, to),
        Arrays.stream(counted).filter(i -> i >= first && i < end).map(i -> i - first).toArray());
  }

  /** The first block of a shard. */
  int firstBlock(int shard, int shards) {
    return (int) ((long) conditionRows.length * shard / shards);
  }

  /** Numbers of the rows that count. */
  int[] countedRows() {
    int[] numbers = new int[counted.length];
    for (int i = 0; i < counted.length; i++) {
      numbers[i] = rows[counted[i]];
    }
    return numbers;
  }
}
