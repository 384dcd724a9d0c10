package io.hyperdelta.autodiff;

import java.util.List;
import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** Activation functions, Softmax and its like. */
final class ActivationKernels {
  /** Beyond this libtorch takes the identity for Softplus; at 40 that is exact in float64. */
  private static final double SOFTPLUS_THRESHOLD = 40;

  /** PRelu's slopes were one per channel before. */
  private static final int FIRST_OPSET_WITH_BROADCAST_SLOPES = 7;

  static final List<Operator> ALL =
      List.of(
          Operator.of("Relu", ActivationKernels::relu),
          Operator.fixed(
              "Sigmoid",
              Kernel.unary(Tensor::sigmoid).with(Gradient.ofOutput(torch::sigmoid_backward))),
          Operator.fixed(
              "Tanh", Kernel.unary(Tensor::tanh).with(Gradient.ofOutput(torch::tanh_backward))),
          Operator.fixed("HardSwish", Kernel.unary(torch::hardswish)),
          Operator.fixed("Mish", Kernel.unary(torch::mish)),
          Operator.of("LeakyRelu", ActivationKernels::leakyRelu),
          Operator.of("Elu", node -> elu(node, 1, 1)),
          Operator.of("Selu", node -> elu(node, 1.6732632f, 1.050701f)),
          Operator.of("Celu", ActivationKernels::celu),
          Operator.of("ThresholdedRelu", ActivationKernels::thresholdedRelu),
          Operator.of("HardSigmoid", ActivationKernels::hardSigmoid),
          Operator.of("Softplus", ActivationKernels::softplus),
          Operator.of("Softsign", ActivationKernels::softsign),
          Operator.of("Gelu", ActivationKernels::gelu),
          Operator.of("PRelu", ActivationKernels::prelu),
          Operator.of("Swish", ActivationKernels::swish),
          Operator.of("Shrink", ActivationKernels::shrink),
          Operator.of("Hardmax", 1, 12, node -> flat(node, x -> hardmax(x, 1))).withoutGradient(),
          Operator.of("Hardmax", 13, ActivationKernels::hardmax).withoutGradient(),
          Operator.of("Softmax", 1, 12, node -> flat(node, x -> x.softmax(1))),
          Operator.of("Softmax", 13, ActivationKernels::softmax),
          Operator.of("LogSoftmax", 1, 12, node -> flat(node, x -> x.log_softmax(1))),
          Operator.of("LogSoftmax", 13, ActivationKernels::logSoftmax));

  private static final boolean HELD = OneDnn.isHeld();

  private ActivationKernels() {}

  private static Kernel relu(NodeContext node) {
    Scalar zero = node.scalar(0);
    return Kernel.tensor(ActivationKernels::relu)
        .with(Gradient.ofOutput((g, y) -> torch.threshold_backward(g, y, zero)));
  }

  private static Tensor relu(Arguments in) {
    Tensor x = in.tensor(0);
    if (!in.isSpare(0)) {
      return x.relu();
    }
    x.relu_();
    return x;
  }

  private static Kernel leakyRelu(NodeContext node) {
    Scalar alpha = node.scalarAttribute("alpha", 0.01f);
    return Kernel.unary(x -> torch.leaky_relu(x, alpha))
        .with(Gradient.ofInput((g, x) -> torch.leaky_relu_backward(g, x, alpha, false)));
  }

  private static Kernel elu(NodeContext node, float defaultAlpha, float defaultGamma) {
    Scalar alpha = node.scalarAttribute("alpha", defaultAlpha);
    Scalar gamma = node.scalarAttribute("gamma", defaultGamma);
    Scalar one = node.scalar(1);
    return Kernel.unary(x -> torch.elu(x, alpha, gamma, one))
        .with(Gradient.ofInput((g, x) -> torch.elu_backward(g, alpha, gamma, one, false, x)));
  }

  private static Kernel celu(NodeContext node) {
    Scalar alpha = node.scalarAttribute("alpha", 1);
    return Kernel.unary(x -> torch.celu(x, alpha));
  }

  private static Kernel thresholdedRelu(NodeContext node) {
    Scalar alpha = node.scalarAttribute("alpha", 1);
    Scalar zero = node.scalar(0);
    return Kernel.unary(x -> torch.threshold(x, alpha, zero));
  }

  private static Kernel hardSigmoid(NodeContext node) {
    Scalar alpha = node.scalarAttribute("alpha", 0.2f);
    Scalar beta = node.scalarAttribute("beta", 0.5f);
    Scalar zero = node.scalar(0);
    Scalar one = node.scalar(1);
    return Kernel.unary(x -> x.mul(alpha).add(beta).clamp_min(zero).clamp_max(one));
  }

  private static Kernel softplus(NodeContext node) {
    Scalar beta = node.scalar(1);
    Scalar threshold = node.scalar(SOFTPLUS_THRESHOLD);
    return Kernel.unary(x -> torch.softplus(x, beta, threshold))
        .with(Gradient.ofInput((g, x) -> torch.softplus_backward(g, x, beta, threshold)));
  }

