package io.hyperdelta.text;

import io.hyperdelta.problem.InputException;
import org.jspecify.annotations.Nullable;

/** A tokenizer that cannot be used, or a text that gets no vector: the message names which. */
public final class TextException extends InputException {
  private static final long serialVersionUID = 1;

  /**
   * Creates the exception.
   *
   * @param message the paragraph shown to the user
   */
  public TextException(String message) {
    super(message, null);
  }

  /**
   * Creates the exception.
   *
   * @param message the paragraph shown to the user
   * @param cause what a reader below us threw
   */
  public TextException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
