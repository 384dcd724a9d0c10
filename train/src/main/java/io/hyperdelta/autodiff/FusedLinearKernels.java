package io.hyperdelta.autodiff;

import io.hyperdelta.graph.Attribute;
import java.util.Arrays;
import java.util.List;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * Products that ONNX Runtime's optimiser has merged with what stood before them, transpositions, or
 * behind them, an activation.
 */
final class FusedLinearKernels {
  static final List<Operator> ALL =
      List.of(
          Operator.of("FusedMatMul", FusedLinearKernels::matMul).in(FusedKernels.DOMAIN),
          Operator.of("FusedGemm", FusedLinearKernels::gemm).in(FusedKernels.DOMAIN),
          Operator.of("FusedConv", FusedLinearKernels::convolution)
              .thatConvolves()
              .in(FusedKernels.DOMAIN));

  private FusedLinearKernels() {}

  private static Kernel matMul(NodeContext node) {
    float alphaNumber = node.node().realAttribute("alpha", 1);
    Scalar alpha = node.scalar(alphaNumber);
    UnaryOperator<Tensor> a = transposed(node, "A");
    UnaryOperator<Tensor> b = transposed(node, "B");
    return Kernel.binary(
        (left, right) -> {
          Tensor product = Products.matmul(a.apply(left), b.apply(right));
          return alphaNumber == 1 ? product : product.mul(alpha);
        });
  }

  private static UnaryOperator<Tensor> transposed(NodeContext node, String side) {
    boolean matrix = node.node().intAttribute("trans" + side, 0) != 0;
    boolean batch = node.node().intAttribute("transBatch" + side, 0) != 0;
    return x -> {
      Tensor result = x;
      if (batch && x.dim() > 2) {
        // The first axis comes to stand right before the last one.
        result = result.movedim(0, x.dim() - 2);
      }
      return matrix && x.dim() > 1 ? result.transpose(-2, -1) : result;
    };
  }

  private static Kernel gemm(NodeContext node) {
    Kernel plain = LinearKernels.gemm(node);
    UnaryOperator<Tensor> activation = gemmActivation(node);
    return Kernel.tensor(in -> activation.apply(((Value.Device) plain.run(in)[0]).tensor()));
  }

  private static Kernel convolution(NodeContext node) {
    String padding = node.node().textAttribute("auto_pad", "NOTSET");
    if (!padding.equals("NOTSET") && !padding.equals("VALID")) {
      throw new UnsupportedNodeException(" with auto_pad \"" + padding + "\"");
    }
    UnaryOperator<Tensor> activation = convolutionActivation(node);
    long[] strides = node.node().intsAttribute("strides");
    long[] dilations = node.node().intsAttribute("dilations");
    long[] pads = node.node().intsAttribute("pads");
    long groups = node.node().intAttribute("group", 1);
    NodeContext.OptionalInput bias = node.optional(2);
    Scalar zero = node.scalar(0);
    return Kernel.tensor(
        in -> {
          Tensor x = in.tensor(0);
          int axes = (int) x.dim() - 2;
          long[] before = pads == null ? new long[axes] : Arrays.copyOf(pads, axes);
          if (pads != null && !Arrays.equals(pads, 0, axes, pads, axes, 2 * axes)) {
            x = torch.constant_pad_nd(x, fromLast(pads), zero);
            before = new long[axes];
          }
          Tensor y =
              torch.convolution(
                  x,
                  in.tensor(1),
                  bias.of(in),
                  strides == null ? ones(axes) : strides,
                  before,
                  dilations == null ? ones(axes) : dilations,
                  false,
                  new long[axes],
                  groups);
          return activation.apply(in.has(3) ? y.add(in.tensor(3)) : y);
        });
  }

  private static long[] ones(int count) {
    long[] ones = new long[count];
    Arrays.fill(ones, 1);
    return ones;
  }

  /** libtorch lists the last axis first, what is before and what is behind side by side. */
  private static long[] fromLast(long[] pads) {
    int axes = pads.length / 2;
    long[] result = new long[pads.length];
    for (int i = 0; i < axes; i++) {
      result[2 * i] = pads[axes - 1 - i];
      result[2 * i + 1] = pads[2 * axes - 1 - i];
    }
    return result;
  }

  private static UnaryOperator<Tensor> convolutionActivation(NodeContext node) {
    List<Float> numbers =
        node.node().attributes().get("activation_params") instanceof Attribute.Reals given
            ? given.values()
            : List.of();
    String name = node.node().textAttribute("activation", "");
    if (name.equals("Clip") && numbers.size() == 2) {
      Scalar low = node.scalar(numbers.get(0));
      Scalar high = node.scalar(numbers.get(1));
      return x -> torch.hardtanh(x, low, high);
    }
    return activation(node, name, numbers.stream().limit(1), numbers.stream().skip(1));
  }

  private static UnaryOperator<Tensor> gemmActivation(NodeContext node) {
    return activation(
        node,
        node.node().textAttribute("activation", ""),
        real(node, "activation_alpha"),
        real(node, "activation_beta"));
  }

  private static Stream<Float> real(NodeContext node, String key) {
    return node.node().attributes().containsKey(key)
        ? Stream.of(node.node().realAttribute(key, 0))
        : Stream.of();
  }

  private static UnaryOperator<Tensor> activation(
      NodeContext node, String name, Stream<Float> alpha, Stream<Float> beta) {
    return name.isEmpty()
        ? x -> x
        : NamedActivation.of(node, name, alpha.iterator(), beta.iterator()).function();
  }
}
