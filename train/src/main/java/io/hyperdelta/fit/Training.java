package io.hyperdelta.fit;

import io.hyperdelta.bundle.Bundle;
import io.hyperdelta.bundle.BundleWriter;
import io.hyperdelta.bundle.DeltaEntry;
import io.hyperdelta.bundle.EnsembleEntry;
import io.hyperdelta.bundle.InputBinding;
import io.hyperdelta.bundle.Manifest;
import io.hyperdelta.bundle.Preparation;
import io.hyperdelta.bundle.Versions;
import io.hyperdelta.condition.Categories;
import io.hyperdelta.condition.ColumnInput;
import io.hyperdelta.data.Table;
import io.hyperdelta.delta.SiteDelta;
import io.hyperdelta.evaluate.Evaluation;
import io.hyperdelta.graph.Model;
import io.hyperdelta.graph.ModelWriter;
import io.hyperdelta.graph.TensorValue;
import io.hyperdelta.spec.Spec;
import io.hyperdelta.spec.SpecException;
import io.hyperdelta.spec.TargetSpec;
import io.hyperdelta.weave.Weaving;
import io.hyperdelta.weave.Workload;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.bytedeco.javacpp.PointerScope;
import tools.jackson.databind.json.JsonMapper;

/**
 * A whole training run: read, split, train the target and freeze it, train the hypernetworks,
 * evaluate, export, verify. The same spec, data and machine give the same bundle byte for byte. Not
 * thread-safe; two runs in one process share libtorch's threads.
 */
public final class Training {
  /** Rows that the export is checked on. */
  private static final int CHECKED_ROWS = 1000;

  /**
   * Conditions whose deltas are measured: enough for a mean, few enough for dense deltas of large
   * layers.
   */
  private static final int MEASURED_CONDITIONS = 64;

  private final Spec spec;
  private Progress progress = Progress.silent();
  private ExportCheck check = ExportCheck.none();
  private Consumer<Bottleneck> report = bottleneck -> {};

  private Training(Spec spec) {
    this.spec = spec;
  }

  /** A run of a spec. */
  public static Training of(Spec spec) {
    return new Training(spec);
  }

  /** Sets who is told how the run is getting on; nobody by default. */
  public Training progress(Progress newProgress) {
    this.progress = newProgress;
    return this;
  }

  /** Sets what looks at the bundle before it is published; nothing by default. */
  public Training check(ExportCheck newCheck) {
    this.check = newCheck;
    return this;
  }

  /** Sets who is told what the adaptation costs, before anything is trained; nobody by default. */
  public Training report(Consumer<Bottleneck> newReport) {
    this.report = newReport;
    return this;
  }

  /**
   * Runs.
   *
   * @param destination folder of the bundle: new, empty, or an earlier bundle, which is replaced
   *     once the new one is whole
   * @throws io.hyperdelta.problem.InputException if the spec, the data, a model file or the
   *     destination cannot be used; nothing is changed then
   * @throws IllegalStateException if training diverges or the export does not compute what was
   *     trained
   */
  public TrainingResult run(Path destination) {
    try (BundleWriter writer = BundleWriter.to(destination);
        PointerScope scope = new PointerScope()) {
      Draft before = Draft.of(spec, progress);
      Bottleneck bottleneck = Bottleneck.of(before);
      report.accept(bottleneck);
      TrainingRows rows = before.rows();
      Members members = before.members();
      TargetStep targetStep = before.targetStep();
      FixedDeltas fixed = before.fixed();

      TrainedTarget target = targetStep.make();
      Weaving weaver = stage("freeze target", () -> members.around(target));
      List<InputBinding> bindings = bindings(target, weaver, rows);
      Members.Fitted fit = members.fit(before, progress, target);
      Exports exports = Exports.of(weaver, fit.parameters(), before.positions());
      Map<String, Model> apart = members.graphs(target.target(), fit.parameters());
      // The control starts where training starts.
      Optional<TargetStep.Control> extra =
          targetStep.extraInputs(fixed.applied().orElse(target), before.seen());
      Evaluation evaluation =
          stage(
              "evaluate",
              () ->
                  new EvaluationStep(spec, rows, target, fixed, bindings, exports, apart, extra)
                      .evaluate());
      Summary summary =
          Summary.of(spec, rows, weaver, fit, deltaSizes(rows, weaver, bindings, exports));
      Optional<EnsembleEntry> ensemble = members.entry(fit.parameters());
      Bundle draft =
          stage(
              "export",
              () -> {
                before.prepared().files().forEach(writer::put);
                return export(
                    writer,
                    rows,
                    target,
                    weaver,
                    bindings,
                    exports,
                    bottleneck,
                    evaluation,
                    summary,
                    before.plan().steps(),
                    members.seeds(),
                    ensemble);
              });
      List<String> parity =
          stage("verify export", () -> verify(draft, rows, target, bindings, exports));
      return new TrainingResult(writer.publish(), evaluation, summary, parity);
    }
  }

  private <T> T stage(String title, Supplier<T> stage) {
    return Progress.stage(progress, title, stage);
  }

