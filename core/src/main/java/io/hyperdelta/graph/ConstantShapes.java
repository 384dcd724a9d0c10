package io.hyperdelta.graph;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * The same elements under another shape, as ONNX's operators ask for it; nothing where they ask for
 * the impossible. Stateless.
 */
final class ConstantShapes {
  private ConstantShapes() {}

  /**
   * Reshape.
   *
   * @param wanted sizes; one may be -1, for what is left
   * @param allowZero whether 0 stands for itself rather than for the old size
   */
  static Optional<TensorValue> reshape(TensorValue x, long[] wanted, boolean allowZero) {
    long[] dims = wanted.clone();
    int open = -1;
    long rest = x.elementCount();
    for (int i = 0; i < dims.length; i++) {
      if (dims[i] == 0 && !allowZero) {
        if (i >= x.rank()) {
          return Optional.empty();
        }
        dims[i] = x.dim(i);
      }
      if (dims[i] == -1 && open < 0) {
        open = i;
      } else if (dims[i] < 0) {
        return Optional.empty();
      }
      if (dims[i] > 0) {
        if (rest % dims[i] != 0) {
          return Optional.empty();
        }
        rest /= dims[i];
      }
    }
    if (open >= 0) {
      // Beside a zero, any size would be what is left.
      if (Arrays.stream(dims).anyMatch(dim -> dim == 0)) {
        return Optional.empty();
      }
      dims[open] = rest;
    }
    return shaped(x, dims);
  }

  /** Squeeze: without the axes, which have size 1; if none are given, without any of size 1. */
  static Optional<TensorValue> squeeze(TensorValue x, long[] axes) {
    boolean[] going = new boolean[x.rank()];
    for (long axis : axes) {
      long position = axis < 0 ? axis + x.rank() : axis;
      if (position < 0 || position >= x.rank() || x.dim((int) position) != 1) {
        return Optional.empty();
      }
      going[(int) position] = true;
    }
    List<Long> dims = new ArrayList<>();
    for (int i = 0; i < x.rank(); i++) {
      if (axes.length == 0 ? x.dim(i) != 1 : !going[i]) {
        dims.add(x.dim(i));
      }
    }
    return shaped(x, longs(dims));
  }

  /** Unsqueeze: with further axes of size 1, at these positions of the result. */
  static Optional<TensorValue> unsqueeze(TensorValue x, long[] axes) {
    int rank = x.rank() + axes.length;
    if (rank > TensorCodec.MAX_RANK) {
      return Optional.empty();
    }
    long[] dims = new long[rank];
    for (long axis : axes) {
      long position = axis < 0 ? axis + rank : axis;
      if (position < 0 || position >= rank || dims[(int) position] != 0) {
        return Optional.empty();
      }
      dims[(int) position] = 1;
    }
    int from = 0;
    for (int i = 0; i < rank; i++) {
      if (dims[i] == 0) {
        dims[i] = x.dim(from++);
      }
    }
    return shaped(x, dims);
  }

  /** Flatten: the axes before a position as one, and the rest as another. */
  static Optional<TensorValue> flatten(TensorValue x, long axis) {
    long position = axis < 0 ? axis + x.rank() : axis;
    if (position < 0 || position > x.rank()) {
      return Optional.empty();
    }
    long[] dims = {1, 1};
    for (int i = 0; i < x.rank(); i++) {
      dims[i < position ? 0 : 1] *= x.dim(i);
    }
    return shaped(x, dims);
  }

  private static long[] longs(List<Long> values) {
    return values.stream().mapToLong(Long::longValue).toArray();
  }

  /** Only into shapes that a file can hold; see {@link TensorCodec}. */
  private static Optional<TensorValue> shaped(TensorValue x, long[] dims) {
    double size =
        Arrays.stream(dims)
            .filter(dim -> dim > 0)
            .mapToDouble(dim -> dim)
            .reduce(1, (a, b) -> a * b);
    boolean possible = dims.length <= TensorCodec.MAX_RANK && size < 0x1p62;
    return possible && TensorValue.elementCount(dims) == x.elementCount()
        ? Optional.of(x.reshaped(dims))
        : Optional.empty();
  }
}
