package io.hyperdelta.cli;

import io.hyperdelta.autodiff.Suitability;
import io.hyperdelta.graph.Model;
import io.hyperdelta.target.Site;
import io.hyperdelta.target.Target;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code hyperdelta check}: says what can be done with a network. */
@Command(
    name = "check",
    description = {
      "Say whether an ONNX network can be run, differentiated and adapted.",
      "",
      "Names every operator that stands in the way, with its nodes, and lists the sites."
    },
    footer = {"", "Ends with code 0 if all three are possible, else with 1."})
final class CheckCommand implements Callable<Integer> {
  private final Terminal terminal;

  @Parameters(paramLabel = "MODEL.onnx", description = "The network.")
  private Path model;

  @SuppressWarnings("NullAway.Init") // picocli sets the field
  CheckCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    Target target = Target.read(model);
    Suitability suitability = Suitability.of(target.model());
    PrintWriter out = terminal.out();
    Model network = target.model();
    out.printf(
        Locale.ROOT,
        "%s: operator set %d%s, %,d nodes, SHA-256 %s%n%n",
        model.getFileName(),
        network.opset(),
        network.producer().isEmpty() ? "" : ", made by " + network.producer(),
        network.graph().nodes().size(),
        target.digest());

    boolean run = suitability.unsupported().isEmpty();
    out.println("run            " + (run ? "yes" : "no, there is no kernel for"));
    suitability.unsupported().forEach((operator, nodes) -> out.println(line(operator, nodes)));

    List<String> unreached =
        target.sites().stream()
            .filter(site -> !suitability.reached().contains(site.initializer()))
            .map(Site::name)
            .toList();
    boolean differentiated = run && unreached.size() < target.sites().size();
    out.println("differentiate  " + differentiable(run, target, unreached));
    if (differentiated && !unreached.isEmpty()) {
      out.println("               no gradient reaches " + String.join(", ", unreached));
    }

    boolean adapted = differentiated && !target.sites().isEmpty();
    out.println("adapt          " + (adapted ? "yes" : "no"));
    out.println();
    SiteTable.print(target, out);
    return adapted ? 0 : 1;
  }

  private static String differentiable(boolean run, Target target, List<String> unreached) {
    if (!run) {
      return "no, since it does not run";
    }
    if (target.sites().isEmpty()) {
      return "nothing to differentiate by, without sites";
    }
    return unreached.size() < target.sites().size() ? "yes" : "no, gradients reach no site";
  }

  private static String line(String operator, List<String> nodes) {
    return "               " + operator + ": " + String.join(", ", nodes);
  }
}
