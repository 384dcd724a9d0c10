package io.hyperdelta.autodiff;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.bytedeco.javacpp.PointerScope;

/**
 * Steps in running order, with the slots that each is the last to read.
 *
 * @param steps the steps
 * @param releases for each step the slots that are freed after it
 * @param spares for each step and input, whether the step may write its output over it
 */
record Plan(List<Step> steps, List<int[]> releases, List<boolean[]> spares) {

  /**
   * A plan of some steps.
   *
   * @param outputs slots that are not freed
   */
  static Plan of(List<Step> steps, int[] outputs, int slotCount) {
    boolean[] read = new boolean[slotCount];
    boolean[] made = new boolean[slotCount];
    for (int slot : outputs) {
      read[slot] = true;
    }
    for (Step step : steps) {
      for (int slot : step.outputs()) {
        if (slot != Step.NONE) {
          made[slot] = true;
        }
      }
    }
    List<int[]> releases = new ArrayList<>();
    for (int i = steps.size() - 1; i >= 0; i--) {
      List<Integer> last = new ArrayList<>();
      collect(steps.get(i).inputs(), read, made, last);
      // What is made and never read is freed at once.
      collect(steps.get(i).outputs(), read, made, last);
      releases.add(0, last.stream().mapToInt(Integer::intValue).toArray());
    }
    return new Plan(List.copyOf(steps), releases, spares(steps, outputs, slotCount));
  }

  private static List<boolean[]> spares(List<Step> steps, int[] outputs, int slotCount) {
    int[] reads = new int[slotCount];
    boolean[] expendable = new boolean[slotCount];
    count(outputs, reads);
    for (Step step : steps) {
      count(step.inputs(), reads);
      if (step.operator().expendable()) {
        mark(step.outputs(), expendable);
      }
    }
    List<boolean[]> spares = new ArrayList<>();
    for (Step step : steps) {
      boolean[] spare = new boolean[step.inputs().length];
      for (int i = 0; i < spare.length; i++) {
        int slot = step.inputs()[i];
        // Whoever else reads it, even before, may hand on a view of its memory.
        spare[i] = slot != Step.NONE && expendable[slot] && reads[slot] == 1;
      }
      spares.add(spare);
    }
    return spares;
  }

  private static void count(int[] slots, int[] reads) {
    Arrays.stream(slots).filter(slot -> slot != Step.NONE).forEach(slot -> reads[slot]++);
  }

  private static void collect(int[] slots, boolean[] read, boolean[] made, List<Integer> last) {
    for (int slot : slots) {
      if (slot != Step.NONE && made[slot] && !read[slot]) {
        read[slot] = true;
        last.add(slot);
      }
    }
  }

  /**
   * Runs the steps.
   *
   * @param slots what is known so far; filled on the way
   * @param results the scope that values belong to
   */
  void run(Value[] slots, PointerScope results) {
    for (int i = 0; i < steps.size(); i++) {
      run(i, slots, results);
    }
  }

  /** Runs one of the steps, as the other method runs all of them in order. */
  void run(int step, Value[] slots, PointerScope results) {
    steps.get(step).run(slots, spares.get(step), results);
    for (int slot : releases.get(step)) {
      // Autograd keeps what it needs by handles of its own.
      if (slots[slot] instanceof Value.Device device) {
        device.tensor().close();
      }
    }
  }

  /** The same steps, which free nothing that stands in some slots. */
  Plan keeping(boolean[] kept) {
    List<int[]> fewer =
        releases.stream().map(own -> Arrays.stream(own).filter(s -> !kept[s]).toArray()).toList();
    return new Plan(steps, fewer, spares);
  }

  /** The slots that the steps read and none of them makes. */
  int[] reads(int[] outputs, int slotCount) {
    boolean[] made = new boolean[slotCount];
    boolean[] read = new boolean[slotCount];
    for (Step step : steps) {
      mark(step.inputs(), read);
      mark(step.outputs(), made);
    }
    mark(outputs, read);
    return java.util.stream.IntStream.range(0, slotCount)
        .filter(slot -> read[slot] && !made[slot])
        .toArray();
  }

  private static void mark(int[] slots, boolean[] flags) {
    Arrays.stream(slots).filter(slot -> slot != Step.NONE).forEach(slot -> flags[slot] = true);
  }
}
