package io.hyperdelta.fit;

import io.hyperdelta.bundle.InputBinding;
import io.hyperdelta.condition.Condition;
import io.hyperdelta.data.Table;
import io.hyperdelta.hypernetwork.Source;
import io.hyperdelta.spec.Spec;
import io.hyperdelta.weave.Weaver;
import io.hyperdelta.weave.Weaving;
import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.PointerScope;

/**
 * All that a run has before anything is trained: the rows, and the adaptations around the target as
 * it is, or around one like it that is not trained yet.
 *
 * @param spec what is to be trained
 * @param plan what is prepared before graphs see the rows
 * @param prepared the columns that were, and files that are needed for others
 * @param rows the rows and how they are split
 * @param encoders what columns are encoded with
 * @param members the adaptive models
 * @param seen all that the sources see of a context, as conditions
 * @param targetStep makes the target
 * @param target the target before it is trained
 * @param fixed deltas that are given
 * @param weaving all sources around it
 * @param bindings how the inputs of the woven graphs are filled
 * @param positions rows of the target's layers for each row of a batch, by initializer
 */
record Draft(
    Spec spec,
    PlannedColumns plan,
    PreparedColumns prepared,
    TrainingRows rows,
    Encoders encoders,
    Members members,
    List<Condition> seen,
    TargetStep targetStep,
    TrainedTarget target,
    FixedDeltas fixed,
    Weaving weaving,
    List<InputBinding> bindings,
    Map<String, Integer> positions) {
  /** Where deltas are to come from; in an ensemble those of its first member. */
  List<Source> sources() {
    return members.first();
  }

  /** These sources around the target. */
  Weaver weaver() {
    return Sources.weaver(target.target(), sources());
  }

  /**
   * Reads and splits the rows, puts the sources around the target, and checks that they go
   * together.
   *
   * @throws io.hyperdelta.problem.InputException if the spec, the data or a model file cannot be
   *     used
   */
  static Draft of(Spec spec, Progress progress) {
    PlannedColumns plan = PlannedColumns.of(spec);
    Table table = Progress.stage(progress, "read", () -> TrainingRows.read(spec, plan));
    TrainingRows read = Progress.stage(progress, "split", () -> TrainingRows.split(spec, table));
    PreparedColumns prepared = PreparedColumns.of(plan, table, spec.data().missing(), progress);
    TrainingRows rows = read.with(prepared.table(), plan.mayMiss());
    Encoders encoders = new Encoders(rows);
    Members members = new Members(spec, plan, encoders);
    List<Condition> seen = members.seen();
    TargetStep targetStep = new TargetStep(spec, rows, encoders, progress);
    TrainedTarget target = targetStep.draft(seen);
    FixedDeltas fixed = FixedDeltas.of(spec, target);
    members.add(fixed.sources());
    Weaving weaving = members.around(target);
    List<InputBinding> bindings = Training.bindings(target, weaving, rows);
    new Preflight(target, weaving, bindings, rows).check();
    return new Draft(
        spec,
        plan,
        prepared,
        rows,
        encoders,
        members,
        seen,
        targetStep,
        target,
        fixed,
        weaving,
        bindings,
        positions(target, rows));
  }

  private static Map<String, Integer> positions(TrainedTarget target, TrainingRows rows) {
    int[] one = {rows.split().train()[0]};
    try (PointerScope scope = new PointerScope()) {
      Table row = rows.table().rows(one);
      return Positions.of(target.target(), RowInputs.of(row, target.bindings()), one.length);
    }
  }
}
