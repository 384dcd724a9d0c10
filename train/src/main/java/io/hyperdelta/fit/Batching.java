package io.hyperdelta.fit;

import io.hyperdelta.bundle.InputBinding;
import io.hyperdelta.data.Table;
import io.hyperdelta.weave.Workload;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * How rows are put into batches for fitting. Where conditions repeat, a batch has K conditions of m
 * rows each, so that the hypernetworks run once per condition; elsewhere each row brings its own.
 *
 * @param training rows to learn from
 * @param validation rows that tell when to stop
 * @param conditionInputs names of the inputs that hold conditions and nothing else; empty if each
 *     row brings its own
 */
record Batching(RowBlocks training, RowBlocks validation, Set<String> conditionInputs) {
  /** Rows evaluated at once where no gradient is needed. */
  static final int CHUNK = 4096;

  Batching {
    conditionInputs = Set.copyOf(conditionInputs);
  }

  /** A condition for each row. */
  static Batching perRow(int[] training, int[] validation, int batch) {
    return new Batching(
        RowBlocks.perRow(training, batch), RowBlocks.perRow(validation, CHUNK), Set.of());
  }

  /**
   * Blocks where conditions repeat in the training rows.
   *
   * @param bindings how the inputs are filled. One that both the target and a hypernetwork see has
   *     as many entries as there are rows, so then each row brings its own condition
   * @param batch rows of a batch; with blocks it may be less than one block's rows fewer
   */
  static Batching of(
      Table table, List<InputBinding> bindings, int[] training, int[] validation, int batch) {
    List<InputBinding> conditions = bindings.stream().filter(InputBinding::condition).toList();
    if (!conditions.isEmpty() && conditions.stream().noneMatch(InputBinding::target)) {
      RowBlocks blocks =
          RowBlocks.of(training, ConditionGroups.of(table, conditions, training), batch, batch);
      if (blocks.rowsEach() > 1) {
        // As many conditions at once as a batch has rows: the same memory as a condition per row.
        int[] groups = ConditionGroups.of(table, conditions, validation);
        return new Batching(
            blocks,
            RowBlocks.of(validation, groups, CHUNK, batch),
            conditions.stream().map(InputBinding::input).collect(Collectors.toSet()));
      }
    }
    return perRow(training, validation, batch);
  }

  /** Whether rows share conditions. */
  boolean isShared() {
    return training.rowsEach() > 1;
  }

  /** The sizes of a batch that graphs are planned for. */
  Workload workload() {
    return Workload.training(training.conditions() * training.rowsEach(), training.conditions());
  }

  /** A batch in words: {@code 64 conditions x 4 rows}. */
  String text() {
    return isShared()
        ? "%d conditions x %d rows".formatted(training.conditions(), training.rowsEach())
        : "%d rows".formatted(training.conditions());
  }
}
