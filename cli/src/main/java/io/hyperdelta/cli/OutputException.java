package io.hyperdelta.cli;

import io.hyperdelta.problem.InputException;
import org.jspecify.annotations.Nullable;

/** An output file that cannot be written where it was wanted. */
final class OutputException extends InputException {
  private static final long serialVersionUID = 1;

  OutputException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
