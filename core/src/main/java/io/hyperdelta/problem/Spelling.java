package io.hyperdelta.problem;

import java.util.Collection;
import java.util.Comparator;
import java.util.Locale;

/** Finds what somebody may have meant. Stateless. */
public final class Spelling {
  private Spelling() {}

  /**
   * Advice to append to an error, such as {@code " Maybe you meant \"trunk\"."}.
   *
   * @param word what was written
   * @param candidates what would have been understood
   * @return advice with a leading space, or the empty string when nothing is close
   */
  public static String advice(String word, Collection<String> candidates) {
    int tolerance = Math.max(1, word.length() / 3);
    return candidates.stream()
        .min(Comparator.comparingInt((String c) -> distance(word, c)).thenComparing(c -> c))
        .filter(c -> distance(word, c) <= tolerance)
        .map(c -> " Maybe you meant \"" + c + "\".")
        .orElse("");
  }

  /** Levenshtein distance, ignoring case. */
  private static int distance(String a, String b) {
    String s = a.toLowerCase(Locale.ROOT);
    String t = b.toLowerCase(Locale.ROOT);
    int[] previous = new int[t.length() + 1];
    for (int j = 0; j <= t.length(); j++) {
      previous[j] = j;
    }
    for (int i = 1; i <= s.length(); i++) {
      int[] row = new int[t.length() + 1];
      row[0] = i;
      for (int j = 1; j <= t.length(); j++) {
        int change = s.charAt(i - 1) == t.charAt(j - 1) ? 0 : 1;
        row[j] = Math.min(Math.min(row[j - 1], previous[j]) + 1, previous[j - 1] + change);
      }
      previous = row;
    }
    return previous[t.length()];
  }
}
