package io.hyperdelta.spec;

import io.hyperdelta.problem.InputException;
import org.jspecify.annotations.Nullable;

/** A spec file that cannot be read, or that says something that cannot be done. */
public final class SpecException extends InputException {
  private static final long serialVersionUID = 1;

  /**
   * Creates the exception.
   *
   * @param message the paragraph shown to the user: file, place, expected, got, advice
   * @param cause what a reader below threw, if anything
   */
  public SpecException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
