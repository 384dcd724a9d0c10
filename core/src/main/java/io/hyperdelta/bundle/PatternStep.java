package io.hyperdelta.bundle;

import java.util.function.IntPredicate;

/**
 * What a {@link ModulePattern} does at one place.
 *
 * @param taken the characters that go on from here
 * @param next where it goes on
 * @param other where a fork goes on as well
 */
record PatternStep(Kind kind, IntPredicate taken, int next, int other) {
  /** The place at which the whole pattern has been found. */
  static final int DONE = 0;

  /** What it takes to go on. */
  enum Kind {
    /** A character. */
    TAKE,
    /** Nothing. */
    FORK,
    /** To be at the start of the name. */
    START,
    /** To be at its end. */
    END,
    /** It goes on no more. */
    DONE
  }

  static PatternStep of(Kind kind, int next, int other) {
    return new PatternStep(kind, c -> false, next, other);
  }
}
