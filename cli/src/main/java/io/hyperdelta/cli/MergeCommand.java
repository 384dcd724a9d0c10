package io.hyperdelta.cli;

import io.hyperdelta.bundle.InputBinding;
import io.hyperdelta.bundle.Manifest;
import io.hyperdelta.bundle.RawKind;
import io.hyperdelta.graph.ModelWriter;
import io.hyperdelta.problem.Spelling;
import io.hyperdelta.runtime.AdaptiveModel;
import io.hyperdelta.runtime.Rows;
import io.hyperdelta.runtime.RowsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code hyperdelta merge}: makes a plain model for one condition. */
@Command(
    name = "merge",
    description = {
      "Merge the deltas of one condition into the target's weights.",
      "",
      "Writes a plain ONNX model with the target's own inputs and outputs, as fast as the target."
    },
    footer = {
      "",
      "Example:",
      "  hyperdelta merge runs/houses -c long=484668 -c lat=195270 -o here.onnx"
    })
final class MergeCommand implements Callable<Integer> {
  private final Terminal terminal;

  @Parameters(paramLabel = "BUNDLE", description = "Folder that \"train\" wrote.")
  private Path bundle;

  @Option(
      names = {"-c", "--condition"},
      paramLabel = "COLUMN=VALUE",
      required = true,
      description = "A column of the condition; once for each.")
  private Map<String, String> condition;

  @Option(
      names = {"-o", "--out"},
      paramLabel = "FILE",
      required = true,
      description = "ONNX file to write.")
  private Path out;

  @Mixin private TableOption tables;

  @Mixin private StrengthOption strength;

  @SuppressWarnings("NullAway.Init") // picocli sets the fields
  MergeCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    try (AdaptiveModel model = AdaptiveModel.open(bundle)) {
      tables.apply(model);
      byte[] merged =
          ModelWriter.write(model.merged(rows(model.manifest()), strength.value(model.sources())));
      WrittenFile.write(out, draft -> Files.write(draft, merged));
      terminal.out().println("Merged model: " + out);
    }
    return 0;
  }

  private Rows rows(Manifest manifest) {
    List<InputBinding> needed = manifest.inputs().stream().filter(InputBinding::condition).toList();
    Map<String, RawKind> raw = manifest.preparations().plan(needed, condition::containsKey).raw();
    List<String> columns = List.copyOf(raw.keySet());
    for (String given : condition.keySet()) {
      if (!columns.contains(given)) {
        throw new RowsException(
            "Column \"%s\" is in no condition of the bundle. Expected %s.%s"
                .formatted(given, String.join(", ", columns), Spelling.advice(given, columns)));
      }
    }
    Rows.Builder rows = Rows.builder(1);
    for (Map.Entry<String, RawKind> wanted : raw.entrySet()) {
      String column = wanted.getKey();
      String value = condition.get(column);
      if (value == null) {
        throw new RowsException(
            "Condition column \"%s\" is not given. Expected a value for each of %s; add -c %s=VALUE."
                .formatted(column, String.join(", ", columns), column));
      }
      switch (wanted.getValue()) {
        case TEXT, KEY -> rows.texts(column, value);
        case VECTOR -> rows.vectors(column, vector(column, value));
        case NUMBER -> rows.numbers(column, number(column, value));
      }
    }
    return rows.build();
  }

  /** Numbers with commas between them, as in a CSV file also in brackets. */
  private static float[] vector(String column, String value) {
    String bare = value.strip().replaceAll("^\\[|\\]$", "");
    List<String> parts = List.of(bare.split(",", -1));
    float[] vector = new float[parts.size()];
    for (int i = 0; i < vector.length; i++) {
      vector[i] = (float) number(column, parts.get(i).strip());
    }
    return vector;
  }

  private static double number(String column, String value) {
    try {
      return Double.parseDouble(value);
    } catch (NumberFormatException e) {
      throw new RowsException(
          "Condition column \"%s\" is not usable. Expected a number, got \"%s\"."
              .formatted(column, value));
    }
  }
}
