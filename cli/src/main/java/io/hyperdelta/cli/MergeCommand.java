package io.hyperdelta.cli;

import io.hyperdelta.bundle.InputBinding;
import io.hyperdelta.bundle.Manifest;
import io.hyperdelta.bundle.RawKind;
import io.hyperdelta.delta.FixedDelta;
import io.hyperdelta.graph.Model;
import io.hyperdelta.graph.ModelWriter;
import io.hyperdelta.problem.Spelling;
import io.hyperdelta.runtime.AdaptiveModel;
import io.hyperdelta.runtime.Rows;
import io.hyperdelta.runtime.RowsException;
import io.hyperdelta.target.Target;
import io.hyperdelta.weave.Merge;
import io.hyperdelta.weave.Strength;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code hyperdelta merge}: makes a plain model for one condition. */
@Command(
    name = "merge",
    description = {
      "Merge the deltas of one condition, or those of delta files, into the target's weights.",
      "",
      "Writes a plain ONNX model with the target's own inputs and outputs, as fast as the target. Of an ensemble each member is merged, and the outputs are prediction and spread."
    },
    footer = {
      "",
      "Examples:",
      "  hyperdelta merge runs/houses -c long=484668 -c lat=195270 -o here.onnx",
      "  hyperdelta merge target.onnx --delta here.safetensors -o here.onnx"
    })
final class MergeCommand implements Callable<Integer> {
  private final Terminal terminal;

  @Parameters(
      paramLabel = "BUNDLE|MODEL.onnx",
      description = "Folder that \"train\" wrote, or with --delta the network.")
  private Path source;

  @Option(
      names = {"-c", "--condition"},
      paramLabel = "COLUMN=VALUE",
      description = "A column of the bundle's condition; once for each.")
  private Map<String, String> condition = Map.of();

  @Option(
      names = "--delta",
      paramLabel = "FILE",
      description =
          "Deltas for a network: a file that \"delta\" wrote, or a PEFT folder; once for each. They add up.")
  private List<Path> deltas = List.of();

  @Option(
      names = {"-o", "--out"},
      paramLabel = "FILE",
      required = true,
      description = "ONNX file to write.")
  private Path out;

  @Mixin private TableOption tables;

  @Mixin private StrengthOption strength;

  @Spec private CommandSpec spec;

  @SuppressWarnings("NullAway.Init") // picocli sets the fields
  MergeCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    List<Path> inputs = new ArrayList<>(deltas);
    inputs.add(source);
    WrittenFile.checkIsNoInput(out, inputs);
    byte[] merged = ModelWriter.write(deltas.isEmpty() ? ofBundle() : ofFiles());
    WrittenFile.write(out, draft -> Files.write(draft, merged));
    terminal.out().println("Merged model: " + out);
    return 0;
  }

  private Model ofBundle() {
    if (Files.isRegularFile(source)) {
      throw wrong(
          "\"%s\" is given without deltas. Expected a bundle, or a network and --delta FILE."
              .formatted(source));
    }
    try (AdaptiveModel model = AdaptiveModel.open(source)) {
      tables.apply(model);
      Rows rows = rows(model.manifest(), condition);
      UnknownNote.print(model.unknownCategories(rows), terminal);
      Strength wanted = strength.value(model.sources());
      try {
        return model.merged(rows, wanted);
      } catch (IllegalArgumentException e) {
        throw new ParameterException(spec.commandLine(), e.getMessage(), e);
      }
    }
  }

  private Model ofFiles() {
    if (Files.isDirectory(source)
        || !condition.isEmpty()
        || strength.isGiven()
        || tables.isGiven()) {
      throw wrong(
          "--delta is given with %s. Expected it with a network alone; \"delta\" makes a delta file of a bundle's condition, and scales it."
              .formatted(
                  Files.isDirectory(source)
                      ? "the folder \"" + source + "\""
                      : !condition.isEmpty()
                          ? "-c"
                          : strength.isGiven() ? "--strength" : "--table"));
    }
    Target target = Target.read(source);
    List<FixedDelta> all = new ArrayList<>();
    deltas.forEach(path -> all.addAll(GivenDeltas.read(path, target)));
    try {
      return Merge.merge(target, all);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage(), e);
    }
  }

  private ParameterException wrong(String problem) {
    return new ParameterException(spec.commandLine(), problem);
  }

  /** One row of what is given of a condition. */
  static Rows rows(Manifest manifest, Map<String, String> condition) {
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
