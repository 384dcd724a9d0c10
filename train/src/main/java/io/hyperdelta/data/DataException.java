package io.hyperdelta.data;

import io.hyperdelta.problem.InputException;
import org.jspecify.annotations.Nullable;

/** Data that cannot be read, or that does not hold what is asked of it. */
public final class DataException extends InputException {
  private static final long serialVersionUID = 1;

  /**
   * Creates the exception.
   *
   * @param message the paragraph shown to the user: subject, problem, expected, got, advice
   * @param cause what a reader below threw, if anything
   */
  public DataException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
