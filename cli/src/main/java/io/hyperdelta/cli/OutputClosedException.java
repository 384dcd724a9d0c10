package io.hyperdelta.cli;

/** Standard output did not take everything: its reader went away or its disk is full. */
final class OutputClosedException extends RuntimeException {
  private static final long serialVersionUID = 1;

  OutputClosedException() {
    super("Standard output was closed or is full before everything was written.");
  }
}
