package io.hyperdelta.cli;

import java.io.PrintWriter;
import java.io.StringWriter;

/** A terminal that keeps what was printed, for tests. */
final class RecordedTerminal {
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  Terminal terminal(int width) {
    return new Terminal(new PrintWriter(out), new PrintWriter(err), false, false, width);
  }

  /** Runs the command line at 80 columns. */
  int run(String... arguments) {
    return Main.run(terminal(Terminal.DEFAULT_WIDTH), arguments);
  }

  String out() {
    return out.toString();
  }

  String err() {
    return err.toString();
  }

  /** Standard error as one line, so that assertions do not depend on where it was wrapped. */
  String unwrappedErr() {
    return err().strip().replaceAll("\\R", " ");
  }
}
