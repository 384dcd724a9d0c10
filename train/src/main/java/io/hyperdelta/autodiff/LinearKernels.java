package io.hyperdelta.autodiff;

import java.util.List;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/** Matrix products. */
final class LinearKernels {
  /** No input of a node stands at this position. */
  private static final int NO_INPUT = Integer.MAX_VALUE;

  static final List<Operator> ALL =
      List.of(
          Operator.of("MatMul", LinearKernels::matMul).withExpendableOutputs(),
          Operator.of("Gemm", LinearKernels::gemm).withExpendableOutputs(),
          Operator.of("Einsum", LinearKernels::einsum));

  private LinearKernels() {}

  private static Kernel matMul(NodeContext node) {
    LinearLayer layer = new LinearLayer(node, 1, NO_INPUT, false);
    return Kernel.tensor(
            in -> {
              Tensor a = in.tensor(0);
              Tensor b = in.tensor(1);
              return b.dim() == 2 && a.dim() >= 2 ? layer.apply(a, in) : Products.matmul(a, b);
            })
        .with(ProductGradients.PRODUCT);
  }

  static Kernel gemm(NodeContext node) {
    boolean transA = node.node().intAttribute("transA", 0) != 0;
    boolean transB = node.node().intAttribute("transB", 0) != 0;
    float alphaNumber = node.node().realAttribute("alpha", 1);
    float betaNumber = node.node().realAttribute("beta", 1);
    Scalar alpha = node.scalar(alphaNumber);
    Scalar beta = node.scalar(betaNumber);
    boolean hasC = node.node().hasInput(2);
    boolean plain = alphaNumber == 1 && betaNumber == 1;
    LinearLayer layer = new LinearLayer(node, 1, 2, transB);
    return Kernel.tensor(
            in -> {
              Tensor a = transA ? in.tensor(0).t() : in.tensor(0);
              Tensor b = in.tensor(1);
              if (plain && (!hasC || in.tensor(2).dim() == 1)) {
                return layer.apply(a, in);
              }
              Tensor right = transB ? b.t() : b;
              if (hasC) {
                return torch.addmm(in.tensor(2), a, right, beta, alpha);
              }
              Tensor product = a.mm(right);
              return alphaNumber == 1 ? product : product.mul(alpha);
            })
        .with(
            ProductGradients.gemm(
                transA, transB, alphaNumber == 1 ? null : alpha, betaNumber == 1 ? null : beta));
  }

  private static Kernel einsum(NodeContext node) {
    String equation = node.node().textAttribute("equation", "");
    int count = node.node().inputs().size();
    return Kernel.tensor(
        in -> {
          TensorVector operands = new TensorVector();
          for (int i = 0; i < count; i++) {
            operands.push_back(in.tensor(i));
          }
          return torch.einsum(equation, operands);
        });
  }
}
