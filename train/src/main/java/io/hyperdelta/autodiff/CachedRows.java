package io.hyperdelta.autodiff;

import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * A program over the rows of a table: what no parameter reaches is evaluated once per row and kept,
 * and each step computes only the rest, for the rows that it asks for.
 *
 * <p>A value is kept if it is a tensor with one entry per row along its first axis; everything else
 * that the rest needs, shapes above all, is computed anew for each batch. That this gives what the
 * whole program gives is checked on a few rows; where it does not (a network that mixes rows), and
 * where the kept values would take too much memory, the whole program runs on the rows' raw inputs.
 *
 * <p>Not thread-safe.
 */
public final class CachedRows implements AutoCloseable {
  private static final double TOLERANCE_FLOAT = 1e-4;
  private static final double TOLERANCE_DOUBLE = 1e-9;

  private final Program program;
  private final Wiring wiring;
  private final int rowCount;
  private final Held held = new Held();
  private final Plan whole;
  private final int[] wholeReads;
  private final @Nullable Value[] inputs;
  private Plan remainder;
  private int[] remainderReads;
  private @Nullable Value[] stored;
  private boolean cached;
  private boolean open = true;

  private CachedRows(Program program, Map<String, Value> allRows, int rowCount) {
    this.program = program;
    this.wiring = program.wiring();
    this.rowCount = rowCount;
    this.whole = Plan.of(wiring.steps(), wiring.outputs(), wiring.slotCount());
    this.inputs = new Value[wiring.slotCount()];
    Value[] slots = new Value[wiring.slotCount()];
    program.bind(allRows, slots);
    for (int i = 0; i < slots.length; i++) {
      inputs[i] =
          slots[i] instanceof Value.Device device
              ? new Value.Device(held.hold(new Tensor(device.tensor())))
              : slots[i];
    }
    this.wholeReads = whole.reads(wiring.outputs(), wiring.slotCount());
    this.remainder = whole;
    this.remainderReads = wholeReads;
    this.stored = inputs;
  }

  /**
   * Evaluates the frozen prefix for all rows.
   *
   * @param allRows the program's inputs; one whose first axis has {@code rowCount} entries has one
   *     entry per row, any other is the same for all rows. Tensors are shared, not copied
   * @param rowCount number of rows, 1 or more
   * @param chunkRows rows evaluated at a time, 1 or more
   * @param maxBytes most memory for kept values; 0 keeps none
   * @return the rows, to be closed; the program must stay open as long
   * @throws IllegalArgumentException as {@link Program#run} does
   */
  public static CachedRows of(
      Program program, Map<String, Value> allRows, int rowCount, int chunkRows, long maxBytes) {
    if (rowCount < 1 || chunkRows < 1) {
      throw new IllegalArgumentException(
          "Rows cannot be cached. Expected at least one row and one row per chunk, got %d and %d."
              .formatted(rowCount, chunkRows));
    }
    program.requireOpen();
    try (PointerScope scope = new PointerScope()) {
      CachedRows rows = new CachedRows(program, allRows, rowCount);
      try {
        rows.build(chunkRows, maxBytes, scope);
        return rows;
      } catch (RuntimeException e) {
        rows.close();
        throw e;
      }
    }
  }

  /** Whether anything is kept; if not, each step runs the whole program. */
  public boolean isCached() {
    return cached;
  }

  /** Number of nodes that each step runs. */
  public int stepCount() {
    return remainder.steps().size();
  }

  /**
   * Computes the outputs for some rows; gradients flow to the program's parameters as in {@link
   * Program#run}. Results belong to the caller's open scope.
   *
   * @param rows row numbers, each from 0 to before the row count, in any order
   * @return one value per output, in the model's order
   * @throws IllegalStateException after close, or if no {@code PointerScope} is open
   */
  public List<Value> run(int[] rows) {
    if (!open) {
      throw new IllegalStateException("Cached rows were used after they were closed.");
    }
    return run(rows, remainder, remainderReads, stored);
  }

  private List<Value> run(int[] rows, Plan plan, int[] reads, @Nullable Value[] source) {
    PointerScope caller = Engine.callerScope();
    try (PointerScope own = new PointerScope()) {
      Value[] slots = gather(rows, reads, source);
      return program.run(plan, slots, own, caller);
    }
  }

