package io.hyperdelta.autodiff;

import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A way to compute the outputs for some rows.
 *
 * @param plan the steps that each run takes
 * @param reversal the same steps, if they go backwards by themselves
 * @param reads the slots that must be filled before
 * @param kept by slot: what they are filled with that was evaluated before; null where they are
 *     filled with inputs
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record Way(Plan plan, @Nullable Reversal reversal, int[] reads, @Nullable KeptRows[] kept) {
  /**
   * A way.
   *
   * @param results slots that the steps fill
   */
  static Way of(Wiring wiring, List<Step> steps, int[] results, @Nullable KeptRows[] kept) {
    Plan plan = Plan.of(steps, results, wiring.slotCount());
    return new Way(plan, Reversal.of(wiring, plan), plan.reads(results, wiring.slotCount()), kept);
  }

  /** Frees what is kept. */
  void close() {
    Arrays.stream(kept).filter(Objects::nonNull).forEach(KeptRows::close);
  }
}
