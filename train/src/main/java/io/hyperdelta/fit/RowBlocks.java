package io.hyperdelta.fit;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Random;

/**
 * Rows laid out in batches of K blocks of m rows, each block with one condition. Every row counts
 * in exactly one place; a block that its group of rows cannot fill is filled up with rows of the
 * same group that do not count. Immutable.
 */
final class RowBlocks {
  /**
   * Conditions that a batch has at least, if there are so many: few conditions make a noisy
   * gradient of the hypernetwork, and fewer than these save hardly any time.
   */
  static final int MIN_CONDITIONS = 16;

  private final int[] rows;
  private final int[] starts;
  private final int rowsEach;
  private final int conditions;

  private RowBlocks(int[] rows, int[] starts, int rowsEach, int maxConditions) {
    this.rows = rows;
    this.starts = starts;
    this.rowsEach = rowsEach;
    this.conditions = Math.max(1, Math.min(maxConditions, blockCount()));
  }

  /** A condition for each row. */
  static RowBlocks perRow(int[] rows, int maxRows) {
    return new RowBlocks(rows.clone(), new int[] {0, rows.length}, 1, maxRows);
  }

  /**
   * The blocks that save most: m is a power of two, at most the median group's size, and 1 if
   * conditions hardly repeat.
   *
   * @param groups for each row the number of its condition, from 0 without gaps
   * @param maxRows most rows of a batch
   * @param maxConditions most conditions of a batch
   */
  static RowBlocks of(int[] rows, int[] groups, int maxRows, int maxConditions) {
    int[] sizes = new int[Arrays.stream(groups).max().orElse(-1) + 1];
    Arrays.stream(groups).forEach(group -> sizes[group]++);
    int rowsEach = rowsEach(sizes, rows.length, maxRows);
    int[] starts = new int[sizes.length + 1];
    for (int group = 0; group < sizes.length; group++) {
      starts[group + 1] = starts[group] + sizes[group];
    }
    int[] next = starts.clone();
    int[] grouped = new int[rows.length];
    for (int i = 0; i < rows.length; i++) {
      grouped[next[groups[i]]++] = rows[i];
    }
    return new RowBlocks(grouped, starts, rowsEach, Math.min(maxConditions, maxRows / rowsEach));
  }

  private static int rowsEach(int[] sizes, int rowCount, int maxRows) {
    if (rowCount < 2L * sizes.length || sizes.length == 0) {
      return 1;
    }
    int[] sorted = sizes.clone();
    Arrays.sort(sorted);
    int median = sorted[(sorted.length - 1) / 2];
    int most = Math.min(median, maxRows / Math.min(MIN_CONDITIONS, sizes.length));
    int best = 1;
    for (int m = 2; m <= most; m *= 2) {
      if (cost(sizes, m) < cost(sizes, best)) {
        best = m;
      }
    }
    return best;
  }

  /**
   * Time for all rows, in units of a row's. Half a row's time is taken to go into its condition: in
   * small networks it is more, and in large ones filled-up blocks cost more than they save.
   */
  private static double cost(int[] sizes, int rowsEach) {
    return blockCount(sizes, rowsEach) * (0.5 * rowsEach + 0.5);
  }

  private static long blockCount(int[] sizes, int rowsEach) {
    long count = 0;
    for (int size : sizes) {
      count += (size + rowsEach - 1) / rowsEach;
    }
    return count;
  }

  private int blockCount() {
    int count = 0;
    for (int group = 0; group + 1 < starts.length; group++) {
      count += (starts[group + 1] - starts[group] + rowsEach - 1) / rowsEach;
    }
    return count;
  }

  /** Rows of a block, m. */
  int rowsEach() {
    return rowsEach;
  }

  /** Blocks of a batch, K; the last batch may have fewer. */
  int conditions() {
    return conditions;
  }

  /** Rows that count. */
  int rowCount() {
    return rows.length;
  }

  /** Number of batches in which every row is. */
  int batchCount() {
    return (blockCount() + conditions - 1) / conditions;
  }

  /** Batches of all rows in the order in which they lie. */
  List<Batch> inOrder() {
    return batches(rows, blocks(new double[starts.length]));
  }

  /**
   * Batches of all rows in random order. A group's blocks are spread evenly over the batches, so
   * that each batch has as many conditions as it can.
   */
  List<Batch> shuffled(Random random) {
    int[] order = rows.clone();
    if (rowsEach == 1) {
      shuffle(order, 0, order.length, random);
      return batches(order, blocks(new double[starts.length]));
    }
    double[] offsets = new double[starts.length];
    for (int group = 0; group + 1 < starts.length; group++) {
      shuffle(order, starts[group], starts[group + 1], random);
      offsets[group] = random.nextDouble();
    }
    List<Block> blocks = blocks(offsets);
    blocks.sort(Comparator.comparingDouble(Block::place));
    return batches(order, blocks);
  }

  private static void shuffle(int[] order, int from, int to, Random random) {
    for (int i = to - from - 1; i > 0; i--) {
      int j = random.nextInt(i + 1);
      int row = order[from + i];
      order[from + i] = order[from + j];
      order[from + j] = row;
    }
  }

  /**
   * Some rows of a group.
   *
   * @param from where they start
   * @param to where they end
   * @param groupStart where the group starts
   * @param place where in an epoch they come, from 0 to 1
   */
  private record Block(int from, int to, int groupStart, double place) {}

  private List<Block> blocks(double[] offsets) {
    List<Block> blocks = new ArrayList<>(blockCount());
    for (int group = 0; group + 1 < starts.length; group++) {
      int end = starts[group + 1];
      int count = (end - starts[group] + rowsEach - 1) / rowsEach;
      for (int i = 0; i < count; i++) {
        int from = starts[group] + i * rowsEach;
        blocks.add(
            new Block(
                from, Math.min(from + rowsEach, end), starts[group], (i + offsets[group]) / count));
      }
    }
    return blocks;
  }

  private List<Batch> batches(int[] order, List<Block> blocks) {
    List<Batch> batches = new ArrayList<>(batchCount());
    for (int from = 0; from < blocks.size(); from += conditions) {
      batches.add(batch(order, blocks.subList(from, Math.min(from + conditions, blocks.size()))));
    }
    return batches;
  }

  private Batch batch(int[] order, List<Block> blocks) {
    int[] all = new int[blocks.size() * rowsEach];
    int[] conditionRows = new int[blocks.size()];
    int[] counted = new int[all.length];
    int count = 0;
    for (int k = 0; k < blocks.size(); k++) {
      Block block = blocks.get(k);
      conditionRows[k] = order[block.from()];
      int own = block.to() - block.from();
      for (int i = 0; i < rowsEach; i++) {
        int at = k * rowsEach + i;
        if (i < own) {
          all[at] = order[block.from() + i];
          counted[count++] = at;
        } else {
          // From the group's start to this block's end are its rows, and there is at least one.
          int known = block.to() - block.groupStart();
          all[at] = order[block.groupStart() + (i - own) % known];
        }
      }
    }
    return new Batch(all, conditionRows, Arrays.copyOf(counted, count));
  }
}
