package io.hyperdelta.autodiff;

import java.util.Arrays;
import java.util.BitSet;
import org.jspecify.annotations.Nullable;

/**
 * The numbered places of a graph's values while it is compiled, and what is known of each. Not
 * thread-safe.
 */
final class Slots {
  private static final int FIRST_CAPACITY = 64;

  private @Nullable Value[] values = new Value[FIRST_CAPACITY];
  private final BitSet constant = new BitSet();
  private final BitSet parameter = new BitSet();
  private final BitSet made = new BitSet();
  private int count;

  /** A new place, of which nothing is known. */
  int add() {
    if (count == values.length) {
      values = Arrays.copyOf(values, 2 * count);
    }
    return count++;
  }

  /** Says that a value is the same in every run for ever. */
  void setConstant(int slot, Value value) {
    values[slot] = value;
    constant.set(slot);
  }

  /** Says that a value is a tensor whose elements change between runs. */
  void setParameter(int slot, Value value) {
    values[slot] = value;
    parameter.set(slot);
  }

  /** Says that a value is what callers get who give none. */
  void setDefault(int slot) {
    constant.clear(slot);
  }

  /** Says that a step fills the place in each run. */
  void setMade(int slot) {
    made.set(slot);
  }

  boolean isConstant(int slot) {
    return constant.get(slot);
  }

  boolean isParameter(int slot) {
    return parameter.get(slot);
  }

  /** The value that every run finds here; null unless it is a constant or a parameter. */
  @Nullable Value known(int slot) {
    return isConstant(slot) || isParameter(slot) ? values[slot] : null;
  }

  /** The values by slot, to run a step on while compiling. */
  @Nullable Value[] values() {
    return values;
  }

  /** What runs start from: constants, parameters and defaults, null elsewhere. */
  @Nullable Value[] initial() {
    return Arrays.copyOf(values, count);
  }

  boolean[] constants() {
    return flags(constant);
  }

  boolean[] made() {
    return flags(made);
  }

  private boolean[] flags(BitSet set) {
    boolean[] flags = new boolean[count];
    set.stream().forEach(slot -> flags[slot] = true);
    return flags;
  }
}
