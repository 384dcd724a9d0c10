package io.hyperdelta.autodiff;

import io.hyperdelta.autodiff.Interpolation.Axis;
import io.hyperdelta.autodiff.Interpolation.Mode;
import io.hyperdelta.autodiff.Interpolation.Taps;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jspecify.annotations.Nullable;

/** Changes the lengths of a tensor's axes by interpolation. One for each node; thread-safe. */
final class Resampler {
  /** Up to so many elements the weights of an axis are one matrix: 4 MiB in float32. */
  private static final long MAX_MATRIX = 1 << 20;

  private final Interpolation interpolation;
  private final Scalar extrapolation;
  private final SizedTensors<Axis> matrices;
  private final SizedTensors<Axis> weights;
  private final SizedTensors<Axis> indices;
  private final Map<Axis, Taps> known = new HashMap<>();

  /**
   * Creates the resampler of a node.
   *
   * @param extrapolation what elements outside the input become
   */
  Resampler(NodeContext node, Interpolation interpolation, Scalar extrapolation) {
    this.interpolation = interpolation;
    this.extrapolation = extrapolation;
    this.matrices = new SizedTensors<>(node, this::matrix);
    this.weights = new SizedTensors<>(node, this::weights);
    this.indices =
        new SizedTensors<>(
            node, axis -> Tensors.ofLongs(taps(axis).index(), taps(axis).index().length));
  }

  /**
   * Resamples.
   *
   * @param x any type; integers are rounded and kept in their range
   * @param axes for each axis how it changes
   */
  Tensor apply(Tensor x, Axis[] axes) {
    if (ArithmeticKernels.isFloating(x) || interpolation.mode() == Mode.NEAREST) {
      return floating(x, axes);
    }
    ScalarType type = Tensors.type(x);
    Tensor y = floating(x.to(ScalarType.Double), axes).round();
    return switch (type) {
      case Byte -> y.clamp_min(new Scalar(0.0)).clamp_max(new Scalar(255.0)).to(type);
      case Char -> y.clamp_min(new Scalar(-128.0)).clamp_max(new Scalar(127.0)).to(type);
      default -> y.to(type);
    };
  }

  private Tensor floating(Tensor x, Axis[] axes) {
    Tensor image = image(x, axes);
    if (image != null) {
      return image;
    }
    Tensor y = x;
    for (int i = 0; i < axes.length; i++) {
      y = axes[i].isUnchanged() ? y : along(y, i, axes[i]);
    }
    return y;
  }

  /** An image by libtorch's own function, where that computes the same: or null. */
  private @Nullable Tensor image(Tensor x, Axis[] axes) {
    if (axes.length != 4
        || !axes[0].isUnchanged()
        || !axes[1].isUnchanged()
        || !ArithmeticKernels.isFloating(x)) {
      return null;
    }
    long[] size = {axes[2].to(), axes[3].to()};
    if (interpolation.mode() == Mode.NEAREST) {
      return isRepetition(axes[2]) && isRepetition(axes[3])
          ? torch.upsample_nearest2d(x, size)
          : null;
    }
    if (!interpolation.isTorchs(axes[2]) || !interpolation.isTorchs(axes[3])) {
      return null;
    }
    boolean corners = interpolation.coordinates() == Interpolation.Coordinates.ALIGN_CORNERS;
    return interpolation.mode() == Mode.LINEAR
        ? torch.upsample_bilinear2d(x, size, corners)
        : torch.upsample_bicubic2d(x, size, corners);
  }

  /** Whether each element is repeated by a power of two, where libtorch's float32 is exact. */
  private boolean isRepetition(Axis axis) {
    long factor = axis.from() == 0 ? 0 : axis.to() / axis.from();
    if (factor * axis.from() != axis.to() || Long.bitCount(factor) != 1) {
      return false;
    }
    Taps taps = taps(axis);
    for (int o = 0; o < taps.index().length; o++) {
      if (taps.index()[o] != o / factor) {
        return false;
      }
    }
    return taps.outside() == null;
  }

  private Tensor along(Tensor x, int at, Axis axis) {
    Taps taps = taps(axis);
    ScalarType type = Tensors.type(x);
    int rank = (int) x.dim();
    Tensor y;
    if (taps.weight() == null) {
      y = x.index_select(at, indices.get(axis, ScalarType.Long));
    } else if (axis.from() * axis.to() <= MAX_MATRIX) {
      Tensor matrix = matrices.get(axis, type);
      y =
          at == rank - 1
              ? x.matmul(matrix)
              : x.transpose(at, rank - 1).matmul(matrix).transpose(at, rank - 1);
    } else {
      long[] apart = new long[rank + 1];
      for (int i = 0; i < rank; i++) {
        apart[i < at ? i : i + 1] = x.size(i);
      }
      apart[at] = axis.to();
      apart[at + 1] = taps.count();
      Tensor weight = broadcast(weights.get(axis, type), rank + 1, at);
      Tensor taken =
          x.index_select(at, indices.get(axis, ScalarType.Long)).reshape(apart).mul(weight);
      y = ReductionKernels.sum(taken, new long[] {at + 1}, false);
    }
    return taps.outside() == null ? y : extrapolated(y, at, taps.outside());
  }

  private Tensor extrapolated(Tensor y, int at, boolean[] outside) {
    long[] flags = new long[outside.length];
    Arrays.setAll(flags, i -> outside[i] ? 1 : 0);
    Tensor mask = Tensors.ofLongs(flags, flags.length).to(ScalarType.Bool);
    return y.masked_fill(broadcast(mask, (int) y.dim(), at), extrapolation);
  }

  /** Puts a tensor's axes at a place among others of size 1. */
  private static Tensor broadcast(Tensor tensor, int rank, int at) {
    long[] dims = SlidingWindow.ones(rank);
    for (int i = 0; i < tensor.dim(); i++) {
      dims[at + i] = tensor.size(i);
    }
    return tensor.reshape(dims);
  }

  private synchronized Taps taps(Axis axis) {
    Taps taps = known.get(axis);
    if (taps == null) {
      taps = interpolation.taps(axis);
      if (known.size() < SizedTensors.MAX_KEPT) {
        known.put(axis, taps);
      }
    }
    return taps;
  }

  /** The weights as a matrix [from, to] that rows are multiplied with. */
  private Tensor matrix(Axis axis) {
    Taps taps = taps(axis);
    double[] weight = weight(taps);
    int to = (int) axis.to();
    double[] matrix = new double[(int) (axis.from() * to)];
    for (int i = 0; i < weight.length; i++) {
      matrix[(int) taps.index()[i] * to + i / taps.count()] += weight[i];
    }
    return Tensors.ofDoubles(matrix, axis.from(), to);
  }

  private Tensor weights(Axis axis) {
    Taps taps = taps(axis);
    return Tensors.ofDoubles(weight(taps), axis.to(), taps.count());
  }

  private static double[] weight(Taps taps) {
    return Objects.requireNonNull(taps.weight());
  }
}
