package io.hyperdelta.cli;

import io.hyperdelta.conformance.ConformanceCase;
import io.hyperdelta.conformance.Outcome;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code hyperdelta conformance}: runs a folder of cases in the layout of ONNX's own suite. */
@Command(
    name = "conformance",
    description = {
      "Run every ONNX conformance case below a folder and count what passes.",
      "",
      "A case is a folder with model.onnx and folders test_data_set_N that hold input_K.pb and output_K.pb, as in ONNX's official suite."
    },
    footer = {
      "",
      "Ends with code 0 only if none failed; what is unsupported is counted apart.",
      "",
      "Example (Debian's package libonnx-testdata has the suite):",
      "  hyperdelta conformance /usr/share/libonnx-testdata/data"
    })
final class ConformanceCommand implements Callable<Integer> {
  private final Terminal terminal;

  @Parameters(paramLabel = "FOLDER", description = "Folder with cases, at any depth.")
  private Path folder;

  @SuppressWarnings("NullAway.Init") // picocli sets the field
  ConformanceCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    List<ConformanceCase> cases = ConformanceCase.below(folder);
    Map<String, Integer> unsupported = new TreeMap<>();
    int passed = 0;
    int failed = 0;
    for (ConformanceCase one : cases) {
      Outcome outcome = one.run();
      if (outcome instanceof Outcome.Failed failure) {
        failed++;
        terminal.out().println("failed: " + one.name() + ": " + failure.reason());
      } else if (outcome instanceof Outcome.Unsupported refusal) {
        refusal.reasons().forEach(reason -> unsupported.merge(reason, 1, Integer::sum));
      } else {
        passed++;
      }
    }
    unsupported.forEach(
        (reason, count) ->
            terminal
                .out()
                .println(
                    "unsupported: " + reason + " in " + count + (count == 1 ? " case" : " cases")));
    terminal
        .out()
        .printf(
            "%d passed, %d failed, %d unsupported%n",
            passed, failed, cases.size() - passed - failed);
    return failed == 0 ? 0 : 1;
  }
}
