package io.hyperdelta.fit;

import io.hyperdelta.bundle.EnsembleEntry;
import io.hyperdelta.bundle.Preparation;
import io.hyperdelta.delta.SiteDelta;
import io.hyperdelta.evaluate.Difference;
import io.hyperdelta.evaluate.Evaluation;
import io.hyperdelta.evaluate.Measurement;
import io.hyperdelta.hypernetwork.ContextTable;
import io.hyperdelta.hypernetwork.FixedSource;
import io.hyperdelta.hypernetwork.HeadLayout;
import io.hyperdelta.hypernetwork.Hypernetwork;
import io.hyperdelta.hypernetwork.MemberSource;
import io.hyperdelta.hypernetwork.Source;
import io.hyperdelta.spec.FixedSpec;
import io.hyperdelta.spec.ProductPrecision;
import io.hyperdelta.spec.Spec;
import io.hyperdelta.weave.Weaving;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;

/**
 * Writes the model card: what the model is, what it was trained on, how good it is, what it cannot
 * do. Stateless.
 */
final class ModelCard {
  private ModelCard() {}

  static String text(
      Spec spec,
      TrainedTarget target,
      Weaving weaver,
      List<Preparation> prepared,
      Bottleneck bottleneck,
      Evaluation evaluation,
      Summary summary,
      Optional<EnsembleEntry> ensemble) {
    StringBuilder card = new StringBuilder();
    line(card, "# %s", spec.name());
    line(card, "");
    line(
        card,
        "An adaptive model: a frozen target network whose weights are adjusted by deltas that a"
            + " hypernetwork generates from a condition. `fused.onnx` is the whole of it.");
    line(card, "");
    line(
        card,
        "- predicts: `%s`, objective %s, output `%s`",
        spec.data().label(),
        spec.objective().key(),
        target.output());
    line(
        card,
        "- target: SHA-256 `%s`, %,d parameters in %d sites",
        target.target().digest(),
        summary.targetParameters(),
        target.target().sites().size());
    ensemble.ifPresent(members -> ensemble(card, members));
    weaver.sources().forEach(source -> line(card, "- %s", source(spec, source)));
    prepared.forEach(
        step ->
            line(
                card,
                "- made before the graphs see the rows: %s: %s",
                String.join(", ", step.makes()),
                step.title()));
    line(
        card,
        "- bottleneck: %s%,d hypernetwork parameters generate %,d numbers per condition, which adapt %,d weights",
        summary.fits().size() > 1 ? "in all members, " : "",
        summary.hypernetworkParameters(),
        summary.generatedPerCondition(),
        summary.adaptedParameters());
    line(card, "- %s", bottleneck.sentence());
    for (Summary.Fit fit : summary.fits()) {
      line(
          card,
          "- %sfitted in %d epochs of batches of %s%s, best after epoch %d (validation loss %.5f)",
          fit.member().isEmpty() ? "" : "member `" + fit.member() + "` ",
          fit.epochs(),
          fit.batch(),
          fit.products() == ProductPrecision.BFLOAT16 ? ", large products in bfloat16" : "",
          fit.bestEpoch(),
          fit.validationLoss());
    }
    rows(card, summary);
    deltas(card, weaver, summary);
    measurements(card, evaluation);
    limits(card, summary);
    return card.toString();
  }

  private static void ensemble(StringBuilder card, EnsembleEntry ensemble) {
    line(
        card,
        "- ensemble of %d members, %s; %s",
        ensemble.members().size(),
        switch (ensemble.combine()) {
          case "mean-delta" -> "one network with the mean of their deltas, so without a spread";
          case "learned" ->
              "their outputs combined by weights that were learned on the validation rows: "
                  + weights(ensemble)
                  + ". Output `spread` is their weighted standard deviation";
          default -> "the mean of their outputs; output `spread` is their standard deviation";
        },
        ensemble.bootstrap().equals("none")
            ? "all learned from the same rows"
            : "each learned from training "
                + ensemble.bootstrap()
                + " drawn with replacement, and all stopped by the same validation rows");
  }

  private static String weights(EnsembleEntry ensemble) {
    List<String> weights = new ArrayList<>();
    for (int i = 0; i < ensemble.members().size(); i++) {
      weights.add(
          String.format(
              Locale.ROOT, "`%s` %.3f", ensemble.members().get(i), ensemble.weights().get(i)));
    }
    return String.join(", ", weights);
  }

