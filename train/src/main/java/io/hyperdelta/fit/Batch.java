package io.hyperdelta.fit;

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

  /** Numbers of the rows that count. */
  int[] countedRows() {
    int[] numbers = new int[counted.length];
    for (int i = 0; i < counted.length; i++) {
      numbers[i] = rows[counted[i]];
    }
    return numbers;
  }
}
