package io.hyperdelta.cli;

import io.hyperdelta.evaluate.Difference;
import io.hyperdelta.evaluate.Evaluation;
import io.hyperdelta.evaluate.Measurement;
import io.hyperdelta.fit.Bottleneck;
import io.hyperdelta.fit.Summary;
import io.hyperdelta.fit.Training;
import io.hyperdelta.fit.TrainingResult;
import io.hyperdelta.runtime.ExportParity;
import io.hyperdelta.spec.Spec;
import io.hyperdelta.spec.SpecReader;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code hyperdelta train}: runs a spec and leaves a bundle. */
@Command(
    name = "train",
    description = {
      "Train an adaptive model and write its bundle.",
      "",
      "Reads the rows, trains the target network or takes yours, freezes it, trains the"
          + " hypernetworks, measures everything on held-out rows, exports ONNX graphs and checks"
          + " them in ONNX Runtime."
    })
final class TrainCommand implements Callable<Integer> {
  private final Terminal terminal;

  @Parameters(paramLabel = "SPEC", description = "YAML or JSON file that says what to train.")
  private Path spec;

  @Option(
      names = {"-o", "--out"},
      paramLabel = "FOLDER",
      description =
          "Folder of the bundle; runs/NAME by default. An earlier bundle there is replaced.")
  private @Nullable Path out;

  @SuppressWarnings("NullAway.Init") // picocli sets the fields
  TrainCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    Spec read = SpecReader.read(spec);
    Path destination = out == null ? Path.of("runs", read.name()) : out;
    TrainingResult result =
        Training.of(read)
            .progress(terminal.progress())
            .report(this::announce)
            .check(
                (bundle, rows, expected) ->
                    ExportParity.check(bundle, TableRows.of(rows), expected))
            .run(destination);
    print(result, destination);
    return 0;
  }

  /** What the adaptation will cost, while there is still time to think again. */
  private void announce(Bottleneck bottleneck) {
    for (String line : BottleneckText.lines(bottleneck)) {
      terminal.err().println(Paragraph.wrap(line, terminal.width()));
    }
  }

  private void print(TrainingResult result, Path destination) {
    PrintWriter out = terminal.out();
    printSizes(out, result.summary());
    Evaluation evaluation = result.evaluation();
    TextTable table = new TextTable(List.of("model", "split", "metric", "value", "95 % interval"));
    for (Measurement m : evaluation.results()) {
      table.add(
          m.model(),
          m.split(),
          m.metric(),
          number(m.value()),
          number(m.low()) + " to " + number(m.high()));
    }
    table.print(out);
    out.println();
    TextTable differences = new TextTable(List.of("difference", "split", "value", "95 % interval"));
    for (Difference d : evaluation.differences()) {
      differences.add(
          d.model() + " - " + d.against(),
          d.split(),
          Difference.text(d.value()),
          Difference.text(d.low()) + " to " + Difference.text(d.high()));
    }
    differences.print(out);
    out.println();
    List<String> sentences = new ArrayList<>(evaluation.verdicts());
    sentences.addAll(result.summary().alarms());
    sentences.addAll(result.parity().stream().map(line -> "Verified: " + line + ".").toList());
    sentences.forEach(out::println);
    out.println();
    out.println("Bundle: " + destination);
  }

  private static void printSizes(PrintWriter out, Summary summary) {
    StringBuilder rows = new StringBuilder("Rows:");
    summary
        .rows()
        .forEach(
            (purpose, count) ->
                rows.append(String.format(Locale.ROOT, " %,d %s;", count, purpose)));
    rows.setLength(rows.length() - 1);
    out.println(
        rows + (summary.contexts() > 0 ? "; " + summary.contexts() + " contexts" : "") + ".");
    out.println(
        "Missing values: " + (summary.missing().isEmpty() ? "none" : summary.missing()) + ".");
    int members = summary.fits().size();
    out.printf(
        Locale.ROOT,
        "Bottleneck: %s%,d hypernetwork parameters generate %,d numbers per condition for %,d adapted weights.%n%n",
        members > 1 ? "in all %d members, ".formatted(members) : "",
        summary.hypernetworkParameters(),
        summary.generatedPerCondition(),
        summary.adaptedParameters());
  }

  private static String number(double value) {
    return String.format(Locale.ROOT, "%.4f", value);
  }
}
