package io.hyperdelta.autodiff;

import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.jspecify.annotations.Nullable;

/**
 * A program over the rows of a table: what no parameter reaches is evaluated once per row and kept,
 * and each step computes only the rest, for the rows that it asks for.
 *
 * <p>A value is kept if it is a tensor with one entry per row along its first axis; everything else
 * that the rest needs, shapes above all, is computed anew for each batch. That this gives what the
 * whole program gives is checked on a few rows; where it does not (a network that mixes rows), and
 * where there is no room for the kept values, the whole program runs on the rows' raw inputs.
 *
 * <p>Rows and conditions: inputs may be named that hold conditions. Then K m rows can be asked for
 * with K conditions, and what only conditions determine is computed K times. A value of the frozen
 * part that both reach depends on which rows share a condition, so it is not kept.
 *
 * <p>Inputs with a default may be named that change from run to run, such as masks of dropout: what
 * they reach is not frozen. A run that gives none of them has the defaults.
 *
 * <p>Several threads may run it at once, each in a scope of its own, as long as none closes it.
 */
public final class CachedRows implements AutoCloseable {
  /**
   * Bytes that the largest value of the frozen part may have while it is evaluated: there are
   * several at once, which ought to take no more memory than the steps that follow.
   */
  private static final long MAX_CHUNK_BYTES = 4L << 20;

  private static final double TOLERANCE_FLOAT = 1e-4;
  private static final double TOLERANCE_DOUBLE = 1e-9;

  private final Program program;
  private final Wiring wiring;
  private final TableInputs inputs;
  private final Set<String> changing;
  private final Way whole;
  private @Nullable Way shortcut;
  private boolean open = true;

  private CachedRows(Program program, TableInputs inputs, Set<String> changing) {
    this.program = program;
    this.wiring = program.wiring();
    this.inputs = inputs;
    this.changing = Set.copyOf(changing);
    this.whole = Way.of(wiring, wiring.steps(), wiring.outputs(), new KeptRows[wiring.slotCount()]);
  }

  /** Evaluates the frozen prefix for all rows, without conditions; see the other method. */
  public static CachedRows of(
      Program program, Map<String, Value> allRows, int rowCount, int chunkRows, Room room) {
    return of(program, allRows, rowCount, chunkRows, room, Set.of());
  }

  /**
   * Evaluates the frozen prefix for all rows in the calling thread, without changing inputs; see
   * the other method.
   */
  public static CachedRows of(
      Program program,
      Map<String, Value> allRows,
      int rowCount,
      int chunkRows,
      Room room,
      Set<String> conditionInputs) {
    try (Team alone = Team.of(1)) {
      return of(program, allRows, rowCount, chunkRows, room, conditionInputs, Set.of(), alone);
    }
  }

  /**
   * Evaluates the frozen prefix for all rows.
   *
   * @param allRows the program's inputs; one whose first axis has {@code rowCount} entries has one
   *     entry per row, any other is the same for all rows. Tensors are shared, not copied
   * @param rowCount number of rows, 1 or more
   * @param chunkRows rows evaluated at a time at most, 1 or more; large values have fewer at once
   * @param room for kept values
   * @param conditionInputs names of the inputs that hold conditions and nothing else. If there are
   *     any, the program must take K conditions and K m rows, those of one condition side by side
   * @param changing names of inputs with defaults that runs may give, each time other ones; none of
   *     {@code allRows}
   * @param team whose members evaluate
   * @return the rows, to be closed; the program must stay open as long
   * @throws IllegalArgumentException as {@link Program#run} does, or if a condition input is not
   *     among the inputs
   */
  public static CachedRows of(
      Program program,
      Map<String, Value> allRows,
      int rowCount,
      int chunkRows,
      Room room,
      Set<String> conditionInputs,
      Set<String> changing,
      Team team) {
    if (rowCount < 1 || chunkRows < 1) {
      throw new IllegalArgumentException(
          "Rows cannot be cached. Expected at least one row and one row per chunk, got %d and %d."
              .formatted(rowCount, chunkRows));
    }
    if (!allRows.keySet().containsAll(conditionInputs)) {
      throw new IllegalArgumentException(
          "Condition inputs are missing. Expected %s among the inputs, got %s."
              .formatted(conditionInputs, allRows.keySet()));
    }
    program.requireOpen();
    try (PointerScope scope = new PointerScope()) {
      CachedRows rows =
          new CachedRows(
              program, new TableInputs(program, allRows, rowCount, conditionInputs), changing);
      try {
        rows.build(chunkRows, room, team, scope);
        return rows;
      } catch (RuntimeException e) {
        rows.close();
        throw e;
      }
    }
  }

