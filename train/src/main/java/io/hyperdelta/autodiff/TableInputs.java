package io.hyperdelta.autodiff;

import java.util.Arrays;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * A program's inputs for all rows of a table, from which runs take those of some rows and of some
 * conditions. Several threads may take at once.
 */
final class TableInputs implements AutoCloseable {
  private final Wiring wiring;
  private final int rowCount;
  private final boolean withConditions;
  private final Reach reach;
  private final @Nullable Value[] inputs;

  /**
   * Takes inputs over: tensors are shared, not copied.
   *
   * @param allRows the program's inputs; one whose first axis has {@code rowCount} entries has one
   *     entry per row, any other is the same for all rows
   * @param conditionInputs names of those that hold conditions and nothing else
   */
  TableInputs(
      Program program, Map<String, Value> allRows, int rowCount, Set<String> conditionInputs) {
    this.wiring = program.wiring();
    this.rowCount = rowCount;
    this.withConditions = !conditionInputs.isEmpty();
    this.reach = Reach.of(wiring, allRows, conditionInputs, this::isPerRow);
    this.inputs = new Value[wiring.slotCount()];
    Value[] slots = new Value[wiring.slotCount()];
    program.bind(allRows, slots);
    for (int i = 0; i < slots.length; i++) {
      inputs[i] = slots[i];
      if (slots[i] instanceof Value.Device device) {
        Tensor handle = new Tensor(device.tensor());
        handle.retainReference();
        inputs[i] = new Value.Device(handle);
      }
    }
  }

  int rowCount() {
    return rowCount;
  }

  /** Whether some inputs hold conditions and nothing else. */
  boolean withConditions() {
    return withConditions;
  }

  Reach reach() {
    return reach;
  }

  private boolean isPerRow(Value value) {
    long[] dims = value.dims();
    return dims.length > 0 && dims[0] == rowCount;
  }

  /** Slots filled with the given rows of what a way reads. */
  Value[] gather(int[] rows, int[] conditionRows, Way way) {
    Value[] slots = wiring.freshSlots();
    Pick own = Pick.of(rows, rowCount);
    Pick conditions = withConditions ? Pick.of(conditionRows, rowCount) : own;
    for (int slot : way.reads()) {
      Pick pick = reach.isPerCondition(slot) ? conditions : own;
      KeptRows kept = way.kept()[slot];
      Value input = inputs[slot];
      if (kept != null) {
        slots[slot] = new Value.Device(kept.take(pick));
      } else if (input != null) {
        slots[slot] = isPerRow(input) ? pick.from(input) : input;
      }
    }
    return slots;
  }

  /** Row numbers over the whole table, in falling order so that mixing and shifting show. */
  int[] spread(int count) {
    int[] rows = new int[count];
    Arrays.setAll(rows, i -> (int) ((long) (count - 1 - i) * rowCount / count));
    return rows;
  }

  /** Frees the inputs that a way does not read. */
  void keepWhatIsReadBy(Way way) {
    boolean[] read = new boolean[inputs.length];
    for (int slot : way.reads()) {
      read[slot] = way.kept()[slot] == null;
    }
    for (int slot = 0; slot < inputs.length; slot++) {
      if (!read[slot]) {
        letGo(slot);
      }
    }
  }

  private void letGo(int slot) {
    if (inputs[slot] instanceof Value.Device device) {
      device.tensor().releaseReference();
      inputs[slot] = null;
    }
  }

  @Override
  public void close() {
    IntStream.range(0, inputs.length).forEach(this::letGo);
  }
}
