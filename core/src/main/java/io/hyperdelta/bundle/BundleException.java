package io.hyperdelta.bundle;

import io.hyperdelta.problem.InputException;
import org.jspecify.annotations.Nullable;

/**
 * A bundle that cannot be read, written or trusted: the message names the folder and the file in
 * it.
 */
public final class BundleException extends InputException {
  private static final long serialVersionUID = 1;

  /**
   * Creates the exception.
   *
   * @param message the paragraph shown to the user
   */
  public BundleException(String message) {
    super(message, null);
  }

  /**
   * Creates the exception.
   *
   * @param message the paragraph shown to the user
   * @param cause what the file system threw
   */
  public BundleException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
