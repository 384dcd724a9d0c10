package io.hyperdelta.autodiff;

/**
 * How much may be kept of what the frozen part of a program makes of all rows.
 *
 * @param ample bytes that are kept in memory without a thought for having fewer
 * @param memory most bytes in memory, where they are not kept in a file
 * @param file most bytes in a temporary file; 0 for none
 */
public record Room(long ample, long memory, long file) {
  /** Each row is a call of the system in every step, which smaller ones are not worth. */
  private static final long MIN_FILE_ROW_BYTES = 4096;

  /** Where rows are kept. */
  enum Place {
    MEMORY,
    FILE,
    NOWHERE
  }

  /** Room in memory alone. */
  public static Room inMemory(long bytes) {
    return new Room(bytes, bytes, 0);
  }

  /**
   * Where rows are to be kept.
   *
   * @param rowBytes of each
   * @param rowCount how many there are
   */
  Place place(long rowBytes, int rowCount) {
    if (Math.multiplyHigh(rowBytes, rowCount) != 0) {
      return Place.NOWHERE;
    }
    long bytes = rowBytes * rowCount;
    // A row is read by one call, into one array.
    boolean forFile = rowBytes >= MIN_FILE_ROW_BYTES && rowBytes <= Integer.MAX_VALUE;
    if (bytes > ample && bytes <= file && forFile && FileRows.fit(bytes)) {
      return Place.FILE;
    }
    return placeInMemory(bytes);
  }

  /** The same where no file can be had. */
  Place placeInMemory(long bytes) {
    return bytes <= memory ? Place.MEMORY : Place.NOWHERE;
  }
}
