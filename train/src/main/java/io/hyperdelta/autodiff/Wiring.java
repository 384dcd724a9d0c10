package io.hyperdelta.autodiff;

import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * A compiled model: steps, slots, and what fills slots before the first step.
 *
 * @param precision the program's precision
 * @param inputs the inputs
 * @param outputs slots of the outputs
 * @param outputNames names of the outputs
 * @param steps the steps of each run, in order
 * @param initial by slot: constants, parameters and defaults of inputs, null elsewhere
 * @param constant by slot: whether it is the same in every run for ever
 * @param made by slot: whether a step fills it
 * @param parameters the parameters by name
 * @param held owns the native objects
 */
@SuppressWarnings("ArrayRecordComponent") // never compared, never leaves the package
record Wiring(
    Precision precision,
    List<InputSlot> inputs,
    int[] outputs,
    List<String> outputNames,
    List<Step> steps,
    @Nullable Value[] initial,
    boolean[] constant,
    boolean[] made,
    Map<String, Parameter> parameters,
    Held held) {

  int slotCount() {
    return initial.length;
  }

  /** Slots with everything in place but the inputs. */
  Value[] freshSlots() {
    return initial.clone();
  }

  /** What gradients flow to, in the order of {@link Parameters#leaves}. */
  List<Tensor> leaves() {
    return new Parameters(parameters, () -> {}).tensors();
  }

  /** Where a leaf stands. */
  int slotOf(Tensor leaf) {
    return IntStream.range(0, initial.length)
        .filter(slot -> initial[slot] instanceof Value.Device known && known.tensor().equals(leaf))
        .findFirst()
        .orElseThrow();
  }

  boolean isMade(int slot) {
    return made[slot];
  }
}
