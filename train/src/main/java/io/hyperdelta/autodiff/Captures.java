package io.hyperdelta.autodiff;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * What the graphs inside a node read from the graphs around it. Each value becomes one more input
 * of the node's step, after the node's own, so that a plan and the search for parameters see it.
 */
final class Captures {
  private final int inputCount;
  private final List<Integer> slots = new ArrayList<>();

  /**
   * Creates the captures of a node, none so far.
   *
   * @param inputCount number of the node's own inputs
   */
  Captures(int inputCount) {
    this.inputCount = inputCount;
  }

  /** The position among the step's inputs at which a slot of the graph around arrives. */
  int position(int outerSlot) {
    if (!slots.contains(outerSlot)) {
      slots.add(outerSlot);
    }
    return inputCount + slots.indexOf(outerSlot);
  }

  int[] appendedTo(int[] inputs) {
    int[] all = Arrays.copyOf(inputs, inputCount + slots.size());
    for (int i = 0; i < slots.size(); i++) {
      all[inputCount + i] = slots.get(i);
    }
    return all;
  }
}
