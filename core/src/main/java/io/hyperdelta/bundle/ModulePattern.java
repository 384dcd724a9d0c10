package io.hyperdelta.bundle;

import java.util.ArrayDeque;
import java.util.BitSet;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A regular expression that a PEFT configuration gives for modules' names, such as a key of its
 * rank_pattern. Immutable; equal where the keys are.
 *
 * <p>It comes from a file that anybody may have made, and Java's own regular expressions can take
 * for ever. So all ways through the pattern are followed at once, one character after the other:
 * the time is at most the length of the pattern times that of the name. Source: Thompson 1968,
 * Regular Expression Search Algorithm.
 */
final class ModulePattern {
  private static final int MAX_LENGTH = 1_000;

  private final String key;
  private final List<PatternStep> steps;
  private final int entry;

  /**
   * Reads a key.
   *
   * @param key characters, {@code .}, classes, groups, {@code |}, and repetitions with {@code *},
   *     {@code +} and {@code ?}; {@code ^} for the start of the whole name
   * @throws IllegalArgumentException if it is something else or too long
   */
  ModulePattern(String key) {
    this.key = key;
    if (key.length() > MAX_LENGTH) {
      throw new IllegalArgumentException(
          "Expected a pattern of at most %d characters, got %d."
              .formatted(MAX_LENGTH, key.length()));
    }
    PatternParser parser = new PatternParser(key);
    this.entry = parser.parse();
    this.steps = parser.steps();
  }

  /** The pattern as it is written. */
  String key() {
    return key;
  }

  /** Whether a module is meant: by its whole name or by what follows a dot in it, as in PEFT. */
  boolean matches(String module) {
    BitSet now = new BitSet();
    for (int at = 0; ; at++) {
      if (at == 0 || module.charAt(at - 1) == '.') {
        now.set(entry);
      }
      boolean ends = at == module.length();
      BitSet reached = follow(now, at == 0, ends);
      if (ends) {
        return reached.get(PatternStep.DONE);
      }
      now = new BitSet();
      for (int i = reached.nextSetBit(0); i >= 0; i = reached.nextSetBit(i + 1)) {
        PatternStep step = steps.get(i);
        if (step.kind() == PatternStep.Kind.TAKE && step.taken().test(module.charAt(at))) {
          now.set(step.next());
        }
      }
    }
  }

  /** All steps that are reached without a further character. */
  private BitSet follow(BitSet from, boolean starts, boolean ends) {
    BitSet reached = new BitSet();
    Deque<Integer> open = new ArrayDeque<>();
    from.stream().forEach(open::add);
    while (!open.isEmpty()) {
      int at = open.pop();
      if (reached.get(at)) {
        continue;
      }
      reached.set(at);
      PatternStep step = steps.get(at);
      switch (step.kind()) {
        case FORK -> {
          open.push(step.next());
          open.push(step.other());
        }
        case START -> {
          if (starts) {
            open.push(step.next());
          }
        }
        case END -> {
          if (ends) {
            open.push(step.next());
          }
        }
        case TAKE, DONE -> {}
      }
    }
    return reached;
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof ModulePattern that && key.equals(that.key);
  }

  @Override
  public int hashCode() {
    return key.hashCode();
  }

  @Override
  public String toString() {
    return key;
  }
}
