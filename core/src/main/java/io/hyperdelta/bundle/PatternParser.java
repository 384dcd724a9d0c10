package io.hyperdelta.bundle;

import java.util.ArrayList;
import java.util.List;
import java.util.function.IntPredicate;

/** Reads a regular expression into the steps of a {@link ModulePattern}. Used once. */
final class PatternParser {
  /** Deeper than any honest pattern, and far from the end of the stack. */
  private static final int MAX_DEPTH = 50;

  private final String text;
  private final List<PatternStep> steps = new ArrayList<>();
  private int at;
  private int depth;

  /** A part of the pattern: adds its steps, given the place behind it, and tells its own place. */
  private interface Part {
    int before(int next);
  }

  PatternParser(String text) {
    this.text = text;
  }

  /**
   * Reads all of it.
   *
   * @return the place to start from
   * @throws IllegalArgumentException if something in it is not read
   */
  int parse() {
    Part all = choice();
    if (at < text.length()) {
      throw refused();
    }
    steps.add(PatternStep.of(PatternStep.Kind.DONE, 0, 0));
    return all.before(PatternStep.DONE);
  }

  List<PatternStep> steps() {
    return List.copyOf(steps);
  }

  private int add(PatternStep step) {
    steps.add(step);
    return steps.size() - 1;
  }

  private int fork(int one, int other) {
    return add(PatternStep.of(PatternStep.Kind.FORK, one, other));
  }

  private Part choice() {
    Part one = sequence();
    while (skip('|')) {
      Part left = one;
      Part right = sequence();
      one = next -> fork(left.before(next), right.before(next));
    }
    return one;
  }

  private Part sequence() {
    List<Part> parts = new ArrayList<>();
    while (at < text.length() && peek() != '|' && peek() != ')') {
      parts.add(repeated(atom()));
    }
    return next -> {
      int place = next;
      for (int i = parts.size() - 1; i >= 0; i--) {
        place = parts.get(i).before(place);
      }
      return place;
    };
  }

  private Part repeated(Part part) {
    if (at == text.length() || "*+?".indexOf(peek()) < 0) {
      return part;
    }
    char sign = text.charAt(at++);
    // How eager a repetition is makes no difference to whether the whole name matches.
    skip('?');
    if (at < text.length() && "*+?".indexOf(peek()) >= 0) {
      throw refused();
    }
    if (sign == '?') {
      return next -> fork(part.before(next), next);
    }
    return next -> {
      int loop = fork(next, next);
      int body = part.before(loop);
      steps.set(loop, PatternStep.of(PatternStep.Kind.FORK, body, next));
      return sign == '*' ? loop : body;
    };
  }

  private Part atom() {
    char c = text.charAt(at++);
    return switch (c) {
      case '(' -> group();
      case '[' -> take(characters());
      case '\\' -> take(escaped());
      case '.' -> take(any -> true);
      case '^' -> next -> add(PatternStep.of(PatternStep.Kind.START, next, 0));
      case '$' -> next -> add(PatternStep.of(PatternStep.Kind.END, next, 0));
      case '*', '+', '?', '{' -> {
        at--;
        throw refused();
      }
      default -> take(other -> other == c);
    };
  }

  private Part take(IntPredicate taken) {
    return next -> add(new PatternStep(PatternStep.Kind.TAKE, taken, next, 0));
  }

  private Part group() {
    if (++depth > MAX_DEPTH) {
      throw refused();
    }
    if (skip('?') && !skip(':')) {
      throw refused();
    }
    Part inner = choice();
    if (!skip(')')) {
      throw refused();
    }
    depth--;
    return inner;
  }

  /** A class such as {@code [a-z_0-9]}. */
  private IntPredicate characters() {
    boolean inverted = skip('^');
    IntPredicate all = c -> false;
    do {
      if (at == text.length()) {
        throw refused();
      }
      char first = text.charAt(at++);
      IntPredicate known = all;
      if (first == '\\') {
        all = known.or(escaped());
      } else if (at + 1 < text.length() && peek() == '-' && text.charAt(at + 1) != ']') {
        char last = text.charAt(at + 1);
        at += 2;
        if (last < first || last == '\\') {
          throw refused();
        }
        all = known.or(c -> c >= first && c <= last);
      } else {
        all = known.or(c -> c == first);
      }
    } while (!skip(']'));
    return inverted ? all.negate() : all;
  }

  private IntPredicate escaped() {
    if (at == text.length()) {
      throw refused();
    }
    char c = text.charAt(at++);
    return switch (c) {
      case 'd' -> digit -> digit >= '0' && digit <= '9';
      case 'w' -> word -> word == '_' || Character.isLetterOrDigit(word);
      default -> {
        if (Character.isLetterOrDigit(c)) {
          at--;
          throw refused();
        }
        yield other -> other == c;
      }
    };
  }

  private char peek() {
    return text.charAt(at);
  }

  private boolean skip(char wanted) {
    boolean there = at < text.length() && peek() == wanted;
    at += there ? 1 : 0;
    return there;
  }

  private IllegalArgumentException refused() {
    return new IllegalArgumentException(
        "Expected a module's name or a simple regular expression, got \"%s\", which is not read from character %d on."
            .formatted(text, at));
  }
}
