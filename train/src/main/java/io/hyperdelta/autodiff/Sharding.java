package io.hyperdelta.autodiff;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * Into how many shards the rows of a batch are divided, each of which another member of a {@link
 * Team} computes: docs/decisions/031. Batches of equal size are divided alike, so that a training
 * can be repeated. Immutable.
 *
 * <p>That shards lead to what the whole leads to is checked on a few rows: each output has the
 * entries of all shards, or is their mean. Where it is neither (a network that mixes rows), nothing
 * is divided. Nor is what convolves, whose kernels share their work among OpenMP's threads evenly.
 */
public final class Sharding {
  /**
   * Numbers that a shard makes at least: with fewer, each operation takes not much longer than
   * calling it does, and every shard calls all of them.
   */
  private static final long MIN_NUMBERS = 1L << 22;

  private static final int CHECKED_ROWS = 8;
  private static final double TOLERANCE = 1e-4;

  private final int most;
  private final double numbersPerRow;
  private final double numbersPerCondition;
  private final long parameterCount;

  /**
   * Looks whether batches can be divided, and what they make.
   *
   * @param parameterCount numbers in the parameters, each of which has a gradient from each shard
   * @param most shards
   */
  @SuppressWarnings("try") // the guard works by being open
  public Sharding(CachedRows rows, long parameterCount, int most) {
    this.parameterCount = parameterCount;
    try (NoGradGuard guard = new NoGradGuard()) {
      if (most > 1 && !rows.convolves() && isPossible(rows)) {
        this.most = most;
        int[] two = rows.inputs().spread(2);
        long each = rows.numbersMade(two, two);
        long shared =
            rows.inputs().withConditions() ? rows.numbersMade(two, new int[] {two[0]}) : each;
        this.numbersPerCondition = each - shared;
        this.numbersPerRow = each / 2.0 - numbersPerCondition;
      } else {
        this.most = 1;
        this.numbersPerCondition = 0;
        this.numbersPerRow = 0;
      }
    }
  }

  /** How many shards are worth it for a batch, 1 if none are; no more than it has conditions. */
  public int shards(int rows, int conditions) {
    double numbers = rows * numbersPerRow + conditions * numbersPerCondition;
    double worthwhile = numbers / Math.max(MIN_NUMBERS, parameterCount);
    return (int) Math.max(1, Math.min(worthwhile, Math.min(most, conditions)));
  }

  private static boolean isPossible(CachedRows rows) {
    TableInputs inputs = rows.inputs();
    int rowsEach = inputs.withConditions() ? 2 : 1;
    if (inputs.rowCount() < CHECKED_ROWS) {
      return false;
    }
    int[] some = inputs.spread(CHECKED_ROWS);
    int[] conditions = new int[some.length / rowsEach];
    Arrays.setAll(conditions, i -> some[i * rowsEach]);
    try (PointerScope scope = new PointerScope()) {
      List<Value> whole = rows.run(some, conditions);
      List<List<Value>> shards = new ArrayList<>();
      for (int i = 0; i < 2; i++) {
        shards.add(rows.run(half(some, i), half(conditions, i)));
      }
      for (int i = 0; i < whole.size(); i++) {
        if (!agree(whole.get(i), shards.get(0).get(i), shards.get(1).get(i))) {
          return false;
        }
      }
      return true;
    } catch (IllegalArgumentException e) {
      // Shapes that only fit a whole batch.
      return false;
    }
  }

  private static int[] half(int[] all, int number) {
    int middle = all.length / 2;
    return number == 0 ? Arrays.copyOf(all, middle) : Arrays.copyOfRange(all, middle, all.length);
  }

  /** Whether the whole has the entries of both, or is the mean of two that are equally large. */
  private static boolean agree(Value whole, Value first, Value second) {
    if (!(first instanceof Value.Device a && second instanceof Value.Device b)
        || !Arrays.equals(first.dims(), second.dims())
        || first.dims().length == 0) {
      return false;
    }
    Tensor both =
        Arrays.equals(first.dims(), whole.dims())
            ? a.tensor().add(b.tensor()).mul(Tensors.ofFloats(new float[] {0.5f}, 1))
            : torch.cat(new TensorVector(a.tensor(), b.tensor()));
    return Cut.same(whole, new Value.Device(both), TOLERANCE);
  }
}
