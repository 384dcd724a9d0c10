package io.hyperdelta.autodiff;

import org.bytedeco.pytorch.GradMode;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;
import org.jspecify.annotations.Nullable;

/**
 * The product of values with a weight, plus a bias. Large products of float32 go to {@link OneDnn}
 * where it is faster than the library that libtorch calls. Thread-safe.
 */
final class LinearLayer {
  private final NodeContext node;
  private final int weightInput;
  private final int biasInput;
  private final boolean outFirst;
  private final NodeContext.OptionalInput bias;
  private final long minPackedProducts;
  private final long minCopiedProducts;
  private @Nullable Tensor turned;
  private @Nullable Tensor packed;

  /**
   * The layer of a node.
   *
   * @param weightInput position of the weight, float [in, out]
   * @param biasInput position of the bias, float [out], which the node may lack
   * @param outFirst whether the weight is [out, in] instead
   */
  LinearLayer(NodeContext node, int weightInput, int biasInput, boolean outFirst) {
    this.node = node;
    this.weightInput = weightInput;
    this.biasInput = biasInput;
    this.outFirst = outFirst;
    this.bias = node.optional(biasInput);
    this.minPackedProducts = Engine.blas().minPacked();
    this.minCopiedProducts = Engine.blas().minCopied();
  }

  /**
   * Multiplies.
   *
   * @param x float [..., in], two axes or more
   * @param in the node's inputs
   * @return float [..., out]
   */
  Tensor apply(Tensor x, Arguments in) {
    Tensor weight = in.tensor(weightInput);
    long columns = weight.size(outFirst ? 0 : 1);
    long products = x.numel() * columns;
    if (OneDnn.isAvailable() && !Products.areReduced(products) && isSingle(x) && isSingle(weight)) {
      if (products >= minPackedProducts && node.isConstant(weightInput) && !needsGradient(x, in)) {
        return OneDnn.linear(x, packed(weight), in.has(biasInput) ? in.tensor(biasInput) : null);
      }
      if (products >= minCopiedProducts && !Team.isMember()) {
        return copied(x, weight, in);
      }
    }
    return plain(x, weight, in);
  }

  private Tensor plain(Tensor x, Tensor weight, Arguments in) {
    Tensor given = in.has(biasInput) ? in.tensor(biasInput) : null;
    if (outFirst) {
      return Products.linear(x, weight, given);
    }
    if (given == null) {
      return Products.matmul(x, weight);
    }
    return x.dim() == 2 ? Products.addmm(given, x, weight) : Products.linear(x, weight.t(), given);
  }

  private static boolean isSingle(Tensor tensor) {
    return Tensors.type(tensor) == ScalarType.Float;
  }

  /** Whether autograd must see the product; the weight is frozen. */
  private boolean needsGradient(Tensor x, Arguments in) {
    return GradMode.is_enabled()
        && (x.requires_grad() || (in.has(biasInput) && in.tensor(biasInput).requires_grad()));
  }

  private synchronized Tensor packed(Tensor weight) {
    Tensor known = packed;
    if (known == null) {
      Tensor outIn = outFirst ? weight.contiguous() : weight.t().contiguous();
      known = node.hold(OneDnn.packed(outIn));
      packed = known;
    }
    return known;
  }

  private Tensor copied(Tensor x, Tensor weight, Arguments in) {
    long[] dims = Shapes.of(x);
    Tensor rows = dims.length == 2 ? x : x.reshape(-1, dims[dims.length - 1]);
    Tensor product =
        torch.mkldnn_linear(rows.contiguous().to_mkldnn(), outIn(weight), bias.of(in)).to_dense();
    if (dims.length == 2) {
      return product;
    }
    dims[dims.length - 1] = product.size(1);
    return product.reshape(dims);
  }

  /** The weight as oneDNN wants it, turned once if it never changes. */
  private Tensor outIn(Tensor weight) {
    if (outFirst) {
      return weight.contiguous();
    }
    return node.isConstant(weightInput) ? turned(weight) : weight.t().contiguous();
  }

  private synchronized Tensor turned(Tensor weight) {
    Tensor known = turned;
    if (known == null) {
      known = node.hold(weight.t().contiguous());
      turned = known;
    }
    return known;
  }
}
