package io.hyperdelta.spec;

import io.hyperdelta.weave.Ensemble;
import java.util.Collections;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * What to train. Immutable, and so safe to share between threads.
 *
 * @param name of the adaptive model: letters, digits, dots, underscores and hyphens, at most 128
 * @param data the rows
 * @param target the network that is frozen and adapted
 * @param objective what fitting minimises
 * @param conditions what hypernetworks see, by name, in the order written
 * @param hypernetworks what generates deltas, by name, in the order written
 * @param tables deltas learned for each context, by name, in the order written
 * @param shared deltas learned once, by name, in the order written; there is at least one among the
 *     three
 * @param fixed deltas that are given, by name, in the order written; no name is twice among the
 *     four
 * @param fit how the hypernetworks are fitted
 * @param evaluate how the finished model is measured
 * @param ensemble the members into which this spec is varied; null for a single model
 * @param json this spec as JSON text: for a spec that was read, what the file says with its keys in
 *     the order written; for one that was built, all settings, with the paths below the working
 *     directory relative to it and of others only the file name
 */
public record Spec(
    String name,
    DataSpec data,
    TargetSpec target,
    Objective objective,
    Map<String, ConditionSpec> conditions,
    Map<String, HypernetworkSpec> hypernetworks,
    Map<String, TableSpec> tables,
    Map<String, SharedSpec> shared,
    Map<String, FixedSpec> fixed,
    FitSpec fit,
    EvaluationSpec evaluate,
    @Nullable EnsembleSpec ensemble,
    String json) {
  /** The objective of numeric labels, which are the most common. */
  public static final Objective DEFAULT_OBJECTIVE = Objective.MSE;

  /** Checks names and references, and copies the maps. */
  public Spec {
    Require.name("name", name);
    conditions = ordered("conditions", conditions);
    hypernetworks = ordered("hypernetworks", hypernetworks);
    tables = ordered("tables", tables);
    shared = ordered("shared", shared);
    fixed = ordered("fixed", fixed);
    checkSources(fixed, hypernetworks, tables, shared);
    checkFixed(fixed, target);
    for (Map.Entry<String, HypernetworkSpec> entry : hypernetworks.entrySet()) {
      Require.known(
          "hypernetworks." + entry.getKey() + ".condition",
          entry.getValue().condition(),
          conditions.keySet());
    }
    if (data.features().isEmpty() && !namesItsColumns(target)) {
      throw new IllegalArgumentException(
          "data.features is missing. Expected at least one column, got none. Only a target with"
              + " inputs needs no features.");
    }
    if (ensemble != null) {
      if (ensemble.bootstrap() == EnsembleSpec.Bootstrap.CONTEXTS && data.contexts().isEmpty()) {
        throw new IllegalArgumentException(
            "ensemble.bootstrap draws contexts, and data.contexts names none. Expected contexts to draw from, got none. Name some, or use bootstrap: rows.");
      }
      Spec alone =
          new Spec(
              name,
              data,
              target,
              objective,
              conditions,
              hypernetworks,
              tables,
              shared,
              fixed,
              fit,
              evaluate,
              null,
              json);
      ensemble.members().forEach((member, own) -> own.check(member, alone));
    }
  }

  /** The same spec with an ensemble. */
  Spec with(EnsembleSpec newEnsemble) {
    return new Spec(
        name,
        data,
        target,
        objective,
        conditions,
        hypernetworks,
        tables,
        shared,
        fixed,
        fit,
        evaluate,
        newEnsemble,
        json);
  }

  /** The spec of each member of the ensemble by name; without one, this spec under no name. */
  public Map<String, Spec> members() {
    if (ensemble == null) {
      return Map.of("", this);
    }
    Map<String, Spec> specs = new LinkedHashMap<>();
    ensemble.members().forEach((member, own) -> specs.put(member, own.in(this)));
    return specs;
  }

  /**
   * A builder of a spec without a file.
   *
   * @param name of the adaptive model
   */
  public static Builder builder(String name) {
    return new Builder(name);
  }

  /** How each source is fitted where it differs from the others, by name, in the order written. */
  public Map<String, SourceFit> sourceFits() {
    Map<String, SourceFit> fits = new LinkedHashMap<>();
    hypernetworks.forEach((source, hypernetwork) -> fits.put(source, hypernetwork.fit()));
    tables.forEach((source, table) -> fits.put(source, table.fit()));
    shared.forEach((source, deltas) -> fits.put(source, deltas.fit()));
    return fits;
  }

  private static boolean namesItsColumns(TargetSpec target) {
    return target instanceof TargetSpec.Onnx onnx && !onnx.inputs().isEmpty();
  }

  @SafeVarargs
  private static void checkSources(Map<String, ?> fixed, Map<String, ?>... trained) {
    Set<String> names = new HashSet<>(fixed.keySet());
    boolean any = false;
    for (Map<String, ?> some : trained) {
      for (String name : some.keySet()) {
        any = true;
        if (!names.add(name)) {
          throw new IllegalArgumentException(
              "The name \"%s\" is given twice among hypernetworks, tables, shared and fixed. Expected each name once."
                  .formatted(name));
        }
      }
    }
    if (!any) {
      throw new IllegalArgumentException(
          fixed.isEmpty()
              ? "Nothing adapts the target. Expected at least one entry in hypernetworks, tables or shared, got none."
              : "There is nothing to train: all deltas are fixed. Expected at least one entry in hypernetworks, tables or shared, got none. To put fixed deltas into the target's weights, use merge with --delta.");
    }
  }

  private static void checkFixed(Map<String, FixedSpec> fixed, TargetSpec target) {
    if (!fixed.isEmpty() && !(target instanceof TargetSpec.Onnx)) {
      throw new IllegalArgumentException(
          "fixed.%s is given with target.train. Expected target.onnx: fixed deltas belong to the weights that they were made for. The target that an earlier run trained is target.onnx in its bundle."
              .formatted(fixed.keySet().iterator().next()));
    }
  }

  private static <V> Map<String, V> ordered(String key, Map<String, V> map) {
    map.keySet().forEach(name -> Require.name(key + " key", name));
    return Collections.unmodifiableMap(new LinkedHashMap<>(map));
  }

  /** Collects the parts of a {@link Spec}. Not thread-safe. */
  public static final class Builder {
    private final String name;
    private @Nullable DataSpec data;
    private @Nullable TargetSpec target;
    private Objective objective = DEFAULT_OBJECTIVE;
    private final Map<String, ConditionSpec> conditions = new LinkedHashMap<>();
    private final Map<String, HypernetworkSpec> hypernetworks = new LinkedHashMap<>();
    private final Map<String, TableSpec> tables = new LinkedHashMap<>();
    private final Map<String, SharedSpec> shared = new LinkedHashMap<>();
    private final Map<String, FixedSpec> fixed = new LinkedHashMap<>();
    private FitSpec fit = FitSpec.defaults();
    private EvaluationSpec evaluate = EvaluationSpec.defaults();
    private final Map<String, Consumer<Builder>> members = new LinkedHashMap<>();
    private EnsembleSpec.Combine combine = EnsembleSpec.DEFAULT_COMBINE;
    private EnsembleSpec.Bootstrap bootstrap = EnsembleSpec.DEFAULT_BOOTSTRAP;

    private Builder(String name) {
      this.name = name;
    }

    /** Sets the data; needed. */
    public Builder data(DataSpec spec) {
      data = spec;
      return this;
    }

    /** Sets the data; needed. */
    public Builder data(DataSpec.Builder builder) {
      return data(builder.build());
    }

    /** Sets the target network; needed. */
    public Builder target(TargetSpec spec) {
      target = spec;
      return this;
    }

    /** Sets what fitting minimises; {@link #DEFAULT_OBJECTIVE} by default. */
    public Builder objective(Objective value) {
      objective = value;
      return this;
    }

    /** Adds a condition of numeric columns. */
    public Builder condition(String conditionName, String... columns) {
      return condition(conditionName, ConditionSpec.of(columns));
    }

    /** Adds a condition. */
    public Builder condition(String conditionName, ConditionSpec spec) {
      conditions.put(conditionName, spec);
      return this;
    }

    /** Adds deltas that are learned for each context. */
    public Builder table(String tableName, TableSpec spec) {
      tables.put(tableName, spec);
      return this;
    }

    /** Adds deltas that are learned once. */
    public Builder shared(String sharedName, SharedSpec spec) {
      shared.put(sharedName, spec);
      return this;
    }

    /** Adds deltas that are given. */
    public Builder fixed(String fixedName, FixedSpec spec) {
      fixed.put(fixedName, spec);
      return this;
    }

    /** Adds a hypernetwork. */
    public Builder hypernetwork(String hypernetworkName, HypernetworkSpec spec) {
      hypernetworks.put(hypernetworkName, spec);
      return this;
    }

    /** Sets how the hypernetworks are fitted; {@link FitSpec#defaults()} by default. */
    public Builder fit(FitSpec spec) {
      fit = spec;
      return this;
    }

    /** Sets how the model is measured; {@link EvaluationSpec#defaults()} by default. */
    public Builder evaluate(EvaluationSpec spec) {
      evaluate = spec;
      return this;
    }

    /** Takes away a source: a hypernetwork, a table or shared deltas. */
    public Builder without(String source) {
      hypernetworks.remove(source);
      tables.remove(source);
      shared.remove(source);
      return this;
    }

    /** Makes the model an ensemble of members that differ by their seeds; named from 1 on. */
    public Builder members(int count) {
      for (int i = 1; i <= count; i++) {
        member(String.valueOf(i), member -> {});
      }
      return this;
    }

    /**
     * Adds a member of an ensemble.
     *
     * @param changes what is other than in this spec, made to a copy of this builder; the copy's
     *     seed is the member's own already
     */
    public Builder member(String memberName, Consumer<Builder> changes) {
      members.put(memberName, changes);
      return this;
    }

    /** Sets how members are combined; {@link EnsembleSpec#DEFAULT_COMBINE} by default. */
    public Builder combine(EnsembleSpec.Combine value) {
      combine = value;
      return this;
    }

    /**
     * Sets what members' rows are drawn from; {@link EnsembleSpec#DEFAULT_BOOTSTRAP} by default.
     */
    public Builder bootstrap(EnsembleSpec.Bootstrap value) {
      bootstrap = value;
      return this;
    }

    /**
     * The finished spec.
     *
     * @throws IllegalArgumentException if a part is missing, out of range or refers to nothing
     */
    public Spec build() {
      if (data == null || target == null) {
        throw new IllegalArgumentException(
            (data == null ? "data" : "target")
                + " is missing. Expected it to be set, got nothing.");
      }
      EnsembleSpec ensemble = ensemble();
      return spec(data, target, ensemble, SpecWriter.json(spec(data, target, ensemble, "")));
    }

    private Spec spec(
        DataSpec theData, TargetSpec theTarget, @Nullable EnsembleSpec ensemble, String json) {
      return new Spec(
          name,
          theData,
          theTarget,
          objective,
          conditions,
          hypernetworks,
          tables,
          shared,
          fixed,
          fit,
          evaluate,
          ensemble,
          json);
    }

    /** What members have in common cannot be changed by one. */
    private void checkMember(String member, EvaluationSpec common) {
      if (data != null
          || target != null
          || !fixed.isEmpty()
          || !members.isEmpty()
          || (!evaluate.equals(common) && !evaluate.equals(EvaluationSpec.defaults()))) {
        throw new IllegalArgumentException(
            "ensemble.members.%s changes what members have in common. Expected changes of objective, conditions, hypernetworks, tables, shared and fit alone."
                .formatted(member));
      }
    }

    private @Nullable EnsembleSpec ensemble() {
      if (members.isEmpty()
          && combine == EnsembleSpec.DEFAULT_COMBINE
          && bootstrap == EnsembleSpec.DEFAULT_BOOTSTRAP) {
        return null;
      }
      Map<String, MemberSpec> own = new LinkedHashMap<>();
      members.forEach(
          (member, changes) -> {
            Builder copy = new Builder(name);
            copy.objective = objective;
            copy.conditions.putAll(conditions);
            copy.hypernetworks.putAll(hypernetworks);
            copy.tables.putAll(tables);
            copy.shared.putAll(shared);
            copy.fit = fit.withSeed(fit.seed() + Ensemble.SEED_STEP * own.size());
            changes.accept(copy);
            copy.checkMember(member, evaluate);
            own.put(
                member,
                new MemberSpec(
                    copy.objective,
                    copy.conditions,
                    copy.hypernetworks,
                    copy.tables,
                    copy.shared,
                    copy.fit));
          });
      return new EnsembleSpec(own, combine, bootstrap);
    }
  }
}