  private static Kernel softsign(NodeContext node) {
    Scalar one = node.scalar(1);
    return Kernel.unary(x -> x.div(x.abs().add(one)));
  }

  private static Kernel gelu(NodeContext node) {
    String approximate = node.node().textAttribute("approximate", "none");
    if (!approximate.equals("none") && !approximate.equals("tanh")) {
      throw new UnsupportedNodeException(" approximated by \"" + approximate + "\"");
    }
    return Kernel.unary(x -> gelu(x, approximate))
        .with(Gradient.ofInput((g, x) -> geluBackward(g, x, approximate)));
  }

  /**
   * The Gaussian error linear unit. Of what is contiguous libtorch asks oneDNN, which takes two to
   * four times as long as libtorch itself where it is held to narrow instructions.
   *
   * @param x float, any axes
   * @param approximate "none" or "tanh"
   * @return float, the same axes
   */
  static Tensor gelu(Tensor x, String approximate) {
    return HELD && x.dim() > 1
        ? torch.gelu(x.transpose(-2, -1), approximate).transpose(-2, -1)
        : torch.gelu(x, approximate);
  }

  private static Tensor geluBackward(Tensor gradient, Tensor x, String approximate) {
    return HELD && x.dim() > 1
        ? torch
            .gelu_backward(gradient.transpose(-2, -1), x.transpose(-2, -1), approximate)
            .transpose(-2, -1)
        : torch.gelu_backward(gradient, x, approximate);
  }

  private static Kernel prelu(NodeContext node) {
    Scalar zero = node.scalar(0);
    if (node.opset() < FIRST_OPSET_WITH_BROADCAST_SLOPES) {
      // One slope per channel, or one for all: libtorch's own rule.
      return Kernel.binary((x, slope) -> torch.prelu(x, slope.reshape(-1)));
    }
    return Kernel.binary((x, slope) -> torch.where(x.lt(zero), x.mul(slope), x));
  }

  private static Kernel swish(NodeContext node) {
    float alphaNumber = node.node().realAttribute("alpha", 1);
    Scalar alpha = node.scalar(alphaNumber);
    return Kernel.unary(x -> alphaNumber == 1 ? torch.silu(x) : x.mul(x.mul(alpha).sigmoid()));
  }

  private static Kernel shrink(NodeContext node) {
    float lambdaNumber = node.node().realAttribute("lambd", 0.5f);
    float biasNumber = node.node().realAttribute("bias", 0);
    Scalar lambda = node.scalar(lambdaNumber);
    Scalar minusLambda = node.scalar(-lambdaNumber);
    Scalar bias = node.scalar(biasNumber);
    Scalar zero = node.scalar(0);
    return Kernel.unary(
        x -> {
          if (lambdaNumber >= 0 && ArithmeticKernels.isFloating(x)) {
            if (biasNumber == 0) {
              return torch.hardshrink(x, lambda);
            } else if (biasNumber == lambdaNumber) {
              return torch.softshrink(x, lambda);
            }
          }
          Tensor above = torch.where(x.gt(lambda), x.sub(bias), zero);
          return torch.where(x.lt(minusLambda), x.add(bias), above).to(Tensors.type(x));
        });
  }

  private static Kernel hardmax(NodeContext node) {
    long axis = node.node().intAttribute("axis", -1);
    return Kernel.unary(x -> hardmax(x, axis));
  }

  private static Tensor hardmax(Tensor x, long axis) {
    Tensor first = x.argmax(new LongOptional(axis), true);
    return torch.zeros_like(x).scatter(axis, first, new Scalar(1.0));
  }

  private static Kernel softmax(NodeContext node) {
    long axis = node.node().intAttribute("axis", -1);
    return Kernel.unary(x -> x.softmax(axis))
        .with(
            Gradient.ofOutput(
                (g, y) -> {
                  Tensor weighted = g.mul(y);
                  return weighted.sub(
                      y.mul(ReductionKernels.sum(weighted, new long[] {axis}, true)));
                }));
  }

  private static Kernel logSoftmax(NodeContext node) {
    long axis = node.node().intAttribute("axis", -1);
    return Kernel.unary(x -> x.log_softmax(axis));
  }

  /** Until operator set 12 all axes from the given one on are normalised together. */
  private static Kernel flat(NodeContext node, UnaryOperator<Tensor> overLastOfTwo) {
    long axis = node.node().intAttribute("axis", 1);
    return Kernel.unary(
        x -> {
          long[] dims = Shapes.of(x);
          int from = axis == dims.length ? dims.length : Shapes.axis(axis, dims.length);
          Tensor matrix =
              x.reshape(Shapes.count(dims, 0, from), Shapes.count(dims, from, dims.length));
          return overLastOfTwo.apply(matrix).reshape(dims);
        });
  }
}
