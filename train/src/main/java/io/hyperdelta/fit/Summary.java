package io.hyperdelta.fit;

import io.hyperdelta.data.Split;
import io.hyperdelta.delta.SiteDelta;
import io.hyperdelta.graph.TensorValue;
import io.hyperdelta.spec.FitSpec;
import io.hyperdelta.spec.ProductPrecision;
import io.hyperdelta.spec.Spec;
import io.hyperdelta.spec.TargetSpec;
import io.hyperdelta.weave.Weaving;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * The sizes of a run: rows, and the numbers on both sides of the bottleneck.
 *
 * @param rows rows by purpose
 * @param contexts contexts in all, or 0 if the spec names none
 * @param missing missing values by column, for columns that have any
 * @param targetParameters numbers in the target's sites
 * @param adaptedParameters numbers in the sites that are adapted by what was trained
 * @param hypernetworkParameters numbers that were trained, of all members of an ensemble
 * @param generatedPerCondition numbers that are generated for one condition, for all members
 * @param fits how fitting went, one entry for each member, or a single one
 * @param deltas how large each delta became
 * @param fromTarget whether fitting began with the target, no weight being replaced by random ones
 * @param deniedPrecision whether a fit was to have products that this processor does not have
 */
public record Summary(
    Map<String, Integer> rows,
    int contexts,
    Map<String, Integer> missing,
    long targetParameters,
    long adaptedParameters,
    long hypernetworkParameters,
    long generatedPerCondition,
    List<Fit> fits,
    List<DeltaSize> deltas,
    boolean fromTarget,
    boolean deniedPrecision) {
  public Summary {
    fits = List.copyOf(fits);
    deltas = List.copyOf(deltas);
  }

  /**
   * How fitting went.
   *
   * @param member name of the member of an ensemble; empty for a single model
   * @param epochs passes over the training rows
   * @param batch what an update was computed from, in words: {@code 64 conditions x 4 rows}
   * @param bestEpoch the pass whose parameters were kept
   * @param validationLoss theirs
   * @param parameters numbers that were trained
   * @param products in which precision large products were computed
   */
  public record Fit(
      String member,
      int epochs,
      String batch,
      int bestEpoch,
      double validationLoss,
      long parameters,
      ProductPrecision products) {
    static Fit of(String member, FitResult fit, ProductPrecision products) {
      return new Fit(
          member,
          fit.epochs(),
          fit.batch(),
          fit.bestEpoch(),
          fit.validationLoss(),
          fit.parameters().values().stream().mapToLong(TensorValue::elementCount).sum(),
          products);
    }
  }

  static Summary of(
      Spec spec,
      TrainingRows trainingRows,
      Weaving weaver,
      Members.Fitted fitted,
      List<DeltaSize> deltas) {
    Split split = trainingRows.split();
    Map<String, Integer> rows = new LinkedHashMap<>();
    rows.put("training", split.train().length);
    rows.put("validation", split.validation().length);
    rows.put("test, seen contexts", split.seenTest().length);
    rows.put("test, unseen contexts", split.unseenTest().length);
    return new Summary(
        rows,
        spec.data().contexts().isEmpty() ? 0 : split.contextCount(),
        trainingRows.table().missing(),
        weaver.target().sites().stream().mapToLong(site -> site.parameterCount()).sum(),
        weaver.trainedDeltas().stream()
            .map(d -> d.site())
            .distinct()
            .mapToLong(site -> site.parameterCount())
            .sum(),
        fitted.trained(),
        weaver.trainedDeltas().stream().mapToLong(d -> d.form().generatedCount(d.site())).sum(),
        fitted.fits().entrySet().stream()
            .map(e -> Fit.of(e.getKey(), e.getValue(), products(spec, e.getKey())))
            .toList(),
        deltas,
        weaver.deltas().stream().allMatch(SiteDelta::startsAtTarget),
        fits(spec).anyMatch(fit -> Trainer.products(fit) != fit.products()));
  }

  private static ProductPrecision products(Spec spec, String member) {
    return Trainer.products(Objects.requireNonNull(spec.members().get(member)).fit());
  }

  /** The target's, if it is trained, and those of the members. */
  private static Stream<FitSpec> fits(Spec spec) {
    return Stream.concat(
        spec.target() instanceof TargetSpec.Train train ? Stream.of(train.fit()) : Stream.of(),
        spec.members().values().stream().map(Spec::fit));
  }

  /** What somebody should know before trusting the adaptation, a sentence each; usually none. */
  public List<String> alarms() {
    List<String> alarms = new ArrayList<>();
    if (deniedPrecision) {
      alarms.add(
          "This processor has no products in bfloat16, which fit.products asks for: they were computed in float32.");
    }
    for (Fit fit : fits) {
      String who = fit.member().isEmpty() ? "" : "Member " + fit.member() + ": ";
      if (fit.bestEpoch() == 0) {
        alarms.add(
            who
                + (fromTarget
                    ? "No epoch was better than the start on the validation rows: what was trained does nothing."
                    : "No epoch was better on the validation rows than the random weights that fitting began with: nothing was learned."));
      } else {
        deltas.stream()
            .filter(d -> fit.member().isEmpty() || d.delta().startsWith(fit.member() + "/"))
            .forEach(delta -> alarms.addAll(delta.alarms()));
      }
      // Of one member: that several have more in all is what an ensemble is.
      if (fit.parameters() > adaptedParameters) {
        alarms.add(
            String.format(
                Locale.ROOT,
                "%sThe hypernetwork has more parameters (%,d) than what it adapts (%,d): a smaller latent, rank or trunk may do.",
                who,
                fit.parameters(),
                adaptedParameters));
      }
    }
    return alarms;
  }

  /** The counts as the manifest lists them. */
  Map<String, Long> counts() {
    Map<String, Long> counts = new LinkedHashMap<>();
    counts.put("target", targetParameters);
    counts.put("adapted", adaptedParameters);
    counts.put("hypernetworks", hypernetworkParameters);
    counts.put("generatedPerCondition", generatedPerCondition);
    return counts;
  }
}
