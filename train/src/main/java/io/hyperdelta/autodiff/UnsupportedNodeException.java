package io.hyperdelta.autodiff;

/** A node asks for a variant of its operator that has no kernel; the compiler collects these. */
final class UnsupportedNodeException extends RuntimeException {
  private static final long serialVersionUID = 1;

  /**
   * Creates the exception.
   *
   * @param message what the node asks for, a few words: {@code "mode \"reflect\""}
   */
  UnsupportedNodeException(String message) {
    super(message);
  }
}
