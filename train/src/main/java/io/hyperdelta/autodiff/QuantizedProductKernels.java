package io.hyperdelta.autodiff;

import java.util.Arrays;
import java.util.List;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/**
 * Matrix products and convolutions of integers. They are computed in float64, which holds every sum
 * that 32 bits hold and for which libtorch has fast products.
 */
final class QuantizedProductKernels {
  static final List<Operator> ALL =
      List.of(
          Operator.fixed("MatMulInteger", Kernel.tensor(QuantizedProductKernels::matMulInteger))
              .withoutGradient(),
          Operator.of("QLinearMatMul", QuantizedProductKernels::matMul).withoutGradient(),
          Operator.of("ConvInteger", QuantizedProductKernels::convInteger)
              .thatConvolves()
              .withoutGradient(),
          Operator.of("QLinearConv", QuantizedProductKernels::conv)
              .thatConvolves()
              .withoutGradient());

  private QuantizedProductKernels() {}

  private static Tensor matMulInteger(Arguments in) {
    Tensor a = left(in, 0, 2);
    Tensor b = in.has(3) ? real(in, 1).sub(real(in, 3)) : real(in, 1);
    return wrapped(a.matmul(b));
  }

  private static Kernel matMul(NodeContext node) {
    return Kernel.one(
        in -> {
          Tensor product = left(in, 0, 2).matmul(real(in, 3).sub(real(in, 5)));
          Tensor scale = perRow(in, 0, 1).mul(real(in, 4));
          return rescaled(product, scale, in, 6, node);
        });
  }

  private static Kernel convInteger(NodeContext node) {
    Convolution convolution = convolution(node);
    return Kernel.tensor(
        in -> {
          Tensor x = in.has(2) ? real(in, 0).sub(real(in, 2)) : real(in, 0);
          return wrapped(convolution.of(x, kernels(in, 1, 3), new TensorOptional()));
        });
  }

  private static Kernel conv(NodeContext node) {
    Convolution convolution = convolution(node);
    return Kernel.one(
        in -> {
          Tensor x = real(in, 0).sub(real(in, 2));
          TensorOptional bias = in.has(8) ? new TensorOptional(real(in, 8)) : new TensorOptional();
          Tensor weightScale = QuantizationKernels.alongAxis(real(in, 4), 1, in.value(0).dims());
          Tensor scale = real(in, 1).mul(weightScale);
          return rescaled(convolution.of(x, kernels(in, 3, 5), bias), scale, in, 6, node);
        });
  }

  private static Tensor real(Arguments in, int input) {
    return in.tensor(input).to(ScalarType.Double);
  }

  /** The left matrix less its zero point. */
  private static Tensor left(Arguments in, int matrix, int zeroPoint) {
    Tensor a = real(in, matrix);
    return in.has(zeroPoint) ? a.sub(perRow(in, matrix, zeroPoint)) : a;
  }

  /** Numbers per tensor or per row; with one axis only they lie along the rows. */
  private static Tensor perRow(Arguments in, int matrix, int input) {
    Tensor numbers = real(in, input);
    return numbers.dim() == 1 && numbers.numel() > 1 && in.value(matrix).dims().length > 1
        ? numbers.unsqueeze(-1)
        : numbers;
  }

  /** The kernels less their zero points, one per output channel or one for all. */
  private static Tensor kernels(Arguments in, int weight, int zeroPoint) {
    Tensor w = real(in, weight);
    return in.has(zeroPoint)
        ? w.sub(QuantizationKernels.alongAxis(real(in, zeroPoint), 0, Shapes.of(w)))
        : w;
  }

  /** To int32, around which sums may wrap. */
  private static Tensor wrapped(Tensor whole) {
    return whole.to(ScalarType.Long).to(ScalarType.Int);
  }

  /** An integer result on the scale of the output. */
  private static Value rescaled(
      Tensor product, Tensor scale, Arguments in, int outputScale, NodeContext node) {
    Tensor rounded = product.mul(scale.div(real(in, outputScale))).round();
    Value zeroPoint = in.value(outputScale + 1);
    return QuantizationKernels.saturate(
        rounded.add(real(in, outputScale + 1)), CastKernels.dtype(zeroPoint), node);
  }

  /** A convolution with all attributes bound. */
  @FunctionalInterface
  private interface Convolution {
    Tensor of(Tensor x, Tensor w, TensorOptional bias);
  }

  private static Convolution convolution(NodeContext node) {
    String padding = node.node().textAttribute("auto_pad", "NOTSET");
    if (!padding.equals("NOTSET") && !padding.equals("VALID")) {
      throw new UnsupportedNodeException(" with auto_pad \"" + padding + "\"");
    }
    long group = node.node().intAttribute("group", 1);
    long[] strides = node.node().intsAttribute("strides");
    long[] dilations = node.node().intsAttribute("dilations");
    long[] pads = node.node().intsAttribute("pads");
    return (x, w, bias) -> {
      int axes = (int) x.dim() - 2;
      long[] zeros = new long[axes];
      long[] ones = new long[axes];
      Arrays.fill(ones, 1);
      Tensor padded = pads == null ? x : torch.constant_pad_nd(x, pairs(pads, axes));
      return torch.convolution(
          padded,
          w,
          bias,
          strides == null ? ones : strides,
          zeros,
          dilations == null ? ones : dilations,
          false,
          zeros,
          group);
    };
  }

  /** Libtorch wants the paddings of an axis together, last axis first. */
  private static long[] pairs(long[] pads, int axes) {
    long[] pairs = new long[2 * axes];
    for (int axis = 0; axis < axes; axis++) {
      pairs[2 * (axes - 1 - axis)] = pads[axis];
      pairs[2 * (axes - 1 - axis) + 1] = pads[axis + axes];
    }
    return pairs;
  }
}
