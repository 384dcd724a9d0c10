package io.hyperdelta.cli;

import io.hyperdelta.delta.LowRank;
import io.hyperdelta.delta.Shift;
import io.hyperdelta.target.Site;
import io.hyperdelta.target.Target;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
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
    Target target = Target.read(model);
    if (target.sites().isEmpty()) {
      terminal
          .out()
          .println(
              "The network has no adaptable site: no linear layer with its weight in an initializer.");
      return 0;
    }
    TextTable table =
        new TextTable(List.of("site", "kind", "shape", "operator", "forms", "example part"));
    for (Site site : target.sites()) {
      table.add(
          site.name(),
          site.kind().word(),
          site.shape(),
          operators(site),
          forms(site),
          example(site, target));
    }
    table.print(terminal.out());
    terminal
        .out()
        .printf(
            Locale.ROOT,
            "%d sites, %,d parameters.%n",
            target.sites().size(),
            target.sites().stream().mapToLong(Site::parameterCount).sum());
    return 0;
  }

  private static String operators(Site site) {
    return site.uses().stream().map(use -> use.op()).distinct().collect(Collectors.joining(", "));
  }

  private static String forms(Site site) {
    List<String> forms = new ArrayList<>();
    if (new LowRank(1).refusal(site).isEmpty()) {
      forms.add("low-rank");
    }
    if (new Shift().refusal(site).isEmpty()) {
      forms.add("shift");
    }
    return String.join(", ", forms);
  }

  /** The narrowest glob that also takes the layer's other sites, where there are any. */
  private static String example(Site site, Target target) {
    int dot = site.name().lastIndexOf('.');
    if (dot > 0) {
      String layer = site.name().substring(0, dot + 1);
      if (target.sites().stream().filter(other -> other.name().startsWith(layer)).count() > 1) {
        return '"' + layer + "*\"";
      }
    }
    return '"' + site.name() + '"';
  }
}
