package io.hyperdelta.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.hyperdelta.problem.InputException;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.Writer;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

class MainTest {
  private final RecordedTerminal recorded = new RecordedTerminal();

  @Test
  void versionNamesTheEngines() {
    assertThat(recorded.run("--version")).isZero();
    assertThat(recorded.out().lines().toList())
        .hasSize(5)
        .satisfies(lines -> assertThat(lines.get(0)).matches("hyperdelta \\d+\\.\\d+\\.\\d+.*"))
        .satisfies(lines -> assertThat(lines.get(1)).matches("libtorch \\d.*"))
        .satisfies(lines -> assertThat(lines.get(2)).matches("ONNX Runtime \\d.*"))
        .satisfies(lines -> assertThat(lines.get(3)).matches("DuckDB \\d.*"))
        .satisfies(lines -> assertThat(lines.get(4)).contains(System.getProperty("java.version")));
    assertThat(recorded.err()).isEmpty();
  }

  @Test
  void helpListsEveryCommandUnderItsPurpose() {
    assertThat(recorded.run("--help")).isZero();
    assertThat(recorded.out()).contains("Usage: hyperdelta").doesNotContain("Commands:");
    assertThat(recorded.out().lines().toList())
        .containsSubsequence("Shell:", "  completion  Print a completion script for bash and zsh.");
    assertThat(recorded.err()).isEmpty();
  }

  @Test
  void everyCommandHasHelp() {
    assertThat(recorded.run("completion", "--help")).isZero();
    assertThat(recorded.out()).contains("Usage: hyperdelta completion").contains("--debug");
  }

  @Test
  void missingCommandIsAUsageError() {
    assertThat(recorded.run()).isEqualTo(2);
    assertThat(recorded.unwrappedErr())
        .startsWith("error: The command is missing. Expected one of: ")
        .contains("completion");
    assertThat(recorded.out()).isEmpty();
  }

  @Test
  void misspeltCommandGetsASuggestion() {
    assertThat(recorded.run("completoin")).isEqualTo(2);
    assertThat(recorded.unwrappedErr())
        .startsWith("error: \"completoin\" is not a command.")
        .contains("Maybe you meant \"completion\".");
  }

  @Test
  void misspeltOptionGetsASuggestion() {
    assertThat(recorded.run("completion", "--debgu")).isEqualTo(2);
    assertThat(recorded.unwrappedErr())
        .startsWith("error: \"--debgu\" is not an option of \"hyperdelta completion\".")
        .contains("Maybe you meant \"--debug\".")
        .endsWith("See \"hyperdelta completion --help\".");
  }

  @Test
  void surplusArgumentIsAUsageError() {
    assertThat(recorded.run("completion", "twice")).isEqualTo(2);
    assertThat(recorded.unwrappedErr()).startsWith("error: \"twice\" is one argument too many.");
  }

  @Test
  void missingOptionValueIsAUsageError() {
    assertThat(runFailing(() -> new IllegalStateException("unreached"), "fail", "--count"))
        .isEqualTo(2);
    assertThat(recorded.unwrappedErr()).startsWith("error: ").contains("--count");
    assertThat(recorded.err()).doesNotContain("\tat ");
  }

  @Test
  void completionScriptKnowsTheCommands() {
    assertThat(recorded.run("completion")).isZero();
    assertThat(recorded.out()).startsWith("#!").contains("complete -F").contains("completion");
  }

  @Test
  void unusableInputEndsWithTwo() {
    assertThat(runFailing(() -> new UnusableInput("Column \"a\" is missing."), "fail"))
        .isEqualTo(2);
    assertThat(recorded.err().strip()).isEqualTo("error: Column \"a\" is missing.");
  }

  @Test
  void failureEndsWithOne() {
    assertThat(runFailing(() -> new IllegalStateException("The loss is NaN."), "fail"))
        .isEqualTo(1);
    assertThat(recorded.unwrappedErr())
        .isEqualTo("failure: The loss is NaN. Run it again with --debug to see where it happened.");
  }

  @Test
  void errorsThatAreNoExceptionsAreReported() {
    assertThat(runFailing(() -> new OutOfMemoryError("Java heap space"), "fail")).isEqualTo(1);
    assertThat(recorded.unwrappedErr())
        .startsWith("failure: Memory ran out: Java heap space.")
        .contains("HYPERDELTA_JAVA_OPTS");
  }

  @ParameterizedTest
  @ValueSource(strings = {"--debug fail", "fail --debug"})
  void debugShowsTheStackTraceOnEitherSideOfTheCommand(String arguments) {
    assertThat(runFailing(() -> new UnusableInput("Bad."), arguments.split(" "))).isEqualTo(2);
    assertThat(recorded.err())
        .startsWith("error: Bad.")
        .contains("\tat " + FailCommand.class.getName());
  }

  @Test
  void debugBehindAUsageErrorCounts() {
    assertThat(recorded.run("completion", "--nonsense", "--debug")).isEqualTo(2);
    assertThat(recorded.err()).startsWith("error: ").contains("\tat ");
  }

  @Test
  void exitCodeOfTheCommandIsKept() {
    assertThat(runFailing(() -> null, "fail", "--count", "7")).isEqualTo(7);
  }

  @Test
  void lostOutputIsAFailure() {
    RecordedTerminal screen = new RecordedTerminal();
    Terminal full =
        new Terminal(new PrintWriter(new FullDisk()), screen.terminal(80).err(), false, false, 80);
    assertThat(Main.run(full, "completion")).isEqualTo(1);
    assertThat(screen.unwrappedErr()).startsWith("failure: Standard output was closed or is full");
  }

  private int runFailing(Supplier<Throwable> problem, String... arguments) {
    return Main.run(recorded.terminal(80), List.of(new FailCommand(problem)), arguments);
  }

  @Command(name = "fail")
  static final class FailCommand implements Callable<Integer> {
    private final Supplier<Throwable> problem;

    @Option(names = "--count")
    private int count;

    FailCommand(Supplier<Throwable> problem) {
      this.problem = problem;
    }

    @Override
    public Integer call() throws Exception {
      Throwable thrown = problem.get();
      if (thrown instanceof Error error) {
        error.setStackTrace(new Throwable().getStackTrace());
        throw error;
      }
      if (thrown instanceof Exception exception) {
        exception.setStackTrace(new Throwable().getStackTrace());
        throw exception;
      }
      return count;
    }
  }

  private static final class UnusableInput extends InputException {
    private static final long serialVersionUID = 1;

    UnusableInput(String message) {
      super(message, null);
    }
  }

  private static final class FullDisk extends Writer {
    @Override
    public void write(char[] text, int offset, int length) throws IOException {
      throw new IOException("No space left on device");
    }

    @Override
    public void flush() {}

    @Override
    public void close() {}
  }
}