  /** Whether anything is kept; if not, each step runs the whole program. */
  public boolean isCached() {
    return shortcut != null;
  }

  /**
   * Frees the constants that only the frozen part reads, if that is kept. The program itself cannot
   * be run any more then.
   */
  public void freeFrozenConstants() {
    // Graphs inside of nodes read constants that are no inputs of the nodes.
    if (shortcut != null && shortcut.plan().steps().stream().noneMatch(Step::hasGraphs)) {
      program.keepWhatIsReadBy(shortcut);
    }
  }

  /** Number of nodes that each step runs. */
  public int stepCount() {
    return way().plan().steps().size();
  }

  /**
   * Computes the outputs for some rows; gradients flow to the program's parameters as in {@link
   * Program#run}. Results belong to the caller's open scope.
   *
   * @param rows row numbers, each from 0 to before the row count, in any order
   * @return one value per output, in the model's order
   * @throws IllegalStateException after close, or if no {@code PointerScope} is open
   * @throws UncheckedIOException if the rows are kept in a file that cannot be read any more
   */
  public List<Value> run(int[] rows) {
    return run(rows, rows);
  }

  /**
   * Computes the outputs for rows that share conditions, as {@link #run(int[])} does.
   *
   * @param rows K m row numbers, those of one condition side by side
   * @param conditionRows K row numbers: the rows that the blocks' conditions are taken from
   * @return one value per output, in the model's order
   * @throws IllegalArgumentException if the rows are no multiple of the conditions
   * @throws IllegalStateException after close, or if no {@code PointerScope} is open
   */
  public List<Value> run(int[] rows, int[] conditionRows) {
    return run(rows, conditionRows, Map.of());
  }

  /**
   * The same with inputs that change from run to run.
   *
   * @param given some of the changing inputs by name, as they are; the others have their defaults
   * @return one value per output, in the model's order
   * @throws IllegalArgumentException also if another input is given, or one that does not fit
   */
  public List<Value> run(int[] rows, int[] conditionRows, Map<String, Value> given) {
    check(rows, conditionRows, given);
    return run(rows, conditionRows, given, way());
  }

  /**
   * The same for those who want the gradients of a loss, which are cheaper so than through the tape
   * of {@link #run}.
   *
   * @param rows K m row numbers, those of one condition side by side
   * @param conditionRows K row numbers: the rows that the blocks' conditions are taken from
   * @param given some of the changing inputs by name, as they are; the others have their defaults
   * @return the run, whose values belong to the caller's open scope
   * @throws IllegalArgumentException if the rows are no multiple of the conditions, or another
   *     input is given, or one that does not fit
   * @throws IllegalStateException after close, or if no {@code PointerScope} is open
   * @throws UncheckedIOException if the rows are kept in a file that cannot be read any more
   */
  public Pass pass(int[] rows, int[] conditionRows, Map<String, Value> given) {
    check(rows, conditionRows, given);
    PointerScope caller = Engine.callerScope();
    return program.pass(way(), slots(rows, conditionRows, given, way()), caller);
  }

  private void check(int[] rows, int[] conditionRows, Map<String, Value> given) {
    if (!open) {
      throw new IllegalStateException("Cached rows were used after they were closed.");
    }
    if (conditionRows.length == 0 || rows.length % conditionRows.length != 0) {
      throw new IllegalArgumentException(
          "Rows cannot be laid out in blocks. Expected as many rows for each condition, got %d rows and %d conditions."
              .formatted(rows.length, conditionRows.length));
    }
    if (!changing.containsAll(given.keySet())) {
      throw new IllegalArgumentException(
          "Inputs do not change from run to run. Expected some of %s, got %s."
              .formatted(changing, given.keySet()));
    }
  }

  private Way way() {
    return shortcut == null ? whole : shortcut;
  }

  private List<Value> run(int[] rows, int[] conditionRows, Map<String, Value> given, Way way) {
    PointerScope caller = Engine.callerScope();
    try (PointerScope own = new PointerScope()) {
      return program.run(way, slots(rows, conditionRows, given, way), own, caller);
    }
  }

  private Value[] slots(int[] rows, int[] conditionRows, Map<String, Value> given, Way way) {
    Value[] slots = inputs.gather(rows, conditionRows, way);
    for (InputSlot input : given.isEmpty() ? List.<InputSlot>of() : wiring.inputs()) {
      Value value = given.get(input.name());
      if (value != null) {
        slots[input.slot()] = input.accept(value, wiring.precision());
      }
    }
    return slots;
  }

  TableInputs inputs() {
    return inputs;
  }

