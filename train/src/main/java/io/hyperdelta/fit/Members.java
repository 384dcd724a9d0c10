package io.hyperdelta.fit;

import io.hyperdelta.bundle.EnsembleEntry;
import io.hyperdelta.bundle.InputBinding;
import io.hyperdelta.condition.ColumnEncoder;
import io.hyperdelta.condition.Condition;
import io.hyperdelta.condition.ConditionEncoder;
import io.hyperdelta.graph.Model;
import io.hyperdelta.graph.TensorValue;
import io.hyperdelta.hypernetwork.FixedSource;
import io.hyperdelta.hypernetwork.MemberSource;
import io.hyperdelta.hypernetwork.Source;
import io.hyperdelta.spec.EnsembleSpec;
import io.hyperdelta.spec.EnsembleSpec.Bootstrap;
import io.hyperdelta.spec.EnsembleSpec.Combine;
import io.hyperdelta.spec.FitSpec;
import io.hyperdelta.spec.SourceFit;
import io.hyperdelta.spec.Spec;
import io.hyperdelta.spec.SpecException;
import io.hyperdelta.target.Target;
import io.hyperdelta.weave.Ensemble;
import io.hyperdelta.weave.Weaver;
import io.hyperdelta.weave.Weaving;
import io.hyperdelta.weave.Workload;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The adaptive models of a run: the members of an ensemble, or a single one without a name. Each is
 * fitted by itself; what they are together is one {@link Weaving}.
 */
final class Members {
  private final Spec spec;
  private final Map<String, Spec> specs;
  private final Map<String, List<Source>> sources = new LinkedHashMap<>();
  private final List<Condition> seen = new ArrayList<>();

  Members(Spec spec, PlannedColumns plan, Encoders encoders) {
    this.spec = spec;
    this.specs = spec.members();
    specs.forEach(
        (name, member) -> {
          Map<String, Condition> conditions = new LinkedHashMap<>();
          plan.conditions(name).forEach((c, own) -> conditions.put(c, encoders.condition(c, own)));
          Sources specified = new Sources(member, encoders);
          sources.put(name, new ArrayList<>(specified.of(conditions)));
          seen.addAll(specified.seen(conditions));
        });
  }

  /** Puts deltas that are given under all members. */
  void add(List<FixedSource> fixed) {
    sources.values().forEach(own -> own.addAll(fixed));
  }

  /** What adapts the target by itself, or in the first member of an ensemble. */
  List<Source> first() {
    return List.copyOf(sources.values().iterator().next());
  }

  private @Nullable EnsembleSpec ensemble() {
    return spec.ensemble();
  }

  /** All that the sources see of a context: what a fair control must see as well. */
  List<Condition> seen() {
    if (ensemble() == null) {
      return seen;
    }
    // Members may call different columns by one name; the control wants each column once.
    Map<String, ColumnEncoder> columns = new LinkedHashMap<>();
    seen.forEach(c -> c.encoder().columns().forEach(e -> columns.putIfAbsent(e.column(), e)));
    return columns.isEmpty()
        ? List.of()
        : List.of(new Condition("members", new ConditionEncoder(List.copyOf(columns.values()))));
  }

  /**
   * What the members are together, around a target.
   *
   * @throws SpecException if a part matches nothing, or a site cannot take a form
   */
  Weaving around(TrainedTarget target) {
    EnsembleSpec ensemble = ensemble();
    if (ensemble == null) {
      return Sources.weaver(target.target(), Objects.requireNonNull(sources.get("")));
    }
    sources.forEach(
        (name, own) -> {
          try {
            Sources.weaver(target.target(), own);
          } catch (SpecException e) {
            throw new SpecException("ensemble.members.%s: %s".formatted(name, e.getMessage()), e);
          }
        });
    try {
      return ensemble.combine() == Combine.MEAN_DELTA
          ? Ensemble.meanDelta(target.target(), sources)
          : new Ensemble(
              target.target(), target.output(), sources, ensemble.combine() == Combine.LEARNED);
    } catch (IllegalArgumentException e) {
      throw new SpecException(
          "The target cannot be the target of an ensemble: " + e.getMessage(), e);
    }
  }

  /** The weaver of each member by itself, its sources named as in the whole. */
  Map<String, Weaver> apart(Target target) {
    Map<String, Weaver> weavers = new LinkedHashMap<>();
    sources.forEach(
        (name, own) ->
            weavers.put(
                name,
                new Weaver(
                    target,
                    ensemble() == null
                        ? own
                        : own.stream().map(s -> MemberSource.of(name, s, 1)).toList())));
    return weavers;
  }

  /**
   * What fitting found.
   *
   * @param parameters of the whole
   * @param trained how many numbers of them were trained
   * @param fits by member, in order
   */
  record Fitted(Map<String, TensorValue> parameters, long trained, Map<String, FitResult> fits) {}

