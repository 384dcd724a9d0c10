package io.hyperdelta.problem;

import org.jspecify.annotations.Nullable;

/**
 * Input that cannot be used as it is: a model file, a spec, data, a bundle. The message is a whole
 * paragraph for the user: subject, problem, expected, got, advice. Each package that reads
 * something has its own subclass.
 */
public abstract class InputException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /**
   * Creates the exception.
   *
   * @param message the paragraph shown to the user
   * @param cause what a reader below us threw, if anything
   */
  protected InputException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
