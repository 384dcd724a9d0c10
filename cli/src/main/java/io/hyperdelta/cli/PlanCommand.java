package io.hyperdelta.cli;

import io.hyperdelta.fit.Bottleneck;
import io.hyperdelta.fit.Budget;
import io.hyperdelta.fit.Plan;
import io.hyperdelta.fit.Proposal;
import io.hyperdelta.spec.SpecReader;
import io.hyperdelta.weave.PlannedProduct;
import io.hyperdelta.weave.Workload;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code hyperdelta plan}: says what a spec would cost, without training. */
@Command(
    name = "plan",
    description = {
      "Say what an adaptation costs, before anything is trained.",
      "",
      "Reads the rows, puts the adaptations around the target, or around one like it that is not"
          + " trained, and counts: numbers generated for a condition, parameters, floating-point"
          + " operations per row. The slowdown is an estimate by a calibrated cost model.",
      "",
      "A budget proposes latent, forms and ranks that keep it. For each latent the best is what"
          + " generates the most numbers; the first proposal is the one that keeps most of the"
          + " spec's latent."
    })
final class PlanCommand implements Callable<Integer> {
  private final Terminal terminal;

  @Spec private CommandSpec command;

  @Parameters(paramLabel = "SPEC", description = "YAML or JSON file that says what to train.")
  private Path spec;

  @Option(
      names = "--explain",
      description =
          "Show for each product of each delta what every order of it would cost, and which is"
              + " taken.")
  private boolean explain;

  @Option(
      names = "--budget",
      paramLabel = "FIGURE=LIMIT",
      split = ",",
      description =
          "Propose hypernetworks with at most so many parameters, generated numbers, or times the"
              + " target's time: parameters=20000, generated=500, slowdown=1.3.")
  private List<String> budget = new ArrayList<>();

  @SuppressWarnings("NullAway.Init") // picocli sets the fields
  PlanCommand(Terminal terminal) {
    this.terminal = terminal;
  }

  @Override
  public Integer call() {
    Budget limits = budget.isEmpty() ? null : budget();
    Plan plan = Plan.of(SpecReader.read(spec), terminal.progress());
    List<Proposal> proposals = limits == null ? List.of() : plan.proposals(limits);
    PrintWriter out = terminal.out();
    BottleneckText.print(plan.bottleneck(), out);
    if (explain) {
      plan.trained()
          .forEach(trained -> explain(title(trained), trained.batch(), trained.products(), out));
      plan.workloads()
          .forEach(workload -> explain("Planned for", workload, plan.products(workload), out));
    }
    if (limits != null) {
      print(limits, proposals, out);
    }
    return 0;
  }

  private Budget budget() {
    try {
      return Budget.parse(budget);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(command.commandLine(), e.getMessage(), e);
    }
  }

  private static String title(Plan.Trained trained) {
    return trained.member().isEmpty()
        ? "Trained in batches of"
        : "Member %s is trained in batches of".formatted(trained.member());
  }

  private static void explain(
      String title, Workload workload, List<PlannedProduct> products, PrintWriter out) {
    out.printf(
        "%n%s %d rows with %d condition%s; microseconds of a training step, estimated:%n",
        title, workload.rows(), workload.conditions(), workload.conditions() == 1 ? "" : "s");
    if (products.isEmpty()) {
      out.println("no product has more than one order.");
      return;
    }
    TextTable table = new TextTable(List.of("delta", "factor", "order", "us", "", "what it does"));
    for (PlannedProduct product : products) {
      String name = product.delta().name();
      String factor = "%s [%d, %d]".formatted(product.factor(), product.in(), product.out());
      for (PlannedProduct.Option option : product.options()) {
        table.add(
            name,
            factor,
            option.title(),
            micros(option.micros()),
            option.title().equals(product.chosen()) ? "taken" : "",
            option.steps());
        name = "";
        factor = "";
      }
    }
    table.print(out);
  }

  private static String micros(double micros) {
    return Double.isInfinite(micros) ? "never" : String.format(Locale.ROOT, "%,.0f", micros);
  }

  private static String trunks(Proposal proposal) {
    return proposal.hypernetworks().values().stream()
        .map(hypernetwork -> hypernetwork.trunk().toString())
        .distinct()
        .collect(Collectors.joining(", "));
  }

  private static void print(Budget limits, List<Proposal> proposals, PrintWriter out) {
    out.printf("%nWithin %s:%n", limits);
    TextTable table =
        new TextTable(
            List.of(
                "form",
                "latent",
                "trunk",
                "generated",
                "parameters",
                "parameters / adapted",
                "slowdown"));
    for (Proposal proposal : proposals) {
      Bottleneck bottleneck = proposal.bottleneck();
      table.add(
          proposal.form(),
          Integer.toString(proposal.latent()),
          trunks(proposal),
          BottleneckText.count(bottleneck.generated()),
          BottleneckText.count(bottleneck.parameters()),
          BottleneckText.ratio(bottleneck.ratio()),
          "about " + BottleneckText.slowdown(bottleneck.slowdown()));
    }
    table.print(out);
    out.printf("%nThe first of them, to take the place of the section in the spec:%n%n");
    out.print(proposals.get(0).yaml());
    out.flush();
  }
}
