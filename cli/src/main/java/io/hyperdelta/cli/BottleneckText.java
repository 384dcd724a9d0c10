package io.hyperdelta.cli;

import io.hyperdelta.fit.Bottleneck;
import io.hyperdelta.fit.RunningCost;
import io.hyperdelta.fit.SourceSize;
import java.io.PrintWriter;
import java.util.List;
import java.util.Locale;

/** What an adaptation costs, in tables and in lines. Stateless. */
final class BottleneckText {
  private BottleneckText() {}

  /** All figures. */
  static void print(Bottleneck bottleneck, PrintWriter out) {
    TextTable sizes =
        new TextTable(
            List.of(
                "source",
                "kind",
                "generated",
                "parameters",
                "encoder",
                "trunk",
                "heads",
                "adapted",
                "parameters / adapted"));
    for (SourceSize source : bottleneck.sources()) {
      sizes.add(
          source.name(),
          source.kind(),
          count(source.generated()),
          count(source.parameters()),
          count(source.encoder()),
          count(source.trunk()),
          count(source.heads()),
          count(source.adapted()),
          ratio((double) source.parameters() / source.adapted()));
    }
    if (bottleneck.sources().size() > 1) {
      sizes.add(
          "all",
          "",
          count(bottleneck.generated()),
          count(bottleneck.parameters()),
          "",
          "",
          "",
          count(bottleneck.adapted()),
          ratio(bottleneck.ratio()));
    }
    sizes.print(out);
    out.println();
    TextTable running =
        new TextTable(
            List.of(
                "FLOPs per row",
                "target",
                "adaptation",
                "encoder and trunk",
                "heads and deltas",
                "slowdown"));
    for (RunningCost cost : bottleneck.running()) {
      running.add(
          cost.title(),
          flops(cost.target()),
          flops(cost.adaptation()),
          flops(cost.trunk()),
          flops(cost.deltas()),
          "about " + slowdown(cost.slowdown()));
    }
    running.print(out);
    if (!bottleneck.uncounted().isEmpty()) {
      out.println(
          "Not counted: what the graphs inside "
              + String.join(", ", bottleneck.uncounted())
              + " do.");
    }
  }

  /** The same in a few lines. */
  static List<String> lines(Bottleneck bottleneck) {
    return List.of(
        "Bottleneck: %s parameters generate %s numbers per condition for %s adapted weights."
            .formatted(
                count(bottleneck.parameters()),
                count(bottleneck.generated()),
                count(bottleneck.adapted())),
        bottleneck.sentence());
  }

  static String count(long number) {
    return String.format(Locale.ROOT, "%,d", number);
  }

  static String flops(double number) {
    return String.format(Locale.ROOT, "%,.0f", number);
  }

  static String ratio(double number) {
    return String.format(Locale.ROOT, "%.2f", number);
  }

  static String slowdown(double number) {
    return String.format(Locale.ROOT, "%.1f", number);
  }
}
