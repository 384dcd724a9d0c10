package io.hyperdelta.cli;

import io.hyperdelta.target.Part;
import io.hyperdelta.target.Site;
import io.hyperdelta.target.Target;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code hyperdelta sites}: lists what of a network can be adapted. */
@Command(
    name = "sites",
    description = {
      "List every adaptable site of an ONNX network.",
      "",
      "A part of a spec selects sites by name; * stands for any characters and ? for one. kind:bias,"
          + " layer:NAME and block:NAME select families, fc1[0..31] some units of a layer, and"
          + " + - & combine: \"block:encoder.layer.3 - kind:bias\"."
    })
final class SitesCommand implements Callable<Integer> {
  private final Terminal terminal;

  @Option(
      names = "--part",
      paramLabel = "SELECTOR",
      description = "Show only what this part selects, and how many numbers it is.")
  private @Nullable String part;

  @Spec private CommandSpec spec;

  @Parameters(paramLabel = "MODEL.onnx", description = "The network.")
  private Path model;

  @SuppressWarnings("NullAway.Init") // picocli sets the field
  SitesCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    Target target = Target.read(model);
    if (part == null) {
      SiteTable.print(target, terminal.out());
    } else {
      SiteTable.print(select(target, part), terminal.out());
    }
    return 0;
  }

  private List<Site> select(Target target, String selector) {
    try {
      return new Part(selector).select(target.sites());
    } catch (IllegalArgumentException e) {
      throw new ParameterException(spec.commandLine(), e.getMessage(), e);
    }
  }
}
