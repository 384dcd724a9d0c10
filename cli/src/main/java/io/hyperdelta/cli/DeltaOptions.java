package io.hyperdelta.cli;

import io.hyperdelta.bundle.LoraFactors;
import io.hyperdelta.delta.DeltaAlgebra;
import io.hyperdelta.delta.FixedDelta;
import io.hyperdelta.delta.LowRankMatrix;
import io.hyperdelta.graph.TensorValue;
import io.hyperdelta.target.Part;
import io.hyperdelta.target.Site;
import io.hyperdelta.target.Target;
import io.hyperdelta.target.Units;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options that say what is computed with deltas. */
final class DeltaOptions {
  @Option(names = "--add", description = "Add the deltas up.")
  private boolean add;

  @Option(names = "--average", description = "Take the mean of the deltas.")
  private boolean average;

  @Option(
      names = "--interpolate",
      paramLabel = "T",
      description = "Go from the first of two deltas, at 0, to the second, at 1.")
  private @Nullable Double interpolate;

  @Option(
      names = "--part",
      paramLabel = "SELECTOR",
      description = "Keep only the sites that this part selects, written as in a spec.")
  private @Nullable String part;

  @Option(
      names = "--scale",
      paramLabel = "FACTOR",
      description = "Multiply the deltas with a number.")
  private @Nullable Double scale;

  @Option(names = "--negate", description = "Turn the deltas round: added, they undo themselves.")
  private boolean negate;

  @Option(
      names = "--sparsify",
      paramLabel = "SHARE",
      description =
          "Keep this share of each site's numbers, the largest, and one at least; between 0 and 1.")
  private @Nullable Double sparsify;

  @Option(
      names = "--rank",
      paramLabel = "R",
      description = "Cut matrices to the closest of this rank, by singular values.")
  private @Nullable Integer rank;

  @Option(
      names = "--cap",
      paramLabel = "RHO",
      description = "Make deltas smaller until |delta| is at most RHO times |W|.")
  private @Nullable Double cap;

  DeltaOptions() {}

  /**
   * Refuses options that do not go together or have no meaning.
   *
   * @param count how many deltas are given
   */
  void check(int count) {
    List<String> ways =
        Stream.of(
                add ? "--add" : "",
                average ? "--average" : "",
                interpolate == null ? "" : "--interpolate")
            .filter(way -> !way.isEmpty())
            .toList();
    if (ways.size() > 1) {
      throw new IllegalArgumentException(
          "%s are given together. Expected one way to combine deltas."
              .formatted(String.join(" and ", ways)));
    }
    if (ways.isEmpty() && count > 1) {
      throw new IllegalArgumentException(
          "%d deltas are given, but not how to combine them. Expected --add, --average or --interpolate T."
              .formatted(count));
    }
    if (!ways.isEmpty() && (interpolate == null ? count < 2 : count != 2)) {
      throw new IllegalArgumentException(
          "%s is given with %d delta%s. Expected %s."
              .formatted(
                  ways.get(0),
                  count,
                  count == 1 ? "" : "s",
                  interpolate == null ? "two or more" : "exactly two"));
    }
    if (sparsify != null && rank != null) {
      throw new IllegalArgumentException(
          "--sparsify and --rank are given together. Expected one of them: each undoes the other.");
    }
    checkNumbers();
  }

  private void checkNumbers() {
    number("--interpolate", interpolate, true, "a finite number, such as 0.3");
    number("--scale", scale, scale == null || scale != 0, "a finite number other than 0");
    number(
        "--sparsify",
        sparsify,
        sparsify == null || (sparsify > 0 && sparsify <= 1),
        "a share above 0 and of at most 1");
    number("--rank", rank, rank == null || rank >= 1, "a whole number of 1 or more");
    number("--cap", cap, cap == null || cap > 0, "a finite number above 0");
  }

  private static void number(
      String option, @Nullable Number value, boolean inRange, String expected) {
    if (value != null && !(inRange && Double.isFinite(value.doubleValue()))) {
      throw new IllegalArgumentException(
          "%s is out of range. Expected %s, got %s.".formatted(option, expected, value));
    }
  }

  /**
   * What comes of deltas, in the order of the target's sites.
   *
   * @param given of each source
   */
  List<FixedDelta> compute(Target target, List<List<FixedDelta>> given) {
    List<FixedDelta> combined =
        new ArrayList<>(DeltaAlgebra.combined(given, weights(given.size())));
    combined.sort(
        (one, other) -> Integer.compare(place(target, one.site()), place(target, other.site())));
    List<Site> kept = kept(target);
    List<FixedDelta> results = new ArrayList<>();
    for (FixedDelta delta : combined) {
      if (kept.contains(delta.site().only(Units.ALL))) {
        results.add(changed(target, delta));
      }
    }
    if (results.isEmpty()) {
      throw new IllegalArgumentException(
          "No delta is left. Expected at least one site with a delta%s."
              .formatted(part == null ? "" : " in part \"" + part + "\""));
    }
    return results;
  }

  private static int place(Target target, Site site) {
    return target.sites().indexOf(site.only(Units.ALL));
  }

  private List<Double> weights(int count) {
    double all = (scale == null ? 1 : scale) * (negate ? -1 : 1);
    if (interpolate != null) {
      return List.of(all * (1 - interpolate), all * interpolate);
    }
    return Collections.nCopies(count, average ? all / count : all);
  }

  private List<Site> kept(Target target) {
    if (part == null) {
      return target.sites();
    }
    List<Site> selected = new Part(part).select(target.sites());
    for (Site site : selected) {
      if (!site.units().isAll()) {
        throw new IllegalArgumentException(
            "Part \"%s\" selects some units of site \"%s\". Expected whole sites."
                .formatted(part, site.name()));
      }
    }
    return selected;
  }

  private FixedDelta changed(Target target, FixedDelta delta) {
    FixedDelta changed = delta;
    if (sparsify != null) {
      long count = Math.max(1, Math.round(sparsify * delta.site().parameterCount()));
      changed = DeltaAlgebra.sparsified(changed, Math.toIntExact(count));
    }
    if (rank != null && delta.site().kind().isMatrix()) {
      long highest = Math.min(delta.site().in(), delta.site().width());
      changed = DeltaAlgebra.ofRank(changed, Math.toIntExact(Math.min(rank, highest)));
    }
    if (cap != null) {
      TensorValue frozen =
          Objects.requireNonNull(
              target.model().graph().initializers().get(delta.site().initializer()));
      changed = DeltaAlgebra.capped(changed, frozen, cap);
    }
    return changed;
  }

  /** Deltas as factors of a LoRA. */
  static List<LoraFactors> lora(List<FixedDelta> deltas) {
    List<LoraFactors> factors = new ArrayList<>();
    for (FixedDelta delta : deltas) {
      Site site = delta.site();
      boolean matrix = site.kind().isMatrix() && site.groups() == 1;
      if (!matrix || !(delta.rounded().matrix() instanceof LowRankMatrix product)) {
        throw new IllegalArgumentException(
            "The delta on site \"%s\" cannot be written for PEFT: %s. Expected low-rank deltas of weights, embeddings and kernels of one group. %s"
                .formatted(
                    site.title(),
                    matrix
                        ? "it is dense"
                        : "the site is a " + site.kind().word() + " " + site.shape(),
                    matrix
                        ? "Cut it to a rank with --rank."
                        : "Leave the site out with --part, such as --part kind:weight."));
      }
      factors.add(new LoraFactors(site, product.a(), product.b(), 1));
    }
    return factors;
  }
}
