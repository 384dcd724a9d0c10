package io.hyperdelta.autodiff;

import io.hyperdelta.graph.Attribute;
import io.hyperdelta.graph.Node;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.LongStream;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarOptional;
import org.bytedeco.pytorch.T_TensorTensor_T;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** Poolings over windows and over whole channels. */
final class PoolKernels {
  static final List<Operator> ALL =
      List.of(
          Operator.of("MaxPool", PoolKernels::maxPool),
          Operator.of("AveragePool", PoolKernels::averagePool),
          Operator.of("LpPool", PoolKernels::lpPool),
          Operator.of("MaxUnpool", PoolKernels::maxUnpool),
          Operator.fixed(
              "GlobalAveragePool",
              Kernel.unary(x -> ReductionKernels.mean(x, channelAxes(x), true))),
          Operator.fixed("GlobalMaxPool", Kernel.unary(x -> x.amax(channelAxes(x), true))),
          Operator.of("GlobalLpPool", PoolKernels::globalLpPool));

  private PoolKernels() {}

  /** All axes after batch and channels. */
  private static long[] channelAxes(Tensor x) {
    return LongStream.range(2, x.dim()).toArray();
  }

  private static Kernel maxPool(NodeContext node) {
    SlidingWindow window = SlidingWindow.of(node);
    long[] size = window.kernel();
    boolean columnMajor = node.node().intAttribute("storage_order", 0) != 0;
    boolean indices = node.node().outputs().size() > 1;
    Scalar lowest = node.scalar(Double.NEGATIVE_INFINITY);
    return in -> {
      Tensor given = in.tensor(0);
      ScalarType type = Tensors.type(given);
      boolean floating = ArithmeticKernels.isFloating(given);
      // Bytes are exact in float32, and only floats have a value below all others to pad with.
      Tensor x = floating ? given : given.to(ScalarType.Float);
      SlidingWindow.Placement place = window.place(Shapes.of(x), size);
      boolean direct = place.isPoolable();
      Tensor covered = direct ? x : place.covered(x, lowest);
      long[] padding = direct ? place.before() : new long[size.length];
      boolean ceil = direct && place.ceil();
      if (!indices) {
        Tensor y = maxPool(covered, place, padding, ceil);
        return new Value[] {new Value.Device(floating ? y : y.to(type))};
      }
      T_TensorTensor_T both = maxPoolWithIndices(covered, place, padding, ceil);
      // The pair owns what it returns, and ends with this run.
      Tensor y = new Tensor(both.get0());
      Tensor flat = flatIndices(both.get1(), covered, place, direct, columnMajor);
      return new Value[] {new Value.Device(floating ? y : y.to(type)), new Value.Device(flat)};
    };
  }

  private static Tensor maxPool(Tensor x, SlidingWindow.Placement p, long[] padding, boolean ceil) {
    return switch (p.rank()) {
      case 1 -> torch.max_pool1d(x, p.size(), p.stride(), padding, p.dilation(), ceil);
      case 2 -> torch.max_pool2d(x, p.size(), p.stride(), padding, p.dilation(), ceil);
      default -> torch.max_pool3d(x, p.size(), p.stride(), padding, p.dilation(), ceil);
    };
  }

  private static T_TensorTensor_T maxPoolWithIndices(
      Tensor x, SlidingWindow.Placement p, long[] padding, boolean ceil) {
    return switch (p.rank()) {
      case 1 -> torch.max_pool1d_with_indices(x, p.size(), p.stride(), padding, p.dilation(), ceil);
      case 2 -> torch.max_pool2d_with_indices(x, p.size(), p.stride(), padding, p.dilation(), ceil);
      default ->
          torch.max_pool3d_with_indices(x, p.size(), p.stride(), padding, p.dilation(), ceil);
    };
  }

