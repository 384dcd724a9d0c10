package io.hyperdelta.cli;

import io.hyperdelta.bundle.Bundle;
import io.hyperdelta.bundle.DeltaFile;
import io.hyperdelta.bundle.PeftWriter;
import io.hyperdelta.delta.FixedDelta;
import io.hyperdelta.runtime.AdaptiveModel;
import io.hyperdelta.runtime.Rows;
import io.hyperdelta.target.Target;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code hyperdelta delta}: makes delta files and computes with them. */
@Command(
    name = "delta",
    description = {
      "Make a delta file of one condition, or compute with delta files.",
      "",
      "Takes the deltas that a bundle generates for a condition, or those of delta files and PEFT folders. What is asked"
          + " for is done in this order: deltas are combined, scaled, made sparse or cut to a rank, and capped. Prints"
          + " how large they are; without --out or --peft nothing is written."
    },
    footer = {
      "",
      "Examples:",
      "  hyperdelta delta runs/houses -c long=484668 -c lat=195270 -o here.safetensors",
      "  hyperdelta delta here.safetensors there.safetensors --target target.onnx --interpolate 0.3 -o between.safetensors",
      "  hyperdelta delta here.safetensors --target target.onnx --part kind:weight --rank 4 --peft adapters/here"
    })
final class DeltaCommand implements Callable<Integer> {
  private final Terminal terminal;

  @Parameters(
      arity = "1..*",
      paramLabel = "DELTAS",
      description =
          "Folder that \"train\" wrote, with -c; or delta files and PEFT folders, with --target.")
  private List<Path> sources;

  @Option(
      names = {"-c", "--condition"},
      paramLabel = "COLUMN=VALUE",
      description = "A column of the bundle's condition; once for each.")
  private Map<String, String> condition = Map.of();

  @Mixin private TableOption tables;

  @Mixin private StrengthOption strength;

  @Option(
      names = "--target",
      paramLabel = "MODEL.onnx",
      description = "The network that delta files and PEFT folders are for.")
  private @Nullable Path targetFile;

  @Mixin private DeltaOptions options;

  @Option(
      names = {"-o", "--out"},
      paramLabel = "FILE",
      description = "Delta file to write, in the safetensors format.")
  private @Nullable Path out;

  @Option(
      names = "--peft",
      paramLabel = "FOLDER",
      description = "New folder to write a LoRA to, as Hugging Face's PEFT reads it.")
  private @Nullable Path peft;

  @Spec private CommandSpec spec;

  @SuppressWarnings("NullAway.Init") // picocli sets the fields
  DeltaCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    try {
      options.check(sources.size());
      if (out != null) {
        // A delta file may be changed in place: it is written whole, after it was read.
        WrittenFile.checkIsNoInput(out, List.of());
      }
      Path first = sources.get(0);
      if (sources.stream().anyMatch(Bundle::isBundle)) {
        checkBundleAlone();
        try (AdaptiveModel model = AdaptiveModel.open(first)) {
          tables.apply(model);
          Rows rows = MergeCommand.rows(model.manifest(), condition);
          UnknownNote.print(model.unknownCategories(rows), terminal);
          List<FixedDelta> deltas = model.fixed(rows, strength.value(model.sources()));
          deliver(model.target(), List.of(deltas));
        }
      } else {
        Target target = Target.read(checkTarget());
        deliver(target, sources.stream().map(source -> GivenDeltas.read(source, target)).toList());
      }
      return 0;
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage(), e);
    }
  }

  private void checkBundleAlone() {
    if (sources.size() > 1) {
      throw new IllegalArgumentException(
          "A bundle is given among %d deltas. Expected it alone, with -c. Make a delta file of a condition first, then compute with that."
              .formatted(sources.size()));
    }
    if (targetFile != null) {
      throw new IllegalArgumentException(
          "--target is given with a bundle. Expected it only with delta files and PEFT folders: a bundle has its target.");
    }
  }

  private Path checkTarget() {
    if (!condition.isEmpty() || strength.isGiven() || tables.isGiven()) {
      throw new IllegalArgumentException(
          "%s is given with \"%s\", which is no bundle. Expected it only with a folder that \"train\" wrote.%s"
              .formatted(
                  !condition.isEmpty() ? "-c" : strength.isGiven() ? "--strength" : "--table",
                  sources.get(0),
                  condition.isEmpty() && strength.isGiven() ? " Maybe you meant --scale." : ""));
    }
    if (targetFile == null) {
      throw new IllegalArgumentException(
          "The target of \"%s\" is not given. Expected --target MODEL.onnx, or a folder that \"train\" wrote."
              .formatted(sources.get(0)));
    }
    return targetFile;
  }

  private void deliver(Target target, List<List<FixedDelta>> given) {
    List<FixedDelta> deltas = options.compute(target, given);
    byte[] bytes = DeltaFile.bytes(target, deltas);
    StringWriter table = new StringWriter();
    DeltaTable.print(target, deltas, new PrintWriter(table));
    // Last what changes files, and of that first what may be refused.
    if (peft != null) {
      PeftWriter.write(peft, DeltaOptions.lora(deltas), "");
    }
    if (out != null) {
      WrittenFile.write(out, draft -> Files.write(draft, bytes));
    }
    terminal.out().print(table);
    if (peft != null) {
      terminal.out().println("PEFT adapter: " + peft);
    }
    if (out != null) {
      terminal.out().println("Delta file: " + out);
    }
  }
}
