package io.hyperdelta.runtime;

import io.hyperdelta.problem.InputException;

/** Rows that a model cannot predict for: the message names the column and the row. */
public final class RowsException extends InputException {
  private static final long serialVersionUID = 1;

  /**
   * Creates the exception.
   *
   * @param message the paragraph shown to the user
   */
  public RowsException(String message) {
    super(message, null);
  }
}
