package io.hyperdelta.autodiff;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * A plan that goes backwards by itself: each step that gradients pass through has a {@link
 * Gradient} of its own. It then needs no tape, which costs more than the numbers do where these are
 * few. Immutable.
 */
final class Reversal {
  private final Plan plan;
  private final boolean[] active;
  private final boolean[] @Nullable [] wanted;
  private final int[] leafSlots;

  /**
   * A plan with what is known of it.
   *
   * @param active by slot: whether gradients pass through what stands there
   * @param wanted by step and input, whether gradients pass on to it; null if none pass through the
   *     step
   * @param leafSlots where the parameters stand
   */
  private Reversal(Plan plan, boolean[] active, boolean[] @Nullable [] wanted, int[] leafSlots) {
    this.plan = plan;
    this.active = active;
    this.wanted = wanted;
    this.leafSlots = leafSlots;
  }

  /**
   * Of the steps of a plan.
   *
   * @param plan whose steps gradients pass through on the way to the parameters
   * @return null if one of them has no gradient of its own
   */
  static @Nullable Reversal of(Wiring wiring, Plan plan) {
    int[] leafSlots = wiring.leaves().stream().mapToInt(wiring::slotOf).toArray();
    boolean[] active = new boolean[wiring.slotCount()];
    mark(leafSlots, active);
    boolean[] @Nullable [] wanted = new boolean[plan.steps().size()][];
    boolean[] kept = new boolean[active.length];
    for (int i = 0; i < wanted.length; i++) {
      Step step = plan.steps().get(i);
      if (!step.operator().differentiable()
          || Arrays.stream(step.inputs()).noneMatch(slot -> slot != Step.NONE && active[slot])) {
        continue;
      }
      Gradient gradient = step.gradient();
      if (gradient == null) {
        return null;
      }
      wanted[i] = wanted(step, active);
      mark(step.outputs(), active);
      switch (gradient.reads()) {
        case SHAPES -> {}
        case INPUTS -> mark(step.inputs(), kept);
        case OUTPUTS -> mark(step.outputs(), kept);
      }
    }
    return new Reversal(plan.keeping(kept), active, wanted, leafSlots);
  }

  private static boolean[] wanted(Step step, boolean[] active) {
    boolean[] wanted = new boolean[step.inputs().length];
    for (int k = 0; k < wanted.length; k++) {
      wanted[k] = step.inputs()[k] != Step.NONE && active[step.inputs()[k]];
    }
    return wanted;
  }

  private static void mark(int[] slots, boolean[] flags) {
    Arrays.stream(slots).filter(slot -> slot != Step.NONE).forEach(slot -> flags[slot] = true);
  }

  /** Where the parameters stand, in the order of {@link Parameters#leaves}. */
  int[] leafSlots() {
    return leafSlots;
  }

  /** Whether gradients pass through what stands in a slot: a parameter reaches it. */
  boolean isActive(int slot) {
    return active[slot];
  }

  /**
   * Runs the steps forwards.
   *
   * @param slots what is known so far; filled on the way, and to be handed to {@link #back}
   * @param results the scope that values belong to
   * @return by step and input, the shapes that {@link #back} is going to need
   */
  @SuppressWarnings("try") // the guard works by being open
  long[] @Nullable [] @Nullable [] run(Value[] slots, PointerScope results) {
    long[][][] dims = new long[wanted.length][][];
    try (NoGradGuard untaped = new NoGradGuard()) {
      for (int i = 0; i < wanted.length; i++) {
        boolean[] asked = wanted[i];
        if (asked != null) {
          dims[i] = dims(plan.steps().get(i), asked, slots);
        }
        plan.run(i, slots, results);
      }
    }
    return dims;
  }

  private static long[] @Nullable [] dims(Step step, boolean[] asked, Value[] slots) {
    boolean all = Objects.requireNonNull(step.gradient()).reads() == Gradient.Reads.SHAPES;
    long[] @Nullable [] dims = new long[asked.length][];
    for (int k = 0; k < dims.length; k++) {
      int slot = step.inputs()[k];
      dims[k] = asked[k] || (all && slot != Step.NONE) ? slots[slot].dims() : null;
    }
    return dims;
  }

  /**
   * Runs the steps backwards.
   *
   * @param slots of the run forwards
   * @param dims of the run forwards
   * @param gradients by slot: those of the outputs, which are added to; afterwards those of the
   *     parameters too, null where none reached
   * @param results the scope that gradients belong to
   */
  @SuppressWarnings("try") // the guard works by being open
  void back(
      Value[] slots,
      long[] @Nullable [] @Nullable [] dims,
      @Nullable Tensor[] gradients,
      PointerScope results) {
    try (NoGradGuard untaped = new NoGradGuard()) {
      for (int i = wanted.length - 1; i >= 0; i--) {
        boolean[] asked = wanted[i];
        if (asked != null) {
          pass(plan.steps().get(i), asked, slots, dims[i], gradients, results);
        }
      }
    }
  }

  private static void pass(
      Step step,
      boolean[] asked,
      Value[] slots,
      long[] @Nullable [] dims,
      @Nullable Tensor[] gradients,
      PointerScope results) {
    @Nullable Tensor[] reached = new Tensor[step.outputs().length];
    boolean any = false;
    for (int k = 0; k < reached.length; k++) {
      int slot = step.outputs()[k];
      reached[k] = slot == Step.NONE ? null : gradients[slot];
      any |= reached[k] != null;
    }
    if (!any) {
      return;
    }
    try (PointerScope own = new PointerScope()) {
      @Nullable Tensor[] passed = step.pass(reached, slots, dims, asked);
      List<Tensor> taken = new ArrayList<>(Arrays.asList(reached));
      for (int k = 0; k < passed.length; k++) {
        Tensor gradient = passed[k];
        if (gradient != null) {
          int slot = step.inputs()[k];
          Tensor known = gradients[slot];
          gradients[slot] =
              known == null ? kept(gradient, taken, results) : sum(known, gradient, results);
        }
      }
    }
    for (int k = 0; k < reached.length; k++) {
      Tensor gradient = reached[k];
      if (gradient != null) {
        gradient.close();
        gradients[step.outputs()[k]] = null;
      }
    }
  }

  /** A gradient that outlives the step: a second handle if it is one that others have, too. */
  @SuppressWarnings("ReferenceEquality") // whether it is the same handle is the question
  private static Tensor kept(Tensor gradient, List<Tensor> taken, PointerScope results) {
    boolean shared = taken.stream().anyMatch(other -> other == gradient);
    Tensor handle = shared ? new Tensor(gradient) : gradient;
    taken.add(handle);
    results.attach(handle);
    return handle;
  }

  private static Tensor sum(Tensor known, Tensor gradient, PointerScope results) {
    Tensor sum = known.add(gradient);
    results.attach(sum);
    known.close();
    return sum;
  }
}
