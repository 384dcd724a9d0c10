package io.hyperdelta.autodiff;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;

/**
 * Where a program is cut in two: the values that are kept per row, and the steps that run on them.
 *
 * @param kept slots of the frozen values to keep, each with one entry per row
 * @param remainder the steps left, in order
 * @param rowBytes memory that the kept values take per row
 */
@SuppressWarnings("ArrayRecordComponent") // never compared, never leaves the package
record Cut(int[] kept, List<Step> remainder, long rowBytes) {

  /**
   * Cuts as late as possible, or a node earlier where that keeps much less: a value that one node
   * makes of others that are kept anyway, as queries and keys are made of what a layer is given, is
   * computed anew in each step.
   *
   * @param rowCount rows to keep values of
   * @param ampleBytes memory up to which everything is kept
   * @param small all values of the prefix for a few rows
   * @param large the same for another number of rows: what grows with it is per row
   * @param reach tells the values that cannot be kept, since they depend on which rows share a
   *     condition
   */
  static Cut of(
      Wiring wiring,
      Prefix prefix,
      int rowCount,
      long ampleBytes,
      Value[] small,
      Value[] large,
      Reach reach) {
    Set<Step> frozen = new HashSet<>(prefix.steps());
    Cut latest = of(wiring, frozen, small, large, reach);
    if (latest.rowBytes() <= ampleBytes / rowCount) {
      return latest;
    }
    frozen.removeAll(latest.cheaplyMadeAgain(wiring, prefix));
    return of(wiring, frozen, small, large, reach);
  }

  /**
   * The frozen steps that make kept values of other kept values, and of nothing else that varies.
   */
  private Set<Step> cheaplyMadeAgain(Wiring wiring, Prefix prefix) {
    boolean[] there = new boolean[wiring.slotCount()];
    Arrays.fill(there, true);
    for (Step step : wiring.steps()) {
      for (int slot : step.outputs()) {
        if (slot != Step.NONE) {
          there[slot] = false;
        }
      }
    }
    boolean[] keptHere = new boolean[wiring.slotCount()];
    mark(kept, keptHere);
    mark(kept, there);
    Set<Step> again = new HashSet<>();
    for (Step step : prefix.steps()) {
      boolean makesKept = Arrays.stream(step.outputs()).anyMatch(s -> s >= 0 && keptHere[s]);
      boolean fromKept =
          Arrays.stream(step.inputs()).allMatch(slot -> slot == Step.NONE || there[slot])
              && Arrays.stream(step.inputs()).anyMatch(slot -> slot >= 0 && keptHere[slot]);
      if (makesKept && fromKept) {
        again.add(step);
        // What is made again must not be made of something that is.
        Arrays.stream(step.outputs()).filter(s -> s >= 0).forEach(s -> there[s] = false);
      }
    }
    return again;
  }

  private static Cut of(
      Wiring wiring, Set<Step> frozen, Value[] small, Value[] large, Reach reach) {
    boolean[] needed = new boolean[wiring.slotCount()];
    boolean[] kept = new boolean[wiring.slotCount()];
    mark(wiring.outputs(), needed);
    List<Step> remainder = new ArrayList<>();
    for (int i = wiring.steps().size() - 1; i >= 0; i--) {
      Step step = wiring.steps().get(i);
      int[] wanted =
          Arrays.stream(step.outputs()).filter(s -> s != Step.NONE && needed[s]).toArray();
      if (!frozen.contains(step)
          || Arrays.stream(wanted)
              .anyMatch(slot -> reach.mixes(slot) || !isPerRow(small[slot], large[slot]))) {
        remainder.add(step);
        mark(step.inputs(), needed);
      } else {
        mark(wanted, kept);
      }
    }
    Collections.reverse(remainder);
    int[] slots = IntStream.range(0, kept.length).filter(slot -> kept[slot]).toArray();
    long rowBytes =
        Arrays.stream(slots)
            .mapToLong(slot -> bytes(((Value.Device) large[slot]).tensor()) / 3)
            .sum();
    return new Cut(slots, remainder, rowBytes);
  }

  private static void mark(int[] slots, boolean[] flags) {
    for (int slot : slots) {
      if (slot != Step.NONE) {
        flags[slot] = true;
      }
    }
  }

  /** Memory of a tensor's elements. */
  static long bytes(Tensor tensor) {
    return tensor.numel() * tensor.element_size();
  }

  private static boolean isPerRow(Value small, Value large) {
    if (!(small instanceof Value.Device && large instanceof Value.Device)) {
      return false;
    }
    long[] a = small.dims();
    long[] b = large.dims();
    return a.length > 0
        && a.length == b.length
        && a[0] == 2
        && b[0] == 3
        && Arrays.equals(a, 1, a.length, b, 1, b.length);
  }

  /** Whether two values agree, numbers up to a tolerance relative to the largest. */
  static boolean same(Value expected, Value got, double tolerance) {
    if (!Arrays.equals(expected.dims(), got.dims())) {
      return false;
    }
    if (expected instanceof Value.Texts texts) {
      return got instanceof Value.Texts other && Objects.equals(texts.elements(), other.elements());
    }
    double[] a = numbers(expected);
    double[] b = numbers(got);
    double scale = Arrays.stream(a).map(Math::abs).filter(Double::isFinite).max().orElse(0);
    for (int i = 0; i < a.length; i++) {
      if (Double.compare(a[i], b[i]) != 0 && !(Math.abs(a[i] - b[i]) <= tolerance * scale)) {
        return false;
      }
    }
    return true;
  }

  private static double[] numbers(Value value) {
    if (value instanceof Value.Device device) {
      return Tensors.doubles(device.tensor());
    }
    return Arrays.stream(Arguments.longs(value)).asDoubleStream().toArray();
  }
}
