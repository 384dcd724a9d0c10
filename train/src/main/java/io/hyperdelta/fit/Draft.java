package io.hyperdelta.fit;

import io.hyperdelta.bundle.InputBinding;
import io.hyperdelta.condition.Condition;
import io.hyperdelta.data.Table;
import io.hyperdelta.hypernetwork.Source;
import io.hyperdelta.spec.Spec;
import io.hyperdelta.weave.Weaver;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * All that a run has before anything is trained: the rows, and the adaptations around the target as
 * it is, or around one like it that is not trained yet.
 *
 * @param spec what is to be trained
 * @param rows the rows and how they are split
 * @param sources where deltas are to come from
 * @param seen all that the sources see of a context, as conditions
 * @param targetStep makes the target
 * @param target the target before it is trained
 * @param fixed deltas that are given
 * @param weaver the sources around it
 * @param bindings how the inputs of the woven graphs are filled
 */
record Draft(
    Spec spec,
    TrainingRows rows,
    List<Source> sources,
    List<Condition> seen,
    TargetStep targetStep,
    TrainedTarget target,
    FixedDeltas fixed,
    Weaver weaver,
    List<InputBinding> bindings) {

  /**
   * Reads and splits the rows, puts the sources around the target, and checks that they go
   * together.
   *
   * @throws io.hyperdelta.problem.InputException if the spec, the data or a model file cannot be
   *     used
   */
  static Draft of(Spec spec, Progress progress) {
    Table table = Progress.stage(progress, "read", () -> TrainingRows.read(spec));
    TrainingRows rows = Progress.stage(progress, "split", () -> TrainingRows.split(spec, table));
    Encoders encoders = new Encoders(table, rows.split().train());
    Map<String, Condition> conditions = new LinkedHashMap<>();
    spec.conditions()
        .forEach((name, condition) -> conditions.put(name, encoders.condition(name, condition)));
    Sources specified = new Sources(spec, encoders);
    List<Source> sources = new ArrayList<>(specified.of(conditions));
    List<Condition> seen = specified.seen(conditions);
    TargetStep targetStep = new TargetStep(spec, rows, encoders, progress);
    TrainedTarget target = targetStep.draft(seen);
    FixedDeltas fixed = FixedDeltas.of(spec, target);
    sources.addAll(fixed.sources());
    Weaver weaver = Sources.weaver(target.target(), sources);
    List<InputBinding> bindings = Training.bindings(target, weaver, table);
    new Preflight(target, weaver, bindings, rows).check();
    return new Draft(spec, rows, sources, seen, targetStep, target, fixed, weaver, bindings);
  }
}
