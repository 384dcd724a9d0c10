package io.hyperdelta.bundle;

import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/**
 * A regular expression that a PEFT configuration gives for modules' names, such as a key of its
 * rank_pattern. It comes from a file, so it gets no more steps than an honest one needs.
 */
final class ModulePattern {
  private static final int MAX_LENGTH = 1_000;
  private static final int MAX_STEPS = 1_000_000;

  private final String key;
  private final Pattern pattern;

  /**
   * Reads a key.
   *
   * @throws IllegalArgumentException if it is no regular expression
   */
  ModulePattern(String key) {
    this.key = key;
    if (key.length() > MAX_LENGTH) {
      throw new IllegalArgumentException(
          "Expected a pattern of at most %d characters, got %d."
              .formatted(MAX_LENGTH, key.length()));
    }
    try {
      pattern = Pattern.compile("(?:.*\\.)?(?:" + key + ")");
    } catch (PatternSyntaxException | StackOverflowError e) {
      throw new IllegalArgumentException(
          "Expected a module's name or a regular expression, got \"%s\".".formatted(key), e);
    }
  }

  /**
   * Whether a module is meant: by its whole name or by what follows a dot in it, as in PEFT.
   *
   * @throws IllegalArgumentException if it takes too long to find out
   */
  boolean matches(String module) {
    try {
      return pattern.matcher(new Counted(module, new int[1])).matches();
    } catch (TooLong | StackOverflowError e) {
      throw new IllegalArgumentException(
          "Expected a pattern that is soon found or not, got \"%s\", which is not for module \"%s\"."
              .formatted(key, module),
          e);
    }
  }

  /** Backtracking looks at characters again and again: this counts how often. */
  private record Counted(CharSequence text, int[] steps) implements CharSequence {
    @Override
    public char charAt(int index) {
      if (++steps[0] > MAX_STEPS) {
        throw new TooLong();
      }
      return text.charAt(index);
    }

    @Override
    public int length() {
      return text.length();
    }

    @Override
    public CharSequence subSequence(int start, int end) {
      return new Counted(text.subSequence(start, end), steps);
    }

    @Override
    public String toString() {
      return text.toString();
    }
  }

  private static final class TooLong extends RuntimeException {
    private static final long serialVersionUID = 1;

    TooLong() {
      super(null, null, false, false);
    }
  }
}