  /** From libtorch's positions within each channel of what was pooled to ONNX's in the input. */
  private static Tensor flatIndices(
      Tensor positions,
      Tensor pooled,
      SlidingWindow.Placement place,
      boolean direct,
      boolean columnMajor) {
    long[] dims = place.dims();
    int rank = place.rank();
    Tensor within = positions;
    if (!direct || columnMajor) {
      long[] pooledDims = Shapes.of(pooled);
      Tensor rest = positions;
      for (int i = rank - 1; i >= 0; i--) {
        Scalar length = new Scalar(pooledDims[i + 2]);
        long stride =
            columnMajor ? Shapes.count(dims, 2, i + 2) : Shapes.count(dims, i + 3, rank + 2);
        Tensor along = rest.remainder(length);
        along = direct ? along : along.sub(new Scalar(place.before()[i]));
        along = along.mul(new Scalar(stride));
        within = i == rank - 1 ? along : within.add(along);
        rest = torch.floor_divide(rest, length);
      }
    }
    long[] channels = SlidingWindow.ones(rank + 2);
    channels[0] = dims[0];
    channels[1] = dims[1];
    long step = Shapes.count(dims, 2, rank + 2);
    long[] starts = LongStream.range(0, dims[0] * dims[1]).map(i -> i * step).toArray();
    return within.add(Tensors.ofLongs(starts, channels));
  }

  private static Kernel averagePool(NodeContext node) {
    SlidingWindow window = SlidingWindow.of(node);
    long[] size = window.kernel();
    boolean countPad = node.node().intAttribute("count_include_pad", 0) != 0;
    WindowMean mean = new WindowMean(node);
    SizedTensors<List<Long>> corrections =
        new SizedTensors<>(
            node,
            dims ->
                correction(
                    window.place(dims.stream().mapToLong(Long::longValue).toArray(), size),
                    countPad));
    return Kernel.tensor(
        in -> {
          Tensor x = in.tensor(0);
          long[] dims = Shapes.of(x);
          SlidingWindow.Placement place = window.place(dims, size);
          if (place.isPoolable() && !place.isDilated()) {
            return mean.pool(x, place, place.before(), place.ceil(), countPad);
          }
          Tensor y = mean.of(x, place);
          if (countPad && !place.ceil()) {
            return y;
          }
          dims[0] = dims[1] = 1;
          return y.mul(corrections.get(Arrays.stream(dims).boxed().toList(), Tensors.type(x)));
        });
  }

  /** By what to multiply the means of whole windows so that only elements that count count. */
  private static Tensor correction(SlidingWindow.Placement place, boolean countPad) {
    int rank = place.rank();
    Tensor product = null;
    for (int i = 0; i < rank; i++) {
      long low = countPad ? -place.before()[i] : 0;
      long high = place.dims()[i + 2] + (countPad ? place.after()[i] : 0);
      double[] factors = new double[(int) place.output()[i]];
      for (int o = 0; o < factors.length; o++) {
        long count = 0;
        for (long k = 0; k < place.size()[i]; k++) {
          long at = o * place.stride()[i] - place.before()[i] + k * place.dilation()[i];
          count += at >= low && at < high ? 1 : 0;
        }
        // A window of nothing but padding gives 0, as in libtorch.
        factors[o] = count == 0 ? 0 : (double) place.size()[i] / count;
      }
      Tensor factor =
          ConvolutionKernels.perChannel(
              Tensors.ofDoubles(factors, factors.length), rank + 2, i + 2);
      product = product == null ? factor : product.mul(factor);
    }
    return Objects.requireNonNull(product);
  }

  private static Kernel lpPool(NodeContext node) {
    SlidingWindow window = SlidingWindow.of(node);
    long[] size = window.kernel();
    double p = power(node.node());
    Scalar power = node.scalar(p);
    Scalar root = node.scalar(1 / p);
    Scalar count = node.scalar((double) Shapes.count(size));
    WindowMean mean = new WindowMean(node);
    return Kernel.tensor(
        in -> {
          Tensor x = in.tensor(0);
          SlidingWindow.Placement place = window.place(Shapes.of(x), size);
          Tensor powers = p == 2 ? x.mul(x) : p == 1 ? x.abs() : x.abs().pow(power);
          Tensor sums = mean.of(powers, place).mul(count);
          return p == 2 ? sums.sqrt() : p == 1 ? sums : sums.pow(root);
        });
  }

