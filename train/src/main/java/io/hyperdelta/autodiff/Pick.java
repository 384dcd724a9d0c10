package io.hyperdelta.autodiff;

import java.util.Arrays;
import org.bytedeco.pytorch.Tensor;

/**
 * Rows to pick, as host and as native numbers; the latter belong to the scope that was open.
 *
 * @param positions row numbers, all in range
 * @param index the same, int64 [rows]
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
record Pick(long[] positions, Tensor index) {
  static Pick of(int[] rows, int rowCount) {
    long[] positions = HostMath.positions(Arrays.stream(rows).asLongStream().toArray(), rowCount);
    return new Pick(positions, Tensors.ofLongs(positions, positions.length));
  }

  /** The rows of a tensor. */
  Tensor from(Tensor tensor) {
    return tensor.index_select(0, index);
  }

  /** The rows of a value. */
  Value from(Value value) {
    return value instanceof Value.Device device
        ? new Value.Device(from(device.tensor()))
        : HostMath.take(value, 0, positions, new long[] {positions.length});
  }
}
