package io.hyperdelta.cli;

import io.hyperdelta.conformance.ConformanceCase;
import io.hyperdelta.conformance.Outcome;
import io.hyperdelta.conformance.SuiteResult;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
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

  @Option(
      names = "--page",
      paramLabel = "FILE",
      description = "Also write the list of operators with these cases, as Markdown.")
  private @Nullable Path page;

  @SuppressWarnings("NullAway.Init") // picocli sets the field
  ConformanceCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    PrintWriter out = terminal.out();
    SuiteResult result =
        SuiteResult.run(
            ConformanceCase.below(folder),
            entry -> {
              if (entry.outcome() instanceof Outcome.Failed failed) {
                out.println("failed: " + entry.name() + ": " + failed.reason());
              }
            });
    result
        .missing()
        .forEach(
            (what, count) ->
                out.println(
                    "unsupported: " + what + ", in " + count + (count == 1 ? " case" : " cases")));
    if (page != null) {
      WrittenFile.write(page, draft -> Files.writeString(draft, result.operatorsPage()));
    }
    out.println(result.counts());
    return result.count(Outcome.Failed.class) == 0 ? 0 : 1;
  }
}