  /** Fits one member after the other, each with its own rows and seed, then their weights. */
  Fitted fit(Draft draft, Progress progress, TrainedTarget target) {
    TrainingRows rows = draft.rows();
    Map<String, TensorValue> parameters = new LinkedHashMap<>();
    Map<String, TensorValue> trained = new LinkedHashMap<>();
    Map<String, FitResult> fits = new LinkedHashMap<>();
    apart(target.target())
        .forEach(
            (name, weaver) -> {
              Spec own = Objects.requireNonNull(specs.get(name));
              String title = "train hypernetwork" + (name.isEmpty() ? "" : " of member " + name);
              TargetStep step = new TargetStep(own, rows, draft.encoders(), progress);
              Sources.checkCaps(weaver);
              FitResult fit = fit(step, draft, target, weaver, Fitting.of(spec, name, own), title);
              fits.put(name, fit);
              parameters.putAll(weaver.freshParameters(own.fit().seed()));
              trained.putAll(fit.parameters());
            });
    EnsembleSpec ensemble = ensemble();
    if (ensemble != null && ensemble.combine() == Combine.LEARNED) {
      TargetStep step = new TargetStep(spec, rows, draft.encoders(), progress);
      parameters.putAll(trained);
      trained.putAll(MemberWeights.fit(around(target), step, rows, target, parameters));
    }
    parameters.putAll(trained);
    long count = trained.values().stream().mapToLong(TensorValue::elementCount).sum();
    return new Fitted(parameters, count, fits);
  }

  private FitResult fit(
      TargetStep step,
      Draft draft,
      TrainedTarget target,
      Weaver weaver,
      Fitting fitting,
      String title) {
    FitSpec fit = fitting.fit();
    List<InputBinding> bindings = Training.bindings(target, weaver, draft.rows());
    FitRows fitted = fitRows(draft.rows(), bindings, fit);
    Map<String, TensorValue> fresh = weaver.freshParameters(fit.seed(), fitting.seeds());
    Model woven = weaver.training(fresh, workload(draft, fitted));
    return step.fit(
        woven,
        target.output(),
        bindings,
        fitted,
        weaver.trainedParameters(),
        fit,
        new WovenFit(fitting.learningRates(), weaver.masks(), fit.penalty()),
        title);
  }

  private FitRows fitRows(TrainingRows rows, List<InputBinding> bindings, FitSpec fit) {
    EnsembleSpec ensemble = ensemble();
    Bootstrap bootstrap = ensemble == null ? Bootstrap.NONE : ensemble.bootstrap();
    int[] training = Resample.training(rows.split(), bootstrap, fit.seed());
    return FitRows.of(rows, training, bindings, fit);
  }

  private static Workload workload(Draft draft, FitRows fitted) {
    return fitted.batching().workload().with(draft.positions());
  }

  /**
   * What the batches are like that a member is trained in.
   *
   * @param member its name
   * @param weaver its weaver, one of {@link #apart}
   */
  Workload workload(Draft draft, String member, Weaver weaver) {
    FitSpec fit = Objects.requireNonNull(specs.get(member)).fit();
    List<InputBinding> bindings = Training.bindings(draft.target(), weaver, draft.rows());
    return workload(draft, fitRows(draft.rows(), bindings, fit));
  }

  /**
   * How a member is fitted.
   *
   * @param seeds that its sources have of their own, by their names around the target
   * @param learningRates the same
   */
  private record Fitting(FitSpec fit, Map<String, Long> seeds, Map<String, Double> learningRates) {
    /**
     * Sources that have a seed in common are apart by as much as their members' seeds are; a seed
     * that a member gives is what it is.
     */
    static Fitting of(Spec whole, String member, Spec own) {
      long apart = own.fit().seed() - whole.fit().seed();
      Map<String, Long> seeds = new LinkedHashMap<>();
      Map<String, Long> common = SourceFit.seeds(whole);
      SourceFit.seeds(own)
          .forEach(
              (name, seed) ->
                  seeds.put(in(member, name), seed.equals(common.get(name)) ? seed + apart : seed));
      Map<String, Double> rates = new LinkedHashMap<>();
      SourceFit.learningRates(own).forEach((name, rate) -> rates.put(in(member, name), rate));
      return new Fitting(own.fit(), seeds, rates);
    }

    private static String in(String member, String source) {
      return member.isEmpty() ? source : MemberSource.in(member, source);
    }
  }

  /** Each member's graph, for measuring it by itself; none if there is but one model. */
  Map<String, Model> graphs(Target target, Map<String, TensorValue> parameters) {
    Map<String, Model> graphs = new LinkedHashMap<>();
    if (ensemble() != null) {
      apart(target)
          .forEach((name, weaver) -> graphs.put(name, weaver.fused(parameters, Workload.MIXED)));
    }
    return graphs;
  }

  /** The ensemble as the manifest lists it. */
  Optional<EnsembleEntry> entry(Map<String, TensorValue> parameters) {
    EnsembleSpec ensemble = ensemble();
    if (ensemble == null) {
      return Optional.empty();
    }
    List<String> names = List.copyOf(specs.keySet());
    return Optional.of(
        new EnsembleEntry(
            names,
            ensemble.combine().key(),
            ensemble.bootstrap().key(),
            MemberWeights.of(names.size(), parameters)));
  }

  /** Seeds of the hypernetworks, by what the manifest calls them. */
  Map<String, Long> seeds() {
    Map<String, Long> seeds = new LinkedHashMap<>();
    specs.forEach(
        (name, own) ->
            seeds.put("hypernetworks" + (name.isEmpty() ? "" : "/" + name), own.fit().seed()));
    specs.forEach(
        (name, own) ->
            Fitting.of(spec, name, own)
                .seeds()
                .forEach((source, seed) -> seeds.put("sources." + source, seed)));
    return seeds;
  }
}
