package io.hyperdelta.autodiff;

import io.hyperdelta.graph.Node;
import java.util.Arrays;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jspecify.annotations.Nullable;

/** Convolutions over one, two or three axes, and their transposes. */
final class ConvolutionKernels {
  static final List<Operator> ALL =
      List.of(
          Operator.of("Conv", ConvolutionKernels::convolution)
              .thatConvolves()
              .withExpendableOutputs(),
          Operator.of("ConvTranspose", ConvolutionKernels::transposed).thatConvolves(),
          Operator.of("ConvInteger", ConvolutionKernels::integer)
              .thatConvolves()
              .withoutGradient());

  private ConvolutionKernels() {}

  private static Kernel convolution(NodeContext node) {
    SlidingWindow window = SlidingWindow.of(node);
    long group = node.node().intAttribute("group", 1);
    NodeContext.OptionalInput bias = node.optional(2);
    return Kernel.tensor(in -> convolution(window, in.tensor(0), in.tensor(1), bias.of(in), group));
  }

  static Tensor convolution(
      SlidingWindow window, Tensor x, Tensor weight, TensorOptional bias, long group) {
    SlidingWindow.Placement place = window.place(Shapes.of(x), kernel(weight));
    return torch.convolution(
        place.evened(x),
        weight,
        bias,
        place.stride(),
        place.common(),
        place.dilation(),
        false,
        new long[place.rank()],
        group);
  }

  private static long[] kernel(Tensor weight) {
    long[] dims = Shapes.of(weight);
    return Arrays.copyOfRange(dims, Math.min(2, dims.length), dims.length);
  }

  private static Kernel integer(NodeContext node) {
    SlidingWindow window = SlidingWindow.of(node);
    long group = node.node().intAttribute("group", 1);
    TensorOptional none = node.hold(new TensorOptional());
    // Sums of products of bytes are exact in float64, and libtorch convolves no integers.
    return Kernel.tensor(
        in -> {
          Tensor x = in.tensor(0).to(ScalarType.Double);
          Tensor weight = in.tensor(1).to(ScalarType.Double);
          if (in.has(2)) {
            x = x.sub(in.tensor(2).to(ScalarType.Double));
          }
          if (in.has(3)) {
            Tensor zero = in.tensor(3).to(ScalarType.Double);
            weight = weight.sub(zero.dim() == 0 ? zero : perChannel(zero, (int) weight.dim(), 0));
          }
          return convolution(window, x, weight, none, group).to(ScalarType.Int);
        });
  }

  private static Kernel transposed(NodeContext node) {
    Node attributes = node.node();
    SlidingWindow window = SlidingWindow.of(node);
    long group = attributes.intAttribute("group", 1);
    long[] more = attributes.intsAttribute("output_padding");
    long[] shape = attributes.intsAttribute("output_shape");
    NodeContext.OptionalInput bias = node.optional(2);
    return Kernel.tensor(
        in -> {
          Tensor x = in.tensor(0);
          long[] size = kernel(in.tensor(1));
          long[] dims = Shapes.of(x);
          if (dims.length != size.length + 2) {
            throw new IllegalArgumentException(
                "a kernel of shape %s does not slide over an input of shape %s"
                    .formatted(Arrays.toString(size), Arrays.toString(dims)));
          }
          return spread(window, dims, size, more, shape).apply(x, in.tensor(1), bias.of(in), group);
        });
  }

  /** Which part of the full result ONNX's attributes ask for. */
  private static Spread spread(
      SlidingWindow window,
      long[] dims,
      long[] size,
      long @Nullable [] more,
      long @Nullable [] shape) {
    int rank = size.length;
    long[] stride = window.strides(rank);
    long[] dilation = window.dilations(rank);
    long[] before = new long[rank];
    long[] output = new long[rank];
    for (int i = 0; i < rank; i++) {
      long length = dims[i + 2];
      long full = Spread.full(length, size[i], stride[i], dilation[i]);
      long extended = full + (more == null ? 0 : more[i]);
      if (shape != null || window.isSame()) {
        // Some exporters write batch and channels into the shape too.
        output[i] = shape == null ? length * stride[i] : shape[shape.length - rank + i];
        long total = Math.max(0, extended - output[i]);
        before[i] = window.isLargerAfter() ? total / 2 : total - total / 2;
      } else {
        before[i] = window.pad(i, rank, false);
        output[i] = extended - before[i] - window.pad(i, rank, true);
      }
    }
    return new Spread(dims, size, stride, dilation, before, output);
  }

  /**
   * A transposed convolution: every element spreads a kernel over the output. Arrays have one
   * element per axis that the kernel slides over.
   *
   * @param dims the input's axes, batch and channels among them
   * @param size the kernel's
   * @param stride from the place of one input element to the next
   * @param dilation from one kernel element's place to the next
   * @param before how much of the full result to leave out at the beginning
   * @param output how much of the full result, and of zeros behind it, to keep
   */
  @SuppressWarnings("ArrayRecordComponent") // never compared, never leaves the package
  record Spread(
      long[] dims, long[] size, long[] stride, long[] dilation, long[] before, long[] output) {

    static long full(long length, long size, long stride, long dilation) {
      return (length - 1) * stride + (size - 1) * dilation + 1;
    }

    Tensor apply(Tensor x, Tensor weight, TensorOptional bias, long group) {
      int rank = size.length;
      long[] more = new long[rank];
      long[] pairs = new long[2 * rank];
      boolean direct = true;
      for (int i = 0; i < rank; i++) {
        long full = full(dims[i + 2], size[i], stride[i], dilation[i]);
        more[i] = output[i] - full + 2 * before[i];
        // What libtorch can leave out or add by itself.
        direct &= before[i] >= 0 && more[i] >= 0 && more[i] < Math.max(stride[i], dilation[i]);
        pairs[2 * (rank - 1 - i)] = -before[i];
        pairs[2 * (rank - 1 - i) + 1] = before[i] + output[i] - full;
      }
      if (direct) {
        return torch.convolution(x, weight, bias, stride, before, dilation, true, more, group);
      }
      long[] none = new long[rank];
      Tensor full =
          torch.convolution(
              x, weight, new TensorOptional(), stride, none, dilation, true, none, group);
      Tensor kept = torch.constant_pad_nd(full, pairs);
      // Zeros behind the full result get the bias too.
      return bias.has_value() ? kept.add(perChannel(bias.get(), rank + 2, 1)) : kept;
    }
  }

  /** A vector that broadcasts along one axis of several. */
  static Tensor perChannel(Tensor vector, int rank, int axis) {
    long[] dims = SlidingWindow.ones(rank);
    dims[axis] = -1;
    return vector.reshape(dims);
  }
}
