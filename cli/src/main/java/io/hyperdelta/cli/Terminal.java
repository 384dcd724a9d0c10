package io.hyperdelta.cli;

import io.hyperdelta.fit.Progress;
import java.io.Console;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.io.Writer;
import java.nio.charset.Charset;
import java.nio.charset.IllegalCharsetNameException;
import java.nio.charset.StandardCharsets;
import java.nio.charset.UnsupportedCharsetException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * Where commands print: results to {@code out}, everything about the run to {@code err}.
 *
 * @param out standard output, UTF-8 whatever the locale, since results are read by programs
 * @param err standard error, in the locale's encoding
 * @param interactive whether {@code err} is a terminal that can redraw a line
 * @param unicode whether {@code err} can show block characters
 * @param width columns of a line on {@code err}
 */
record Terminal(PrintWriter out, PrintWriter err, boolean interactive, boolean unicode, int width) {
  /** What to assume of a terminal that does not tell, and of files. */
  static final int DEFAULT_WIDTH = 80;

  /** Below this, wrapping would give one word per line. */
  private static final int MIN_WIDTH = 40;

  /** Set by the launcher, which can see what Java cannot: whether standard error is a terminal. */
  private static final String TERMINAL_PROPERTY = "hyperdelta.terminal";

  /** Set by the launcher when there is a terminal and it tells its width. */
  private static final String COLUMNS_PROPERTY = "hyperdelta.columns";

  Terminal {
    if (width < MIN_WIDTH) {
      width = MIN_WIDTH;
    }
  }

  /** The terminal, files or pipes that this process was started with. */
  static Terminal ofProcess() {
    Charset charset = localeCharset(System.getProperty("native.encoding"));
    return new Terminal(
        writer(FileDescriptor.out, StandardCharsets.UTF_8),
        writer(FileDescriptor.err, charset),
        errIsTerminal(System.getProperty(TERMINAL_PROPERTY)),
        charset.equals(StandardCharsets.UTF_8),
        columns(System.getProperty(COLUMNS_PROPERTY)));
  }

  /** A terminal that keeps nothing. */
  static Terminal discarding() {
    PrintWriter nothing = new PrintWriter(Writer.nullWriter());
    return new Terminal(nothing, nothing, false, false, DEFAULT_WIDTH);
  }

  /** How a long run reports its progress here. */
  Progress progress() {
    return interactive
        ? new TerminalProgress(err, width, unicode)
        : new PlainProgress(err, System::nanoTime);
  }

  /**
   * The launcher's word if there is one; otherwise what Java and, on Linux, the kernel can tell.
   */
  @SuppressWarnings("SystemConsoleNull") // null still says "no terminal" before Java 22
  static boolean errIsTerminal(@Nullable String told) {
    if (told != null) {
      return Boolean.parseBoolean(told);
    }
    Console console = System.console();
    return console != null && isTerminal(console) && !errIsRedirected();
  }

  /**
   * From Java 22 there is a console object even for pipes; what used to be "not null" is a method
   * now.
   */
  private static boolean isTerminal(Console console) {
    try {
      return (boolean) Console.class.getMethod("isTerminal").invoke(console);
    } catch (NoSuchMethodException e) {
      return true;
    } catch (ReflectiveOperationException e) {
      return false;
    }
  }

  /**
   * Java's console looks at standard input and output only. Where /proc is missing, that has to do.
   */
  private static boolean errIsRedirected() {
    try {
      String file = Files.readSymbolicLink(Path.of("/proc/self/fd/2")).toString();
      return !file.startsWith("/dev/pts/")
          && !file.startsWith("/dev/tty")
          && !file.equals("/dev/console");
    } catch (IOException | UnsupportedOperationException e) {
      return false;
    }
  }

  static int columns(@Nullable String told) {
    if (told == null) {
      return DEFAULT_WIDTH;
    }
    try {
      return Integer.parseInt(told);
    } catch (NumberFormatException e) {
      return DEFAULT_WIDTH;
    }
  }

  private static Charset localeCharset(@Nullable String name) {
    try {
      return name == null ? StandardCharsets.UTF_8 : Charset.forName(name);
    } catch (IllegalCharsetNameException | UnsupportedCharsetException e) {
      return StandardCharsets.UTF_8;
    }
  }

  private static PrintWriter writer(FileDescriptor descriptor, Charset charset) {
    OutputStream stream = new FileOutputStream(descriptor);
    // Flushed at each println, so that messages and results come in the order they were printed.
    return new PrintWriter(new OutputStreamWriter(stream, charset), true);
  }
}
