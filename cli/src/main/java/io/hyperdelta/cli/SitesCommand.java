package io.hyperdelta.cli;

import io.hyperdelta.target.Target;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code hyperdelta sites}: lists what of a network can be adapted. */
@Command(
    name = "sites",
    description = {
      "List every adaptable site of an ONNX network.",
      "",
      "A part of a spec selects sites by name; * stands for any characters and ? for one."
    })
final class SitesCommand implements Callable<Integer> {
  private final Terminal terminal;

  @Parameters(paramLabel = "MODEL.onnx", description = "The network.")
  private Path model;

  @SuppressWarnings("NullAway.Init") // picocli sets the field
  SitesCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    SiteTable.print(Target.read(model), terminal.out());
    return 0;
  }
}
