package io.hyperdelta.autodiff;

import io.hyperdelta.problem.InputException;

/** A model uses operators that programs cannot run: the message lists all of them. */
public final class UnsupportedModelException extends InputException {
  private static final long serialVersionUID = 1;

  /**
   * Creates the exception.
   *
   * @param message the paragraph shown to the user
   */
  public UnsupportedModelException(String message) {
    super(message, null);
  }
}
