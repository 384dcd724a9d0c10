package io.hyperdelta.graph;

import io.hyperdelta.problem.InputException;
import org.jspecify.annotations.Nullable;

/** An ONNX model that cannot be read or used: the message names the model and the place in it. */
public final class ModelException extends InputException {
  private static final long serialVersionUID = 1;

  /**
   * Creates the exception.
   *
   * @param message the paragraph shown to the user
   */
  public ModelException(String message) {
    super(message, null);
  }

  /**
   * Creates the exception.
   *
   * @param message the paragraph shown to the user
   * @param cause what a reader below us threw
   */
  public ModelException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
