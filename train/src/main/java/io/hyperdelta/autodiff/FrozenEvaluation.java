package io.hyperdelta.autodiff;

import java.util.stream.IntStream;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.jspecify.annotations.Nullable;

/**
 * Computes the frozen part of a program for all rows of a table, chunk by chunk, and puts away what
 * is kept.
 *
 * @param frozen the steps of the frozen part
 * @param slots what is kept of what they make
 * @param place where it is kept
 * @param kept by slot: where the rows are put; filled when the first of them are there
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record FrozenEvaluation(
    TableInputs inputs, Way frozen, int[] slots, Room.Place place, @Nullable KeptRows[] kept) {

  /**
   * Evaluates, each of some members of a team other chunks.
   *
   * @param chunkRows rows of a chunk
   * @param most members that evaluate
   */
  @SuppressWarnings("try") // the guard works by being open
  void run(int chunkRows, Team team, int most) {
    int rowCount = inputs.rowCount();
    int chunks = (rowCount + chunkRows - 1) / chunkRows;
    int members = Math.min(most, chunks);
    team.run(
        members,
        member -> {
          // Each thread has its own.
          try (NoGradGuard guard = new NoGradGuard()) {
            for (int chunk = member; chunk < chunks; chunk += members) {
              int from = chunk * chunkRows;
              evaluate(from, Math.min(rowCount, from + chunkRows));
            }
          }
        });
  }

  private void evaluate(int from, int to) {
    int[] rows = IntStream.range(from, to).toArray();
    try (PointerScope scope = new PointerScope()) {
      Value[] values = inputs.gather(rows, rows, frozen);
      frozen.plan().run(values, scope);
      for (int slot : slots) {
        Tensor made = ((Value.Device) values[slot]).tensor();
        rows(slot, made).put(from, made);
      }
    }
  }

  private KeptRows rows(int slot, Tensor like) {
    synchronized (kept) {
      KeptRows rows = kept[slot];
      if (rows == null) {
        rows =
            place == Room.Place.FILE ? new FileRows(like) : new MemoryRows(like, inputs.rowCount());
        kept[slot] = rows;
      }
      return rows;
    }
  }
}
