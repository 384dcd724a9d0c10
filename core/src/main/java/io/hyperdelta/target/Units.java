package io.hyperdelta.target;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.stream.Collectors;

/**
 * Some of the units of a site, or all of them.
 *
 * @param indices of the chosen units from 0, ascending; empty for all
 */
public record Units(List<Integer> indices) {
  /** Every unit. */
  public static final Units ALL = new Units(List.of());

  /** No layer has more units than this many digits say, and a range is held number by number. */
  private static final String NUMBER = "[0-9]{1,6}";

  private static final String RANGE = NUMBER + "(\\.\\." + NUMBER + ")?";

  public Units {
    indices = List.copyOf(indices);
    for (int i = 0; i < indices.size(); i++) {
      if (indices.get(i) < (i == 0 ? 0 : indices.get(i - 1) + 1)) {
        throw new IllegalArgumentException(
            "Units are out of order. Expected ascending numbers from 0, got " + indices + ".");
      }
    }
  }

  /** Whether these are all units. */
  public boolean isAll() {
    return indices.isEmpty();
  }

  /** Whether a text can be read by {@link #of(String)}. */
  static boolean isWritten(String text) {
    return text.matches(RANGE + "(," + RANGE + ")*");
  }

  /**
   * Reads units as {@link #toString()} writes them.
   *
   * @param text ranges with both ends included, and single units, such as {@code "0..31,40"}
   * @throws IllegalArgumentException if the text is something else, a range runs backwards, or a
   *     unit is named twice
   */
  public static Units of(String text) {
    if (!isWritten(text)) {
      throw new IllegalArgumentException(
          "Units \"%s\" cannot be read. Expected units and ranges such as 0..31,40."
              .formatted(text));
    }
    BitSet chosen = new BitSet();
    for (String range : text.split(",", -1)) {
      int dots = range.indexOf("..");
      int first = Integer.parseInt(dots < 0 ? range : range.substring(0, dots));
      int last = dots < 0 ? first : Integer.parseInt(range.substring(dots + 2));
      if (last < first) {
        throw new IllegalArgumentException(
            "Units \"%s\" run backwards. Expected the lower end first, got %s."
                .formatted(text, range));
      }
      int twice = chosen.nextSetBit(first);
      if (twice >= 0 && twice <= last) {
        throw new IllegalArgumentException(
            "Units \"%s\" name unit %d twice. Expected each unit once.".formatted(text, twice));
      }
      chosen.set(first, Math.addExact(last, 1));
    }
    return of(chosen);
  }

  /** The units of set bits, of which there is at least one. */
  static Units of(BitSet chosen) {
    return new Units(chosen.stream().boxed().toList());
  }

  /** Whether some unit is in both. */
  public boolean overlaps(Units other) {
    return isAll() || other.isAll() || indices.stream().anyMatch(other.indices::contains);
  }

  /** The highest unit; -1 for all. */
  int highest() {
    return isAll() ? -1 : indices.get(indices.size() - 1);
  }

  /** Whether they lie side by side, all of them included. */
  public boolean isRange() {
    return isAll() || highest() - indices.get(0) == indices.size() - 1;
  }

  /** Ranges and single units, such as {@code "0..31,40"}; empty for all. */
  @Override
  public String toString() {
    List<String> ranges = new ArrayList<>();
    int start = 0;
    for (int i = 1; i <= indices.size(); i++) {
      if (i == indices.size() || indices.get(i) != indices.get(i - 1) + 1) {
        int first = indices.get(start);
        int last = indices.get(i - 1);
        ranges.add(first == last ? "" + first : first + ".." + last);
        start = i;
      }
    }
    return ranges.stream().collect(Collectors.joining(","));
  }
}
