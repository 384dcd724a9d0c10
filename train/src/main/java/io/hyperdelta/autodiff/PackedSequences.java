package io.hyperdelta.autodiff;

import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * Sequences of different lengths without their padding, the longest first, step by step: how
 * libtorch takes them. Tensors belong to the scope that was open when it was made.
 */
final class PackedSequences {
  private final long steps;
  private final Tensor order;
  private final Tensor inverse;
  private final Tensor batchSizes;
  private final Tensor packing;
  private final Tensor unpacking;

  /**
   * Plans the packing.
   *
   * @param lengths of each sequence, 1 or more
   * @param steps length of the padded sequences
   * @param reversed whether each is to be read from its end
   */
  PackedSequences(long[] lengths, int steps, boolean reversed) {
    int batch = lengths.length;
    int[] sorted =
        IntStream.range(0, batch)
            .boxed()
            .sorted(Comparator.comparingLong(row -> -lengths[row]))
            .mapToInt(Integer::intValue)
            .toArray();
    int longest = (int) lengths[sorted[0]];
    int count = (int) IntStream.range(0, batch).mapToLong(row -> lengths[row]).sum();
    long[] sizes = new long[longest];
    long[] from = new long[count];
    long[] back = new long[steps * batch];
    // One row of zeros follows the packed ones and stands for all padding.
    Arrays.fill(back, count);
    int next = 0;
    for (int step = 0; step < longest; step++) {
      for (int k = 0; k < batch && lengths[sorted[k]] > step; k++) {
        int row = sorted[k];
        long at = reversed ? lengths[row] - 1 - step : step;
        from[next] = at * batch + row;
        back[(int) from[next]] = next++;
        sizes[step]++;
      }
    }
    long[] positions = new long[batch];
    for (int k = 0; k < batch; k++) {
      positions[sorted[k]] = k;
    }
    this.steps = steps;
    this.order = Tensors.ofRows(sorted);
    this.inverse = Tensors.ofLongs(positions, batch);
    this.batchSizes = Tensors.ofLongs(sizes, longest);
    this.packing = Tensors.ofLongs(from, count);
    this.unpacking = Tensors.ofLongs(back, back.length);
  }

  /** Number of sequences that reach each step. */
  Tensor batchSizes() {
    return batchSizes;
  }

  /** From [steps, batch, width] to [values, width]. */
  Tensor pack(Tensor padded) {
    // Looking rows up as embeddings has the faster gradient.
    return torch.embedding(padded.reshape(-1, padded.size(2)), packing);
  }

  /** From [values, width] to [steps, batch, width], zero where there is nothing. */
  Tensor unpack(Tensor packed) {
    long width = packed.size(1);
    Tensor zeros = packed.new_zeros(1, width);
    Tensor rows = torch.cat(new TensorVector(packed, zeros), 0);
    return torch.embedding(rows, unpacking).reshape(steps, -1, width);
  }

  /** States [directions, batch, hidden] in the order of the packed sequences. */
  Tensor sorted(Tensor state) {
    return state.index_select(1, order);
  }

  /** States in the order in which the sequences were given. */
  Tensor unsorted(Tensor state) {
    return state.index_select(1, inverse);
  }
}
