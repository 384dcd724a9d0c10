package io.hyperdelta.conformance;

import io.hyperdelta.problem.InputException;
import org.jspecify.annotations.Nullable;

/** A folder that is no conformance suite. */
public final class ConformanceException extends InputException {
  private static final long serialVersionUID = 1;

  ConformanceException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
