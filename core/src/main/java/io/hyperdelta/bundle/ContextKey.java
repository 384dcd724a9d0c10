package io.hyperdelta.bundle;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Keys of context tables as they are compared: texts, exactly as written, and whole numbers, for
 * which 1, 1.0 and the texts "1" and "1.0" are the same, since a column of whole numbers with a gap
 * is written with fractions by many programs. "01" is another key than "1". Stateless.
 */
public final class ContextKey {
  /** Above, a double stands for several whole numbers. */
  private static final double LARGEST = 1L << 53;

  private static final Pattern WHOLE = Pattern.compile("(-?(?:0|[1-9][0-9]*))\\.0+");

  private ContextKey() {}

  /** The key that a text says. */
  public static String of(String text) {
    Matcher whole = WHOLE.matcher(text);
    String key = whole.matches() ? whole.group(1) : text;
    return key.equals("-0") ? "0" : key;
  }

  /**
   * The key that a number says.
   *
   * @param column where it is from, for messages
   * @throws JoinException if it is not whole, or too large to be exact
   */
  public static String of(double number, String column) {
    if (number != Math.rint(number) || Math.abs(number) >= LARGEST) {
      throw new JoinException(
          "Column \"%s\" has a number that cannot be the key of a context. Expected whole numbers below 9,007,199,254,740,992 in size, or texts, got %s."
              .formatted(column, number));
    }
    return Long.toString((long) number);
  }
}
