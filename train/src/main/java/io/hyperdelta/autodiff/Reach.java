package io.hyperdelta.autodiff;

import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

/**
 * For each slot of a program, whether inputs that hold conditions and inputs that hold rows reach
 * it. Immutable.
 *
 * @param conditions by slot: whether a condition input reaches it
 * @param rows by slot: whether an input with one entry per row reaches it that holds no conditions
 */
@SuppressWarnings("ArrayRecordComponent") // never compared, never leaves the package
record Reach(boolean[] conditions, boolean[] rows) {
  /**
   * Follows the inputs through all steps.
   *
   * @param inputs what the program is given; one that {@code perRow} denies is the same for all
   *     rows and does not count
   */
  static Reach of(
      Wiring wiring,
      Map<String, Value> inputs,
      Set<String> conditionInputs,
      Predicate<Value> perRow) {
    boolean[] conditions = new boolean[wiring.slotCount()];
    boolean[] rows = new boolean[wiring.slotCount()];
    for (InputSlot input : wiring.inputs()) {
      Value value = inputs.get(input.name());
      if (value != null && perRow.test(value)) {
        (conditionInputs.contains(input.name()) ? conditions : rows)[input.slot()] = true;
      }
    }
    for (Step step : wiring.steps()) {
      spread(step, conditions);
      spread(step, rows);
    }
    return new Reach(conditions, rows);
  }

  private static void spread(Step step, boolean[] reached) {
    boolean any = false;
    for (int slot : step.inputs()) {
      any |= slot != Step.NONE && reached[slot];
    }
    for (int slot : step.outputs()) {
      if (slot != Step.NONE) {
        reached[slot] |= any;
      }
    }
  }

  /** Whether a slot has one entry per condition if it has any per row. */
  boolean isPerCondition(int slot) {
    return conditions[slot] && !rows[slot];
  }

  /** Whether a slot's value depends on which rows share a condition. */
  boolean mixes(int slot) {
    return conditions[slot] && rows[slot];
  }
}