  /** Whether the program computes convolutions. */
  boolean convolves() {
    return program.convolves();
  }

  /** Numbers that a run makes, those counted that it makes on the way. */
  long numbersMade(int[] rows, int[] conditionRows) {
    long count = 0;
    try (PointerScope own = new PointerScope()) {
      Value[] slots = inputs.gather(rows, conditionRows, way());
      for (Step step : way().plan().steps()) {
        step.run(slots, own);
        for (int slot : step.outputs()) {
          count += slot == Step.NONE ? 0 : Shapes.count(slots[slot].dims());
        }
      }
    }
    return count;
  }

  @SuppressWarnings("try") // the guard works by being open
  private void build(int chunkRows, Room room, Team team, PointerScope scope) {
    // Convolutions share their work among OpenMP's threads, so one member computes them.
    int members = convolves() ? 1 : team.size();
    int rowCount = inputs.rowCount();
    Prefix prefix = program.prefix(changing);
    if (!prefix.worthwhile()) {
      return;
    }
    try (NoGradGuard frozen = new NoGradGuard()) {
      Value[] two = trace(prefix, 2, scope);
      Value[] three = trace(prefix, 3, scope);
      Cut cut = Cut.of(wiring, prefix, rowCount, room.ample(), two, three, inputs.reach());
      Room.Place place = room.place(cut.rowBytes(), rowCount);
      if (cut.kept().length == 0 || place == Room.Place.NOWHERE) {
        return;
      }
      long rowBytes = rowBytes(prefix.steps(), two, three);
      long roomEach = MAX_CHUNK_BYTES / members;
      int rowsAtOnce = (int) Math.max(1, Math.min(chunkRows, roomEach / rowBytes));
      try {
        tryWay(prefix, cut, place, rowsAtOnce, team, members);
      } catch (UncheckedIOException e) {
        // The disk is full, say. What has no room in memory either is computed in every step.
        if (room.placeInMemory(cut.rowBytes() * rowCount) == Room.Place.MEMORY) {
          tryWay(prefix, cut, Room.Place.MEMORY, rowsAtOnce, team, members);
        }
      }
    }
  }

  /** Evaluates the frozen part, and takes the shorter way from now on if it leads to the same. */
  private void tryWay(
      Prefix prefix, Cut cut, Room.Place place, int rowsAtOnce, Team team, int members) {
    int rowCount = inputs.rowCount();
    KeptRows[] kept = new KeptRows[wiring.slotCount()];
    Way way = Way.of(wiring, cut.remainder(), wiring.outputs(), kept);
    boolean agrees = false;
    try {
      Way frozen = Way.of(wiring, prefix.steps(), cut.kept(), whole.kept());
      new FrozenEvaluation(inputs, frozen, cut.kept(), place, kept).run(rowsAtOnce, team, members);
      agrees =
          agrees(way, inputs.spread(Math.min(rowCount, 5)), 1)
              && agrees(way, inputs.spread(Math.min(rowCount, 8)), 1)
              && (!inputs.withConditions()
                  || (agrees(way, inputs.spread(6), 2) && agrees(way, inputs.spread(8), 4)));
    } finally {
      if (!agrees) {
        way.close();
      }
    }
    if (agrees) {
      shortcut = way;
      inputs.keepWhatIsReadBy(way);
    }
  }

  /** By how many bytes the value grows with each row that grows most; 1 if none does. */
  private static long rowBytes(List<Step> steps, Value[] two, Value[] three) {
    long most = 1;
    for (Step step : steps) {
      for (int slot : step.outputs()) {
        if (slot != Step.NONE
            && two[slot] instanceof Value.Device less
            && three[slot] instanceof Value.Device more) {
          most = Math.max(most, Cut.bytes(more.tensor()) - Cut.bytes(less.tensor()));
        }
      }
    }
    return most;
  }

  /** All values of the prefix for some rows. */
  private Value[] trace(Prefix prefix, int count, PointerScope scope) {
    int[] rows = inputs.spread(count);
    Value[] slots = inputs.gather(rows, rows, whole);
    for (Step step : prefix.steps()) {
      step.run(slots, scope);
    }
    return slots;
  }

  /** Whether a way leads to what the whole program gives, in blocks of so many rows each. */
  private boolean agrees(Way way, int[] rows, int rowsEach) {
    int[] conditionRows = new int[rows.length / rowsEach];
    Arrays.setAll(conditionRows, i -> rows[i * rowsEach]);
    List<Value> expected = run(rows, conditionRows, Map.of(), whole);
    List<Value> got;
    try {
      got = run(rows, conditionRows, Map.of(), way);
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
      way().close();
      inputs.close();
    }
  }
}