  /** Slots filled with the given rows of what the plan reads. */
  private Value[] gather(int[] rows, int[] reads, @Nullable Value[] source) {
    Value[] slots = wiring.freshSlots();
    long[] positions = HostMath.positions(Arrays.stream(rows).asLongStream().toArray(), rowCount);
    Tensor index = Tensors.ofLongs(positions, positions.length);
    for (int slot : reads) {
      Value value = source[slot];
      if (value == null) {
        continue;
      }
      long[] dims = value.dims();
      if (dims.length == 0 || dims[0] != rowCount) {
        slots[slot] = value;
      } else if (value instanceof Value.Device device) {
        slots[slot] = new Value.Device(device.tensor().index_select(0, index));
      } else {
        slots[slot] = HostMath.take(value, 0, positions, new long[] {positions.length});
      }
    }
    return slots;
  }

  @SuppressWarnings("try") // the guard works by being open
  private void build(int chunkRows, long maxBytes, PointerScope scope) {
    Prefix prefix = program.prefix();
    if (!prefix.worthwhile()) {
      return;
    }
    try (NoGradGuard frozen = new NoGradGuard()) {
      Cut cut = Cut.of(wiring, prefix, trace(prefix, 2, scope), trace(prefix, 3, scope));
      if (cut.kept().length == 0
          || Math.multiplyHigh(cut.rowBytes(), rowCount) != 0
          || cut.rowBytes() * rowCount > maxBytes) {
        return;
      }
      stored = inputs.clone();
      evaluate(Plan.of(prefix.steps(), cut.kept(), wiring.slotCount()), cut.kept(), chunkRows);
      remainder = Plan.of(cut.remainder(), wiring.outputs(), wiring.slotCount());
      remainderReads = remainder.reads(wiring.outputs(), wiring.slotCount());
      cached = agrees(Math.min(rowCount, 5)) && agrees(Math.min(rowCount, 8));
      if (!cached) {
        remainder = whole;
        remainderReads = wholeReads;
        stored = inputs;
      }
    }
  }

  /** All values of the prefix for some rows. */
  private Value[] trace(Prefix prefix, int count, PointerScope scope) {
    int[] rows = spread(count);
    Value[] slots = gather(rows, wholeReads, inputs);
    for (Step step : prefix.steps()) {
      step.run(slots, scope);
    }
    return slots;
  }

  /** Row numbers over the whole table, in falling order so that mixing and shifting show. */
  private int[] spread(int count) {
    int[] rows = new int[count];
    Arrays.setAll(rows, i -> (int) ((long) (count - 1 - i) * rowCount / count));
    return rows;
  }

  private void evaluate(Plan plan, int[] kept, int chunkRows) {
    int[] reads = plan.reads(kept, wiring.slotCount());
    for (int from = 0; from < rowCount; from += chunkRows) {
      int count = Math.min(chunkRows, rowCount - from);
      int[] rows = new int[count];
      for (int i = 0; i < count; i++) {
        rows[i] = from + i;
      }
      try (PointerScope scope = new PointerScope()) {
        Value[] slots = gather(rows, reads, inputs);
        plan.run(slots, scope);
        for (int slot : kept) {
          store(slot, ((Value.Device) slots[slot]).tensor(), from, count);
        }
      }
    }
  }

  private void store(int slot, Tensor part, int from, int count) {
    if (!(stored[slot] instanceof Value.Device)) {
      long[] dims = Shapes.of(part);
      dims[0] = rowCount;
      stored[slot] = new Value.Device(held.hold(part.new_empty(dims)));
    }
    if (stored[slot] instanceof Value.Device all) {
      all.tensor().narrow(0, from, count).copy_(part);
    }
  }

  private boolean agrees(int count) {
    int[] rows = spread(count);
    List<Value> expected = run(rows, whole, wholeReads, inputs);
    List<Value> got;
    try {
      got = run(rows);
    } catch (IllegalArgumentException e) {
      // Shapes that only fit when rows are kept together.
      return false;
    }
    double tolerance = wiring.precision() == Precision.DOUBLE ? TOLERANCE_DOUBLE : TOLERANCE_FLOAT;
    for (int i = 0; i < expected.size(); i++) {
      if (!Cut.same(expected.get(i), got.get(i), tolerance)) {
        return false;
      }
    }
    return true;
  }

  /** Frees what is kept; the program stays open. */
  @Override
  public void close() {
    if (open) {
      open = false;
      held.close();
    }
  }
}
