package io.hyperdelta.benchmarks;

import io.hyperdelta.autodiff.Engine;
import io.hyperdelta.benchmarks.CostSamples.Sample;
import io.hyperdelta.benchmarks.CostSamples.Sizes;
import io.hyperdelta.weave.Contraction;
import io.hyperdelta.weave.CostModel;
import io.hyperdelta.weave.CostModel.Ingredient;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Calibrates the model by which contractions are planned: measures single ingredients and all
 * orders over a grid of sizes, fits the constants, and says how much slower than the fastest order
 * the planned one is. What it prints under "Constants" goes into {@link CostModel}.
 */
public final class ContractionCosts {
  private static final int PASSES = 3;
  private static final int SHOWN = 10;

  /** Within this of the faster order everywhere: the aim. */
  private static final double AIM = 1.15;

  private final List<Sample> samples = CostSamples.all();
  private final double[] forward = new double[samples.size()];
  private final double[] training = new double[samples.size()];

  private ContractionCosts() {
    Arrays.fill(forward, Double.POSITIVE_INFINITY);
    Arrays.fill(training, Double.POSITIVE_INFINITY);
  }

  /**
   * Measures.
   *
   * @param arguments the page to write, or {@code -} to print it; then how many passes to make over
   *     all samples, of which the fastest counts, 3 by default
   */
  public static void main(String[] arguments) {
    System.setProperty(Engine.THREADS_PROPERTY, Integer.toString(Threads.COUNT));
    ContractionCosts costs = new ContractionCosts();
    int passes = arguments.length > 1 ? Integer.parseInt(arguments[1]) : PASSES;
    for (int pass = 0; pass < passes; pass++) {
      costs.measure();
    }
    String page = costs.page();
    if (arguments.length == 0 || arguments[0].equals("-")) {
      System.out.print(page);
      return;
    }
    try {
      Files.writeString(Path.of(arguments[0]), page);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private void measure() {
    for (int i = 0; i < forward.length; i++) {
      try (TimedGraph graph = samples.get(i).compile()) {
        forward[i] = Math.min(forward[i], 1e9 * graph.forward());
        training[i] = Math.min(training[i], 1e9 * graph.training());
      }
    }
  }

  private String page() {
    return """
    # What contractions cost

    Written by `benchmarks/run contractions`; not edited by hand. Nanoseconds, %d threads, float32, the fastest of some passes.

    Machine: %s.

    """
            .formatted(Threads.COUNT, Benchmarks.machine())
        + section("Forwards and back", training, CostModel.TRAINING)
        + section("Forwards", forward, CostModel.FORWARD);
  }

  private String section(String title, double[] times, CostModel present) {
    Ingredient[] ingredients = Ingredient.values();
    double[][] amounts = new double[samples.size()][ingredients.length];
    for (int i = 0; i < amounts.length; i++) {
      Map<Ingredient, Double> own = CostModel.amounts(samples.get(i).work());
      for (int j = 0; j < ingredients.length; j++) {
        amounts[i][j] = own.getOrDefault(ingredients[j], 0.0);
      }
    }
    double[] fitted = CostFit.fit(amounts, times);
    StringBuilder page = new StringBuilder("## " + title + "\n\n");
    page.append("| ingredient | fitted here | in the model |\n|---|---|---|\n");
    for (int j = 0; j < ingredients.length; j++) {
      line(
          page,
          "| %s | %.3g | %.3g |",
          ingredients[j].name().toLowerCase(Locale.ROOT).replace('_', ' '),
          fitted[j],
          present.nanos(ingredients[j]));
    }
    line(page, "");
    line(page, "| samples | count | time / model, middle 80 %% | largest |");
    line(page, "|---|---|---|---|");
    ratios(times, present)
        .forEach(
            (kind, ratios) ->
                line(
                    page,
                    "| %s | %d | %.2f to %.2f | %.2f |",
                    kind,
                    ratios.size(),
                    ratios.get(ratios.size() / 10),
                    ratios.get(ratios.size() * 9 / 10),
                    ratios.get(ratios.size() - 1)));
    regrets(page, times);
    return page.toString();
  }

  /** Measured over predicted times by kind, in ascending order. */
  private Map<String, List<Double>> ratios(double[] times, CostModel model) {
    Map<String, List<Double>> ratios = new LinkedHashMap<>();
    for (int i = 0; i < times.length; i++) {
      ratios
          .computeIfAbsent(samples.get(i).kind(), kind -> new ArrayList<>())
          .add(times[i] / model.nanos(samples.get(i).work()));
    }
    ratios.values().forEach(list -> list.sort(Comparator.naturalOrder()));
    return ratios;
  }

  /** One contraction of the grid: the order that is planned for it, and what all took. */
  private record Choice(Sizes sizes, Contraction planned, Map<Contraction, Double> times) {
    double regret() {
      return times.getOrDefault(planned, 0.0) / Collections.min(times.values());
    }

    double micros(Contraction order) {
      return times.getOrDefault(order, 0.0) / 1e3;
    }
  }

  private void regrets(StringBuilder page, double[] times) {
    List<Choice> choices = new ArrayList<>();
    for (Sizes sizes : CostSamples.grid()) {
      Map<Contraction, Double> taken = new EnumMap<>(Contraction.class);
      for (Contraction order : Contraction.values()) {
        taken.put(order, time(order, sizes, times));
      }
      Contraction planned =
          Contraction.cheapest(sizes.workload(), sizes.in(), sizes.out(), sizes.count(), 0);
      choices.add(new Choice(sizes, planned, taken));
    }
    choices.sort(Comparator.comparingDouble(choice -> -choice.regret()));
    line(page, "");
    line(
        page,
        "Planned order over the fastest one: %.3f on average, %.2f at most, above %.2f for %d of %d"
            + " sizes. The worst:",
        choices.stream().mapToDouble(Choice::regret).average().orElseThrow(),
        choices.get(0).regret(),
        AIM,
        choices.stream().filter(choice -> choice.regret() > AIM).count(),
        choices.size());
    line(page, "");
    line(
        page,
        "| rows | conditions | factor | matrices | planned | factors first, us | input first, us |"
            + " head last, us | ratio |");
    line(page, "|---|---|---|---|---|---|---|---|---|");
    for (Choice choice : choices.subList(0, SHOWN)) {
      Sizes sizes = choice.sizes();
      line(
          page,
          "| %d | %d | [%d, %d] | %d | %s | %.0f | %.0f | %.0f | %.2f |",
          sizes.workload().rows(),
          sizes.workload().conditions(),
          sizes.in(),
          sizes.out(),
          sizes.count(),
          choice.planned().title(),
          choice.micros(Contraction.FACTORS_FIRST),
          choice.micros(Contraction.INPUT_FIRST),
          choice.micros(Contraction.HEAD_LAST),
          choice.regret());
    }
    line(page, "");
  }

  private double time(Contraction order, Sizes sizes, double[] times) {
    for (int i = 0; i < times.length; i++) {
      Sample sample = samples.get(i);
      if (sample.kind().equals(order.title()) && sample.sizes().equals(sizes.list())) {
        return times[i];
      }
    }
    throw new IllegalStateException("No sample of " + order.title() + " for " + sizes + ".");
  }

  private static void line(StringBuilder page, String format, Object... values) {
    page.append(String.format(Locale.ROOT, format, values)).append('\n');
  }
}