  private static String source(Spec spec, Source source) {
    if (source instanceof Hypernetwork hypernetwork) {
      return "hypernetwork `%s`: sees %s, trunk %s%s, latent %d%s"
          .formatted(
              hypernetwork.name(),
              String.join(", ", hypernetwork.condition().columns()),
              hypernetwork.trunk(),
              hypernetwork.dropout() > 0 ? " with dropout " + hypernetwork.dropout() : "",
              hypernetwork.latent(),
              hypernetwork.heads() instanceof HeadLayout.Shared shared
                  ? ", one head for each shape, sites embedded in " + shared.embedding()
                  : "");
    }
    if (source instanceof ContextTable table) {
      return "table `%s`: one entry for each of %,d values of %s, and a shared one for others"
          .formatted(table.name(), table.contexts().count(), table.column());
    }
    if (source instanceof FixedSource fixed) {
      FixedSpec from = Objects.requireNonNull(spec.fixed().get(MemberSource.plain(fixed.name())));
      return "fixed `%s`: %,d given deltas, the same for all rows and not trained, from %s `%s` times %s"
          .formatted(
              fixed.name(),
              fixed.given().size(),
              from.format().key(),
              from.path().getFileName(),
              from.scale());
    }
    return "shared `%s`: the same deltas for all rows".formatted(source.name());
  }

  private static void rows(StringBuilder card, Summary summary) {
    line(card, "");
    line(card, "## Rows");
    line(card, "");
    summary.rows().forEach((purpose, count) -> line(card, "- %s: %,d", purpose, count));
    if (summary.contexts() > 0) {
      line(card, "- contexts: %,d", summary.contexts());
    }
    line(
        card,
        "- missing values: %s",
        summary.missing().isEmpty() ? "none" : summary.missing().toString());
  }

  private static void deltas(StringBuilder card, Weaving weaver, Summary summary) {
    line(card, "");
    line(card, "## Deltas");
    line(card, "");
    line(card, "| source | site | shape | form | generated per condition | size | spread |");
    line(card, "|---|---|---|---|---|---|---|");
    for (int i = 0; i < weaver.deltas().size(); i++) {
      SiteDelta delta = weaver.deltas().get(i);
      DeltaSize size = summary.deltas().get(i);
      line(
          card,
          "| %s | %s | %s | %s | %,d | %.3f | %.3f |",
          delta.owner(),
          delta.site().name(),
          delta.site().shape(),
          delta.title(),
          weaver.trainedDeltas().contains(delta) ? delta.form().generatedCount(delta.site()) : 0,
          size.relative(),
          size.spread());
    }
    line(card, "");
    line(
        card,
        "Size is the delta's norm over that of the frozen parameter; spread is the share of it that"
            + " differs between conditions.");
    line(card, "");
    summary.alarms().forEach(alarm -> line(card, "- %s", alarm));
  }

  private static void measurements(StringBuilder card, Evaluation evaluation) {
    line(card, "");
    line(card, "## Held-out rows");
    line(card, "");
    line(
        card,
        "95 %% intervals by paired bootstrap over %s, %,d resamples. Lower is better.",
        evaluation.contexts().containsValue(1) ? "rows" : "contexts",
        evaluation.resamples());
    line(card, "");
    line(card, "| model | split | metric | value | interval |");
    line(card, "|---|---|---|---|---|");
    for (Measurement m : evaluation.results()) {
      line(
          card,
          "| %s | %s | %s | %.4f | %.4f to %.4f |",
          m.model(),
          m.split(),
          m.metric(),
          m.value(),
          m.low(),
          m.high());
    }
    line(card, "");
    line(card, "| difference | split | value | interval |");
    line(card, "|---|---|---|---|");
    for (Difference d : evaluation.differences()) {
      line(
          card,
          "| %s - %s | %s | %s | %s to %s |",
          d.model(),
          d.against(),
          d.split(),
          Difference.text(d.value()),
          Difference.text(d.low()),
          Difference.text(d.high()));
    }
    line(card, "");
    evaluation.verdicts().forEach(verdict -> line(card, "- %s", verdict));
  }

  private static void limits(StringBuilder card, Summary summary) {
    line(card, "");
    line(card, "## Limits");
    line(card, "");
    line(card, "- Measured on one split of one data set; another seed gives other figures.");
    line(
        card,
        "- Conditions far from those of the training rows get deltas that nothing was learned"
            + " from.");
    if (summary.contexts() == 0) {
      line(
          card,
          "- The spec names no contexts, so nothing is known about contexts that were not trained"
              + " on.");
    }
  }

  private static void line(StringBuilder card, String format, Object... values) {
    card.append(String.format(Locale.ROOT, format, values)).append('\n');
  }
}