  /** An integer since operator set 2, a real number before. */
  private static double power(Node node) {
    return node.attributes().get("p") instanceof Attribute.Real real
        ? real.value()
        : node.intAttribute("p", 2);
  }

  private static Kernel globalLpPool(NodeContext node) {
    ScalarOptional p = node.hold(new ScalarOptional(node.scalar(power(node.node()))));
    return Kernel.unary(x -> x.norm(p, channelAxes(x), true));
  }

  private static Kernel maxUnpool(NodeContext node) {
    SlidingWindow window = SlidingWindow.of(node);
    long[] size = window.kernel();
    int rank = size.length;
    return Kernel.tensor(
        in -> {
          Tensor x = in.tensor(0);
          long[] dims = Shapes.of(x);
          long[] stride = window.strides(rank);
          for (int i = 0; i < rank; i++) {
            long pads = window.pad(i, rank, false) + window.pad(i, rank, true);
            dims[i + 2] = (dims[i + 2] - 1) * stride[i] - pads + size[i];
          }
          Tensor empty = x.new_zeros(Shapes.count(dims));
          Tensor positions = in.tensor(1).reshape(-1);
          Tensor y = empty.scatter(0, positions, x.reshape(-1)).reshape(dims);
          if (!in.has(2)) {
            return y;
          }
          // Positions count in the shape that the attributes give, not in the wished one.
          long[] wished = in.longs(2);
          long[] pairs = new long[2 * rank];
          for (int i = 0; i < rank; i++) {
            pairs[2 * (rank - 1 - i) + 1] = wished[i + 2] - dims[i + 2];
          }
          return torch.constant_pad_nd(y, pairs);
        });
  }

  /** Means over windows. */
  private static final class WindowMean {
    private final LongOptional wholeWindow;
    private final TensorOptional noBias;
    private final Scalar zero;

    WindowMean(NodeContext node) {
      this.wholeWindow = node.hold(new LongOptional());
      this.noBias = node.hold(new TensorOptional());
      this.zero = node.scalar(0);
    }

    /** The mean of all places of a window, zeros where it reaches beyond the input. */
    Tensor of(Tensor x, SlidingWindow.Placement place) {
      if (place.isPoolable() && !place.isDilated() && !place.ceil()) {
        return pool(x, place, place.before(), false, true);
      }
      Tensor covered = place.covered(x, zero);
      long[] none = new long[place.rank()];
      return place.isDilated()
          ? dilated(covered, place, none)
          : pool(covered, place, none, false, true);
    }

    Tensor pool(
        Tensor x, SlidingWindow.Placement p, long[] padding, boolean ceil, boolean countPad) {
      return switch (p.rank()) {
        case 1 -> torch.avg_pool1d(x, p.size(), p.stride(), padding, ceil, countPad);
        case 2 -> torch.avg_pool2d(x, p.size(), p.stride(), padding, ceil, countPad, wholeWindow);
        default -> torch.avg_pool3d(x, p.size(), p.stride(), padding, ceil, countPad, wholeWindow);
      };
    }

    /** libtorch averages over no dilated windows, but convolves them. */
    private Tensor dilated(Tensor x, SlidingWindow.Placement place, long[] none) {
      long[] dims = Shapes.of(x);
      long[] alone = dims.clone();
      alone[0] = dims[0] * dims[1];
      alone[1] = 1;
      long[] kernel = new long[place.rank() + 2];
      kernel[0] = kernel[1] = 1;
      System.arraycopy(place.size(), 0, kernel, 2, place.rank());
      Scalar share = new Scalar(1.0 / Shapes.count(kernel));
      Tensor weight = torch.full(kernel, share, new TensorOptions(Tensors.type(x)));
      Tensor means =
          torch.convolution(
              x.reshape(alone),
              weight,
              noBias,
              place.stride(),
              none,
              place.dilation(),
              false,
              none,
              1);
      System.arraycopy(place.output(), 0, dims, 2, place.rank());
      return means.reshape(dims);
    }
  }
}
