package io.hyperdelta.cli;

import io.hyperdelta.problem.InputException;
import io.hyperdelta.problem.Spelling;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.lang.reflect.InvocationTargetException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/**
 * What the user is told about a problem, and the exit code that goes with it.
 *
 * @param text one paragraph, starting with {@code error: } when the user's input is at fault and
 *     with {@code failure: } when it is not
 * @param exitCode 2 for wrong usage and unusable input, 1 for failures
 * @param problem what was thrown, for the stack trace
 */
record ErrorReport(String text, int exitCode, Throwable problem) {
  /** Wrong usage, or input that cannot be used. */
  static final int EXIT_INPUT = 2;

  /** Everything else that goes wrong. */
  static final int EXIT_FAILURE = 1;

  private static final String ADVICE = " Run it again with --debug to see where it happened.";

  /** Reports on {@code thrown}. */
  static ErrorReport of(Throwable thrown) {
    Throwable problem = unwrap(thrown);
    if (problem instanceof ParameterException usage) {
      return new ErrorReport("error: " + usage(usage), EXIT_INPUT, problem);
    }
    if (problem instanceof InputException) {
      return new ErrorReport("error: " + message(problem), EXIT_INPUT, problem);
    }
    return new ErrorReport("failure: " + failure(problem), EXIT_FAILURE, problem);
  }

  /**
   * Prints the paragraph, wrapped.
   *
   * @param err where to
   * @param width columns of a line
   * @param withStackTrace whether the stack trace follows
   */
  void print(PrintWriter err, int width, boolean withStackTrace) {
    err.println(Paragraph.wrap(text, width));
    if (withStackTrace) {
      problem.printStackTrace(err);
    }
    err.flush();
  }

  /** Takes off the wrappers that only say that something ran elsewhere. */
  private static Throwable unwrap(Throwable thrown) {
    Throwable problem = thrown;
    while (isWrapper(problem) && problem.getCause() != null) {
      problem = problem.getCause();
    }
    return problem;
  }

  private static boolean isWrapper(Throwable problem) {
    return problem instanceof CompletionException
        || problem instanceof ExecutionException
        || problem instanceof InvocationTargetException
        || problem instanceof UncheckedIOException
        || problem instanceof CommandLine.ExecutionException;
  }

  private static String failure(Throwable problem) {
    if (problem instanceof OutOfMemoryError) {
      long heapMib = Runtime.getRuntime().maxMemory() >> 20;
      return sentence("Memory ran out: " + message(problem))
          + " Java's heap may take "
          + heapMib
          + " MiB. Set HYPERDELTA_JAVA_OPTS=-Xmx4g, say, to allow more, or use fewer rows at a time.";
    }
    LinkageError linkage = linkageError(problem);
    if (linkage != null) {
      return sentence("A library could not be loaded: " + message(linkage))
          + " The engines' native libraries are built in for the platform that HyperDelta was built on: Linux or Windows on"
          + " x86-64, macOS on arm64. Build it on this machine, or with -Pall-platforms."
          + ADVICE;
    }
    if (problem instanceof OutputClosedException) {
      return message(problem);
    }
    if (problem instanceof FileSystemException file) {
      return sentence(fileProblem(file)) + ADVICE;
    }
    if (problem instanceof IOException) {
      return sentence("Reading or writing failed: " + message(problem)) + ADVICE;
    }
    return sentence(message(problem)) + ADVICE;
  }

  /** The JDK's messages of these are only a path, with the problem in the class name. */
  private static String fileProblem(FileSystemException problem) {
    if (problem instanceof NoSuchFileException) {
      return "There is no file \"" + problem.getFile() + "\".";
    }
    if (problem instanceof AccessDeniedException) {
      return "Access to \"" + problem.getFile() + "\" is denied.";
    }
    String reason = problem.getReason();
    return "File \"" + problem.getFile() + "\": " + (reason == null ? name(problem) : reason);
  }

  /**
   * The linkage error in the chain of causes that says most, or null: a class whose static
   * initializer loads a native library fails with the reason inside an ExceptionInInitializerError.
   */
  private static @Nullable LinkageError linkageError(Throwable problem) {
    LinkageError found = null;
    for (Throwable t = problem; t != null; t = t.getCause()) {
      if (t instanceof LinkageError linkage
          && (found == null
              || found instanceof ExceptionInInitializerError
              || linkage instanceof UnsatisfiedLinkError)) {
        found = linkage;
      }
    }
    return found;
  }

  private static String usage(ParameterException problem) {
    CommandLine line = problem.getCommandLine();
    String help = " See \"" + line.getCommandSpec().qualifiedName() + " --help\".";
    if (line.getParent() == null) {
      List<String> commands = List.copyOf(line.getSubcommands().keySet());
      if (problem instanceof UnmatchedArgumentException unmatched && !unmatched.isUnknownOption()) {
        String word = unmatched.getUnmatched().get(0);
        return "\""
            + word
            + "\" is not a command. Expected one of: "
            + String.join(", ", commands)
            + "."
            + Spelling.advice(word, commands)
            + help;
      }
      if (message(problem).startsWith("Missing required subcommand")) {
        return "The command is missing. Expected one of: "
            + String.join(", ", commands)
            + "."
            + help;
      }
    }
    if (problem instanceof UnmatchedArgumentException unmatched) {
      String option = unmatched.getUnmatched().get(0);
      if (!unmatched.isUnknownOption()) {
        return "\"" + option + "\" is one argument too many." + help;
      }
      option = option.replaceFirst("=.*", "");
      List<String> options =
          line.getCommandSpec().options().stream().map(o -> o.longestName()).toList();
      return "\""
          + option
          + "\" is not an option of \""
          + line.getCommandSpec().qualifiedName()
          + "\"."
          + Spelling.advice(option, options)
          + help;
    }
    // picocli says "option" twice where an option takes keys and values.
    return sentence(message(problem).replace("option option", "option")) + help;
  }

  private static String sentence(String text) {
    String stripped = text.strip();
    return stripped.endsWith(".") || stripped.endsWith("!") || stripped.endsWith("?")
        ? stripped
        : stripped + ".";
  }

  private static String message(Throwable problem) {
    String message = problem.getMessage();
    return message == null || message.isBlank() ? name(problem) : message.strip();
  }

  private static String name(Throwable problem) {
    return problem.getClass().getSimpleName();
  }
}
