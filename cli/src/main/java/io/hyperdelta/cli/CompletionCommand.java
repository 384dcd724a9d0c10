package io.hyperdelta.cli;

import java.util.concurrent.Callable;
import picocli.AutoComplete;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

/**
 * {@code hyperdelta completion}: prints the script that makes a shell complete our commands and
 * options.
 */
@Command(
    name = "completion",
    description = "Print a completion script for bash and zsh.",
    footer = {"", "In bash or zsh, for this session:", "  source <(hyperdelta completion)"})
final class CompletionCommand implements Callable<Integer> {
  private final Terminal terminal;

  @Spec private CommandSpec spec;

  @SuppressWarnings("NullAway.Init") // picocli sets the spec
  CompletionCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    terminal.out().print(AutoComplete.bash("hyperdelta", spec.root().commandLine()));
    return 0;
  }
}
