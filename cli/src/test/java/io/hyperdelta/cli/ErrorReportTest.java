package io.hyperdelta.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.hyperdelta.problem.InputException;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.Test;

class ErrorReportTest {
  @Test
  void inputIsAnErrorAndTheRestAFailure() {
    assertThat(ErrorReport.of(new Input("Row 3 has no label.")).text())
        .isEqualTo("error: Row 3 has no label.");
    assertThat(ErrorReport.of(new Input("x")).exitCode()).isEqualTo(2);
    assertThat(ErrorReport.of(new IllegalArgumentException("x")).exitCode()).isEqualTo(1);
    assertThat(ErrorReport.of(new IllegalArgumentException("x")).text()).startsWith("failure: x. ");
  }

  @Test
  void wrappersOfOtherThreadsAreTakenOff() {
    Input input = new Input("Row 3 has no label.");
    ErrorReport report = ErrorReport.of(new CompletionException(new ExecutionException(input)));
    assertThat(report.exitCode()).isEqualTo(2);
    assertThat(report.problem()).isSameAs(input);
  }

  @Test
  void inputExceptionBelowAnotherExceptionStaysAFailure() {
    // Whoever wrapped it has decided that it is not the user's doing.
    ErrorReport report = ErrorReport.of(new IllegalStateException("broken", new Input("x")));
    assertThat(report.exitCode()).isEqualTo(1);
  }

  @Test
  void exceptionWithoutMessageIsNamed() {
    assertThat(ErrorReport.of(new ArrayStoreException()).text())
        .startsWith("failure: ArrayStoreException. ")
        .endsWith("--debug to see where it happened.");
  }

  @Test
  void fileProblemsAreSentences() {
    assertThat(failure(new NoSuchFileException("a.csv"))).contains("There is no file \"a.csv\".");
    assertThat(failure(new AccessDeniedException("a.csv")))
        .contains("Access to \"a.csv\" is denied.");
    assertThat(failure(new FileSystemException("a.csv", null, "Is a directory")))
        .contains("File \"a.csv\": Is a directory.");
    assertThat(failure(new IOException("No space left on device")))
        .contains("Reading or writing failed: No space left on device.");
  }

  @Test
  void missingNativeLibraryIsReadable() {
    Error initializer =
        new ExceptionInInitializerError(new UnsatisfiedLinkError("no jnitorch in path"));
    assertThat(ErrorReport.of(initializer).text())
        .startsWith("failure: A library could not be loaded: no jnitorch in path. ")
        .contains("-Pall-platforms");
    assertThat(ErrorReport.of(new IllegalStateException("engine", initializer)).text())
        .contains("no jnitorch in path");
  }

  @Test
  void secondTouchOfABrokenClassIsReadableToo() {
    assertThat(ErrorReport.of(new NoClassDefFoundError("Could not initialize class x.Y")).text())
        .startsWith("failure: A library could not be loaded: Could not initialize class x.Y.");
  }

  @Test
  void printsOneWrappedParagraph() {
    String words = "word ".repeat(60).strip();
    String printed = print(new Input(words), 40, false);
    assertThat(printed.lines()).hasSizeGreaterThan(6).allMatch(line -> line.length() <= 40);
    assertThat(printed.strip().replaceAll("\\R", " ")).isEqualTo("error: " + words);
  }

  @Test
  void printsTheStackTraceOnlyWhenAsked() {
    assertThat(print(new Input("x"), 80, false)).isEqualTo("error: x" + System.lineSeparator());
    assertThat(print(new Input("x"), 80, true)).contains("\tat " + getClass().getName());
  }

  private static String failure(IOException problem) {
    ErrorReport report = ErrorReport.of(new UncheckedIOException(problem));
    assertThat(report.exitCode()).isEqualTo(1);
    assertThat(report.text()).startsWith("failure: ");
    return report.text();
  }

  private static String print(Throwable problem, int width, boolean withStackTrace) {
    StringWriter text = new StringWriter();
    ErrorReport.of(problem).print(new PrintWriter(text), width, withStackTrace);
    return text.toString();
  }

  private static final class Input extends InputException {
    private static final long serialVersionUID = 1;

    Input(String message) {
      super(message, null);
    }
  }
}
