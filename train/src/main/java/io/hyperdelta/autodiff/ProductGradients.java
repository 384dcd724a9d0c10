package io.hyperdelta.autodiff;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.LongStream;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/**
 * Gradients of matrix products: of Y = A B they are G B^T and A^T G (Giles, Collected matrix
 * derivative results for forward and reverse mode, section 2.2.2).
 */
final class ProductGradients {
  private ProductGradients() {}

  /** Of a product of the first two inputs, to which the third is added if there is one. */
  static final Gradient PRODUCT =
      Gradient.each(
          Gradient.Reads.INPUTS,
          in -> left(in, ofProduct(in)),
          in -> right(in, ofProduct(in)),
          in -> in.summed(in.gradient(), 2));

  /** The gradient of the product alone, which may have been spread over what it is added to. */
  private static Tensor ofProduct(GradientArguments in) {
    Tensor gradient = in.gradient();
    long[] a = Shapes.of(in.input(0));
    long[] b = Shapes.of(in.input(1));
    long[] batches =
        Shapes.broadcast(
            Arrays.copyOf(a, Math.max(0, a.length - 2)),
            Arrays.copyOf(b, Math.max(0, b.length - 2)));
    LongStream rows = a.length > 1 ? LongStream.of(a[a.length - 2]) : LongStream.empty();
    LongStream columns = b.length > 1 ? LongStream.of(b[b.length - 1]) : LongStream.empty();
    long[] own =
        LongStream.concat(Arrays.stream(batches), LongStream.concat(rows, columns)).toArray();
    return Arrays.equals(Shapes.of(gradient), own) ? gradient : gradient.sum_to_size(own);
  }

  private static Tensor left(GradientArguments in, Tensor gradient) {
    Tensor b = in.input(1);
    if (b.dim() == 1) {
      // A vector on the right is a column, whose axis the product lacks.
      return in.summed(gradient.unsqueeze(-1).mul(b), 0);
    }
    Tensor rows = in.input(0).dim() == 1 ? gradient.unsqueeze(-2) : gradient;
    Tensor product = Products.matmul(rows, b.transpose(-2, -1));
    return in.input(0).dim() == 1 ? in.summed(product.squeeze(-2), 0) : in.summed(product, 0);
  }

  private static Tensor right(GradientArguments in, Tensor gradient) {
    Tensor a = in.input(0);
    boolean vector = in.input(1).dim() == 1;
    Tensor columns = vector ? gradient.unsqueeze(-1) : gradient;
    if (a.dim() == 1) {
      a = a.unsqueeze(0);
      columns = vector ? columns.reshape(1, 1) : columns.unsqueeze(-2);
    }
    if (in.input(1).dim() <= 2) {
      // All rows against one matrix: one product, which also sums over the rest of the axes.
      return in.shaped(Products.matmul(rows(a).t(), rows(columns)), 1);
    }
    return in.summed(Products.matmul(a.transpose(-2, -1), columns), 1);
  }

  /** All rows of a value [..., n], in one matrix. */
  private static Tensor rows(Tensor value) {
    long[] dims = Shapes.of(value);
    return value.reshape(Shapes.count(dims, 0, dims.length - 1), dims[dims.length - 1]);
  }

  /**
   * Of alpha A B + beta C, where A or B may be given transposed.
   *
   * @param alpha null if it is 1
   * @param beta null if it is 1
   */
  static Gradient gemm(
      boolean transA, boolean transB, @Nullable Scalar alpha, @Nullable Scalar beta) {
    return Gradient.each(
        Gradient.Reads.INPUTS,
        in -> {
          Tensor g = scaled(in.gradient(), alpha);
          Tensor b = transB ? in.input(1) : in.input(1).t();
          return transA ? Products.matmul(b.t(), g.t()) : Products.matmul(g, b);
        },
        in -> {
          Tensor g = scaled(in.gradient(), alpha);
          Tensor a = transA ? in.input(0) : in.input(0).t();
          return transB ? Products.matmul(g.t(), a.t()) : Products.matmul(a, g);
        },
        in -> in.summed(scaled(in.gradient(), beta), 2));
  }

  private static Tensor scaled(Tensor gradient, @Nullable Scalar factor) {
    return factor == null ? gradient : gradient.mul(factor);
  }

  /**
   * Of products with matrices that stand side by side.
   *
   * @param widths columns of each
   */
  static Gradient joined(long[] widths) {
    return new Gradient(
        Gradient.Reads.INPUTS,
        in -> {
          Tensor together = sideBySide(in, widths);
          return new Tensor[] {
            in.wants(0) ? left(in, together) : null, in.wants(1) ? right(in, together) : null
          };
        });
  }

  private static Tensor sideBySide(GradientArguments in, long[] widths) {
    Tensor x = in.input(0);
    List<Tensor> parts = new ArrayList<>();
    for (int i = 0; i < widths.length; i++) {
      Tensor gradient = in.gradient(i);
      if (gradient == null) {
        long[] dims = Shapes.of(x);
        dims[dims.length - 1] = widths[i];
        gradient = torch.zeros(dims, new TensorOptions(Tensors.type(x)));
      }
      parts.add(gradient);
    }
    return torch.cat(new TensorVector(parts.toArray(Tensor[]::new)), -1);
  }
}