  /**
   * How the inputs of the woven graphs are filled: the target's, then those that only conditions
   * need.
   */
  static List<InputBinding> bindings(TrainedTarget target, Weaving weaver, TrainingRows rows) {
    Map<String, InputBinding> bindings = new LinkedHashMap<>();
    target.bindings().forEach(binding -> bindings.put(binding.input(), binding));
    weaver
        .conditionInputs()
        .forEach(
            (column, input) -> {
              String name = column.column();
              InputBinding own = bindings.get(input);
              if (own != null && !own.columns().equals(List.of(name))) {
                throw new SpecException(
                    "Condition column \"%s\" has the name of an input of the target that other columns fill: %s. Expected one meaning for a name. Rename the column, for example with sql."
                        .formatted(name, own.columns()),
                    null);
              }
              InputBinding binding =
                  own == null ? TargetBindings.single(input, rows, name, false, true) : own;
              bindings.put(input, withCondition(binding, column));
            });
    return List.copyOf(bindings.values());
  }

  /** What a source needs to be known of an input besides its columns. */
  private static InputBinding withCondition(InputBinding binding, ColumnInput column) {
    Categories categories = column.categories();
    return binding.seenByCondition(
        categories == null ? binding.categories() : categories.values(),
        binding.closed() || (categories != null && categories.closed()));
  }

  /** Sizes of the deltas for the conditions of some validation rows, spread evenly. */
  private static List<DeltaSize> deltaSizes(
      TrainingRows rows, Weaving weaver, List<InputBinding> bindings, Exports exports) {
    int[] validation = rows.split().validation();
    int count = Math.min(MEASURED_CONDITIONS, validation.length);
    int[] some = new int[count];
    Arrays.setAll(some, i -> validation[(int) ((long) i * validation.length / count)]);
    try (Predictor generator = new Predictor(exports.generator())) {
      List<InputBinding> conditions = bindings.stream().filter(InputBinding::condition).toList();
      Map<String, TensorValue> factors = generator.values(rows.table().rows(some), conditions);
      Map<String, TensorValue> frozen = weaver.target().model().graph().initializers();
      return weaver.deltas().stream()
          .map(
              d ->
                  DeltaSize.of(
                      d, Objects.requireNonNull(frozen.get(d.site().initializer())), factors))
          .toList();
    }
  }

  /** The graphs that a run delivers. */
  record Exports(Model fused, Model generator, Model targetWithDeltas) {
    static Exports of(
        Weaving weaver, Map<String, TensorValue> parameters, Map<String, Integer> positions) {
      return new Exports(
          weaver.fused(parameters, Workload.SERVED.with(positions)),
          weaver.generator(parameters),
          weaver.targetWithDeltas());
    }
  }

  private Bundle export(
      BundleWriter writer,
      TrainingRows rows,
      TrainedTarget target,
      Weaving weaver,
      List<InputBinding> bindings,
      Exports exports,
      Bottleneck bottleneck,
      Evaluation evaluation,
      Summary summary,
      List<Preparation> prepared,
      Map<String, Long> memberSeeds,
      Optional<EnsembleEntry> ensemble) {
    writer.put(Bundle.TARGET, target.target().bytes());
    writer.put(Bundle.FUSED, ModelWriter.write(exports.fused()));
    writer.put(Bundle.GENERATOR, ModelWriter.write(exports.generator()));
    writer.put(Bundle.TARGET_WITH_DELTAS, ModelWriter.write(exports.targetWithDeltas()));
    writer.put(Bundle.METRICS, Bundle.json(evaluation));
    writer.put(
        Bundle.MODEL_CARD,
        ModelCard.text(spec, target, weaver, prepared, bottleneck, evaluation, summary, ensemble)
            .getBytes(StandardCharsets.UTF_8));
    Map<String, Long> seeds = new LinkedHashMap<>();
    seeds.put("split", spec.data().split().seed());
    if (spec.target() instanceof TargetSpec.Train train) {
      seeds.put("target", train.fit().seed());
    }
    seeds.putAll(memberSeeds);
    seeds.put("evaluate", spec.evaluate().seed());
    return writer.seal(
        new Manifest(
            Manifest.FORMAT,
            spec.name(),
            target.target().digest(),
            bindings,
            target.output(),
            rows.labels().classes(),
            weaver.deltas().stream().map(delta -> entry(weaver, delta)).toList(),
            summary.counts(),
            seeds,
            Versions.all(),
            ensemble.orElse(null),
            prepared,
            JsonMapper.shared().readTree(spec.json()),
            Map.of()));
  }

  private static DeltaEntry entry(Weaving weaver, SiteDelta delta) {
    DeltaEntry entry = DeltaEntry.of(delta);
    return weaver.trainedDeltas().contains(delta) ? entry : entry.given();
  }

  /** Shows libtorch's own outputs to the check, on rows of unseen contexts where there are any. */
  private List<String> verify(
      Bundle draft,
      TrainingRows rows,
      TrainedTarget target,
      List<InputBinding> bindings,
      Exports exports) {
    int[] all =
        rows.split().unseenTest().length > 0 ? rows.split().unseenTest() : rows.split().train();
    Table sample = rows.table().rows(Arrays.copyOf(all, Math.min(CHECKED_ROWS, all.length)));
    try (Predictor fused = new Predictor(TargetStep.onlyOutput(exports.fused(), target.output()))) {
      return check.check(draft, sample, fused.predict(sample, bindings));
    }
  }
}
