package io.hyperdelta.autodiff;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * The steps of a program that no parameter and no input that changes from run to run reaches: their
 * values never change while the program trains, so {@link CachedRows} evaluates them once per row.
 * Immutable.
 */
public final class Prefix {
  private final List<Step> steps;
  private final boolean[] frozen;

  /**
   * The prefix of a program.
   *
   * @param changing names of the inputs that change from run to run
   */
  Prefix(Wiring wiring, Set<String> changing) {
    this.steps = new ArrayList<>();
    this.frozen = new boolean[wiring.slotCount()];
    for (int slot = 0; slot < frozen.length; slot++) {
      frozen[slot] = !isParameter(wiring, slot);
    }
    for (InputSlot input : wiring.inputs()) {
      frozen[input.slot()] &= !changing.contains(input.name());
    }
    for (Step step : wiring.steps()) {
      boolean reached = false;
      for (int slot : step.inputs()) {
        reached |= slot != Step.NONE && !frozen[slot];
      }
      for (int slot : step.outputs()) {
        if (slot != Step.NONE) {
          frozen[slot] = !reached;
        }
      }
      if (!reached) {
        steps.add(step);
      }
    }
  }

  private static boolean isParameter(Wiring wiring, int slot) {
    return wiring.initial()[slot] instanceof Value.Device device
        && wiring.parameters().values().stream()
            .anyMatch(parameter -> parameter.leaf().equals(device.tensor()));
  }

  /** Whether there is anything to evaluate ahead. */
  public boolean worthwhile() {
    return !steps.isEmpty();
  }

  /** Number of nodes in the prefix. */
  public int nodeCount() {
    return steps.size();
  }

  List<Step> steps() {
    return steps;
  }
}
