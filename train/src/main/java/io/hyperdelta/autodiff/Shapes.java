package io.hyperdelta.autodiff;

import java.util.Arrays;
import org.bytedeco.pytorch.Tensor;

/** Arithmetic on the sizes of axes. Stateless. */
final class Shapes {
  private Shapes() {}

  static long[] of(Tensor tensor) {
    long[] dims = new long[(int) tensor.dim()];
    for (int i = 0; i < dims.length; i++) {
      dims[i] = tensor.size(i);
    }
    return dims;
  }

  static long count(long[] dims) {
    return count(dims, 0, dims.length);
  }

  /** Product of the sizes of the axes {@code from} to before {@code to}. */
  static long count(long[] dims, int from, int to) {
    long count = 1;
    for (int i = from; i < to; i++) {
      count = Math.multiplyExact(count, dims[i]);
    }
    return count;
  }

  /** An axis counted from the front, of one that may be counted from the back. */
  static int axis(long axis, int rank) {
    if (axis < -rank || axis >= rank) {
      throw new IllegalArgumentException(
          "axis %d does not exist. Expected one from %d to %d".formatted(axis, -rank, rank - 1));
    }
    return (int) (axis < 0 ? axis + rank : axis);
  }

  static long[] axes(long[] axes, int rank) {
    long[] positive = new long[axes.length];
    for (int i = 0; i < axes.length; i++) {
      positive[i] = axis(axes[i], rank);
    }
    return positive;
  }

  static long[] allAxes(int rank) {
    long[] axes = new long[rank];
    Arrays.setAll(axes, i -> i);
    return axes;
  }

  static boolean contains(long[] axes, long axis) {
    for (long candidate : axes) {
      if (candidate == axis) {
        return true;
      }
    }
    return false;
  }

  /** The shape that two shapes broadcast to. */
  static long[] broadcast(long[] a, long[] b) {
    long[] result = new long[Math.max(a.length, b.length)];
    for (int i = 1; i <= result.length; i++) {
      long x = i <= a.length ? a[a.length - i] : 1;
      long y = i <= b.length ? b[b.length - i] : 1;
      if (x != y && x != 1 && y != 1) {
        throw new IllegalArgumentException(
            "shapes %s and %s do not broadcast. Expected equal sizes or 1, counted from the last axis"
                .formatted(Arrays.toString(a), Arrays.toString(b)));
      }
      result[result.length - i] = x == 1 ? y : x;
    }
    return result;
  }

  /** The shape that ONNX's Reshape asks for: 0 copies an axis, -1 takes what is left. */
  static long[] reshape(long[] from, long[] wish, boolean allowZero) {
    long[] result = wish.clone();
    int open = -1;
    long known = 1;
    for (int i = 0; i < result.length; i++) {
      if (result[i] == 0 && !allowZero) {
        if (i >= from.length) {
          throw new IllegalArgumentException(
              "shape %s copies axis %d. Expected an input with more axes, got %s"
                  .formatted(Arrays.toString(wish), i, Arrays.toString(from)));
        }
        result[i] = from[i];
      }
      if (result[i] == -1) {
        open = i;
      } else {
        known = Math.multiplyExact(known, result[i]);
      }
    }
    long count = count(from);
    if (open >= 0) {
      result[open] = known == 0 ? 0 : count / known;
      known *= result[open];
    }
    if (known != count) {
      throw new IllegalArgumentException(
          "a value of shape %s has no place in shape %s. Expected as many elements"
              .formatted(Arrays.toString(from), Arrays.toString(wish)));
    }
    return result;
  }

  static long[] squeeze(long[] dims, long[] axes) {
    long[] result = new long[dims.length];
    int count = 0;
    for (int i = 0; i < dims.length; i++) {
      if (!contains(axes, i)) {
        result[count++] = dims[i];
      } else if (dims[i] != 1) {
        throw new IllegalArgumentException(
            "axis %d of shape %s cannot be squeezed. Expected size 1"
                .formatted(i, Arrays.toString(dims)));
      }
    }
    return Arrays.copyOf(result, count);
  }

  static long[] unsqueeze(long[] dims, long[] axes) {
    long[] positive = axes(axes, dims.length + axes.length);
    long[] result = new long[dims.length + axes.length];
    int next = 0;
    for (int i = 0; i < result.length; i++) {
      result[i] = contains(positive, i) ? 1 : dims[next++];
    }
    return result;
  }

  /** Row-major strides, 0 along axes that are broadcast to the given shape. */
  static long[] strides(long[] dims, long[] broadcastTo) {
    long[] strides = new long[broadcastTo.length];
    int offset = broadcastTo.length - dims.length;
    long stride = 1;
    for (int i = dims.length - 1; i >= 0; i--) {
      strides[i + offset] = dims[i] == 1 ? 0 : stride;
      stride *= dims[i];
    }
    return strides;
  }
}
