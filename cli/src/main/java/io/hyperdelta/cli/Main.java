package io.hyperdelta.cli;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help;
import picocli.CommandLine.MissingParameterException;
import picocli.CommandLine.Model.UsageMessageSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.UnmatchedArgumentException;

/**
 * The command line. Parses arguments, runs one command and turns whatever happens into an exit
 * code: 0 done, 1 failure, 2 wrong usage or unusable input.
 */
@Command(
    name = "hyperdelta",
    description = "Adapts a trained, frozen network to its context.",
    commandListHeading = "", // each purpose has its own
    footer = {"", "\"hyperdelta COMMAND --help\" explains a command."})
public final class Main {
  /** Narrower than this, picocli refuses to lay out help. */
  private static final int MIN_HELP_WIDTH = 55;

  /** Wider lines are hard to read. */
  private static final int MAX_HELP_WIDTH = 110;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      scope = ScopeType.INHERIT,
      description = "Show this help and exit.")
  @SuppressWarnings("UnusedVariable") // read by picocli
  private boolean help;

  @Option(
      names = {"-V", "--version"},
      versionHelp = true,
      description = "Show the versions of HyperDelta and its engines and exit.")
  @SuppressWarnings("UnusedVariable") // read by picocli
  private boolean version;

  @Option(
      names = "--debug",
      scope = ScopeType.INHERIT,
      description = "Print the stack trace of an error.")
  private boolean debug;

  private final Terminal terminal;
  private final Map<String, Purpose> purposes = new LinkedHashMap<>();

  private Main(Terminal terminal) {
    this.terminal = terminal;
  }

  /** A command of the command line: one line per command is all that it takes to add one. */
  private void addCommands(CommandLine line) {
    add(line, Purpose.TRAIN, new TrainCommand(terminal));
    add(line, Purpose.TRAIN, new PlanCommand(terminal));
    add(line, Purpose.INSPECT, new CheckCommand(terminal));
    add(line, Purpose.INSPECT, new SitesCommand(terminal));
    add(line, Purpose.INSPECT, new ConformanceCommand(terminal));
    add(line, Purpose.USE, new PredictCommand(terminal));
    add(line, Purpose.USE, new MergeCommand(terminal));
    add(line, Purpose.USE, new DeltaCommand(terminal));
    add(line, Purpose.SHELL, new CompletionCommand(terminal));
  }

  /**
   * Runs the command line and ends the virtual machine.
   *
   * @param arguments what was typed after {@code hyperdelta}
   */
  public static void main(String[] arguments) {
    System.exit(run(Terminal.ofProcess(), arguments));
  }

  /**
   * Runs one command.
   *
   * @param terminal where it prints
   * @param arguments what was typed after {@code hyperdelta}
   * @return the exit code
   */
  static int run(Terminal terminal, String... arguments) {
    return new Main(terminal).execute(arguments, List.of());
  }

  /**
   * Runs one command, which may also be one of {@code more}: how tests bring commands that fail in
   * ways that ours should not.
   */
  static int run(Terminal terminal, List<?> more, String... arguments) {
    return new Main(terminal).execute(arguments, more);
  }

  private int execute(String[] arguments, List<?> more) {
    int exitCode;
    try {
      CommandLine line = commandLine();
      more.forEach(command -> add(line, Purpose.USE, command));
      exitCode = line.execute(arguments);
    } catch (Throwable problem) { // picocli lets errors such as OutOfMemoryError through
      exitCode = report(problem, debug);
    }
    terminal.err().flush();
    terminal.out().flush();
    if (exitCode == 0 && terminal.out().checkError()) {
      return report(new OutputClosedException(), debug);
    }
    return exitCode;
  }

  private CommandLine commandLine() {
    CommandLine line = new CommandLine(this);
    layOutHelp(line);
    addCommands(line);
    line.getCommandSpec().version(VersionLines.lines().toArray(String[]::new));
    line.setOut(terminal.out());
    line.setErr(terminal.err());
    line.setUsageHelpWidth(Math.max(MIN_HELP_WIDTH, Math.min(MAX_HELP_WIDTH, terminal.width())));
    line.setParameterExceptionHandler(this::reportUsage);
    line.setExecutionExceptionHandler((problem, failed, parsed) -> report(problem, debug));
    line.getHelpSectionMap()
        .put(UsageMessageSpec.SECTION_KEY_COMMAND_LIST, this::commandsByPurpose);
    return line;
  }

  private void add(CommandLine line, Purpose purpose, Object command) {
    CommandLine subcommand = new CommandLine(command);
    purposes.put(subcommand.getCommandName(), purpose);
    layOutHelp(subcommand);
    line.addSubcommand(subcommand);
  }

  private static void layOutHelp(CommandLine line) {
    line.getCommandSpec()
        .usageMessage()
        .synopsisHeading("Usage: ")
        .descriptionHeading("%n")
        .parameterListHeading("%nArguments:%n")
        .optionListHeading("%nOptions:%n");
  }

  private int reportUsage(ParameterException problem, String[] arguments) {
    // The option may stand behind the mistake, where it was never parsed.
    return report(
        misspelt(problem, arguments), debug || Arrays.asList(arguments).contains("--debug"));
  }

  /** A misspelt option is usually why another one is missing, so it is what is reported. */
  private static ParameterException misspelt(ParameterException problem, String[] arguments) {
    if (!(problem instanceof MissingParameterException)) {
      return problem;
    }
    CommandLine line = problem.getCommandLine();
    return Arrays.stream(arguments)
        .filter(argument -> argument.startsWith("--"))
        .filter(
            argument ->
                !line.getCommandSpec().optionsMap().containsKey(argument.replaceFirst("=.*", "")))
        .findFirst()
        .<ParameterException>map(
            argument -> new UnmatchedArgumentException(line, List.of(argument)))
        .orElse(problem);
  }

  private int report(Throwable problem, boolean withStackTrace) {
    terminal.out().flush();
    ErrorReport report = ErrorReport.of(problem);
    report.print(terminal.err(), terminal.width(), withStackTrace);
    return report.exitCode();
  }

  private String commandsByPurpose(Help help) {
    StringBuilder text = new StringBuilder();
    for (Purpose purpose : Purpose.values()) {
      Map<String, Help> listed =
          help.subcommands().entrySet().stream()
              .filter(e -> purposes.get(e.getKey()) == purpose)
              .collect(
                  Collectors.toMap(
                      Map.Entry::getKey, Map.Entry::getValue, (a, b) -> a, LinkedHashMap::new));
      if (!listed.isEmpty()) {
        text.append(help.createHeading("%n" + purpose.heading() + ":%n"));
        text.append(help.commandList(listed));
      }
    }
    return text.toString();
  }
}
