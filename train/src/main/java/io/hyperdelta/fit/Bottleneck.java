package io.hyperdelta.fit;

import java.util.List;
import java.util.Locale;

/**
 * What an adaptation costs, known before anything is trained.
 *
 * @param sources the numbers of each source
 * @param adapted frozen numbers in all sites that are adapted
 * @param running what running it costs for some workloads, at least one
 * @param uncounted nodes with graphs inside, whose operations are not counted, such as {@code Loop}
 */
public record Bottleneck(
    List<SourceSize> sources, long adapted, List<RunningCost> running, List<String> uncounted) {
  public Bottleneck {
    sources = List.copyOf(sources);
    running = List.copyOf(running);
    uncounted = List.copyOf(uncounted);
  }

  /** The bottleneck of a draft. */
  static Bottleneck of(Draft draft) {
    return Costing.of(draft).bottleneck(draft.weaving());
  }

  /** Numbers that are learned. */
  public long parameters() {
    return sources.stream().mapToLong(SourceSize::parameters).sum();
  }

  /** Numbers that are generated for one condition. */
  public long generated() {
    return sources.stream().mapToLong(SourceSize::generated).sum();
  }

  /** Learned numbers for each frozen number that they adapt. */
  public double ratio() {
    return (double) parameters() / adapted;
  }

  /** What it costs to run, in a sentence. */
  public String sentence() {
    StringBuilder costs = new StringBuilder();
    for (RunningCost cost : running) {
      costs.append(
          String.format(
              Locale.ROOT,
              "%s%,.0f with %s, about %.1f times the target's time",
              costs.isEmpty() ? "" : "; ",
              cost.adaptation(),
              cost.title(),
              cost.slowdown()));
    }
    return String.format(
        Locale.ROOT,
        "FLOPs per row: %,.0f for the target; for the adaptation %s.",
        running.get(0).target(),
        costs);
  }

  /** The slowdown for the dearest of the workloads. */
  public double slowdown() {
    return running.stream().mapToDouble(RunningCost::slowdown).max().orElseThrow();
  }
}
