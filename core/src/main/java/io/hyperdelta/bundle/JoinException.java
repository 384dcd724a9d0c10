package io.hyperdelta.bundle;

import io.hyperdelta.problem.InputException;

/** A context table that rows cannot be joined with: the message names the table and the keys. */
public final class JoinException extends InputException {
  private static final long serialVersionUID = 1;

  /**
   * Creates the exception.
   *
   * @param message the paragraph shown to the user
   */
  public JoinException(String message) {
    super(message, null);
  }
}
