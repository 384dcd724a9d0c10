package io.hyperdelta.spec;

import io.hyperdelta.problem.Spelling;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;

/** The checks that the spec's records share; each throws {@link IllegalArgumentException}. */
final class Require {
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0,127}");
  private static final int LARGEST_WIDTH = 65_536;

  private Require() {}

  static String text(String key, String value) {
    if (value.isBlank()) {
      throw new IllegalArgumentException(
          key + " is empty. Expected a text, got \"" + value + "\".");
    }
    return value;
  }

  static String name(String key, String value) {
    if (!NAME.matcher(value).matches()) {
      throw new IllegalArgumentException(
          key
              + " is not a name. Expected letters, digits, dots, underscores and hyphens, at most"
              + " 128, starting with a letter or digit, got \""
              + value
              + "\".");
    }
    return value;
  }

  static void between(String key, long value, long low, long high) {
    if (value < low || value > high) {
      throw new IllegalArgumentException(
          key + " is out of range. Expected " + low + " to " + high + ", got " + value + ".");
    }
  }

  static void positive(String key, double value) {
    if (!(value > 0) || Double.isInfinite(value)) {
      throw new IllegalArgumentException(
          key + " is out of range. Expected a finite number above 0, got " + value + ".");
    }
  }

  static void fraction(String key, double value) {
    if (!(value >= 0 && value < 1)) {
      throw new IllegalArgumentException(
          key + " is out of range. Expected 0 or more and less than 1, got " + value + ".");
    }
  }

  static List<Integer> widths(String key, List<Integer> values) {
    if (values.isEmpty()) {
      throw new IllegalArgumentException(
          key + " is empty. Expected at least one number of units, got none.");
    }
    values.forEach(value -> between(key, value, 1, LARGEST_WIDTH));
    return List.copyOf(values);
  }

  static <T> List<T> some(String key, List<T> values) {
    if (values.isEmpty()) {
      throw new IllegalArgumentException(key + " is empty. Expected at least one, got none.");
    }
    return List.copyOf(values);
  }

  static List<String> distinct(String key, List<String> values) {
    Set<String> seen = new HashSet<>();
    for (String value : values) {
      text(key, value);
      if (!seen.add(value)) {
        throw new IllegalArgumentException(
            key
                + " names \""
                + value
                + "\" twice. Expected each name once, got "
                + String.join(", ", values)
                + ".");
      }
    }
    return List.copyOf(values);
  }

  static List<String> columns(String key, List<String> values) {
    if (values.isEmpty()) {
      throw new IllegalArgumentException(
          key + " is empty. Expected at least one column, got none.");
    }
    return distinct(key, values);
  }

  static void known(String key, String value, Collection<String> candidates) {
    if (!candidates.contains(value)) {
      throw new IllegalArgumentException(
          key
              + " is unknown. Expected one of "
              + String.join(", ", candidates)
              + ", got \""
              + value
              + "\"."
              + Spelling.advice(value, candidates));
    }
  }

  /** Paths are kept absolute, so that a later change of nothing but the caller is harmless. */
  static Path absolute(Path path) {
    return path.toAbsolutePath().normalize();
  }
}
