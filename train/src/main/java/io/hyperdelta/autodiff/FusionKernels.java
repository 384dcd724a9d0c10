package io.hyperdelta.autodiff;

import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/** The nodes that {@link Fusion} makes. */
final class FusionKernels {
  static final List<Operator> ALL =
      List.of(
          Operator.of("Linear", FusionKernels::linear).in(Fusion.DOMAIN).withExpendableOutputs(),
          Operator.of("AddedProduct", FusionKernels::addedProduct)
              .in(Fusion.DOMAIN)
              .withExpendableOutputs(),
          Operator.of("JoinedProducts", FusionKernels::joinedProducts).in(Fusion.DOMAIN),
          Operator.of("Attention", FusionKernels::attention).in(Fusion.DOMAIN));

  /**
   * Up to here softmax and products are computed one after another where something is masked, which
   * is exact to a unit or two in the last place. libtorch's own attention approximates the
   * exponential with an error of 20 such units, which grows where a query is padding; it takes half
   * to two thirds of the time at 64 keys, less at more, and keeps no scores.
   */
  private static final long MAX_EXACT_KEYS = 128;

  private FusionKernels() {}

  /** x, weight [in, out], bias [out]. */
  private static Kernel linear(NodeContext node) {
    LinearLayer layer = new LinearLayer(node, 1, 2, false);
    return Kernel.tensor(
            in -> {
              Tensor x = in.tensor(0);
              return x.dim() >= 2 ? layer.apply(x, in) : x.matmul(in.tensor(1)).add(in.tensor(2));
            })
        .with(ProductGradients.PRODUCT);
  }

  /** a [..., n, m], b [..., m, p], and a value that is added to their product. */
  private static Kernel addedProduct(NodeContext node) {
    return Kernel.tensor(in -> Products.plus(in.tensor(2), in.tensor(0), in.tensor(1)))
        .with(ProductGradients.PRODUCT);
  }

  /** x [..., in], several matrices side by side [in, sum of widths]: a product with each. */
  private static Kernel joinedProducts(NodeContext node) {
    long[] widths = Objects.requireNonNull(node.node().intsAttribute(JoinedParameters.WIDTHS));
    Kernel kernel =
        in -> {
          TensorVector parts =
              Products.matmul(in.tensor(0), in.tensor(1)).split_with_sizes(widths, -1);
          Value[] products = new Value[widths.length];
          for (int i = 0; i < products.length; i++) {
            // The vector's own handles go with it.
            products[i] = new Value.Device(new Tensor(parts.get(i)));
          }
          return products;
        };
    return kernel.with(ProductGradients.joined(widths));
  }

  /** q [b, h, n, d], transposed k [b, h, d, m], v [b, h, m, e], and a mask to add, if any. */
  private static Kernel attention(NodeContext node) {
    float number = node.node().realAttribute("scale", 1);
    DoubleOptional scale = node.hold(new DoubleOptional(number));
    Scalar factor = node.scalar(number);
    TensorOptional none = node.hold(new TensorOptional());
    NodeContext.OptionalInput mask = node.optional(3);
    return Kernel.tensor(
        in -> {
          Tensor q = in.tensor(0);
          Tensor k = in.tensor(1);
          Tensor v = in.tensor(2);
          if (isPlain(in)) {
            boolean many = k.size(-1) > MAX_EXACT_KEYS;
            boolean masked = in.has(3) && (many || doesSomething(in.tensor(3)));
            if (many || !masked) {
              TensorOptional addend = masked ? mask.of(in) : none;
              return Products.inFloat32(
                  torch.scaled_dot_product_attention(
                      q, k.transpose(-2, -1), v, addend, 0, false, scale, false));
            }
          }
          Tensor scores = Products.matmul(q.mul(factor), k);
          Tensor shifted = in.has(3) ? scores.add(in.tensor(3)) : scores;
          return Products.matmul(shifted.softmax(-1), v);
        });
  }

  /** Whether a mask changes scores, or may learn to. */
  private static boolean doesSomething(Tensor mask) {
    return mask.requires_grad() || mask.any().item_bool();
  }

  /** Whether libtorch's own attention takes these shapes. */
  private static boolean isPlain(Arguments in) {
    long[] q = in.value(0).dims();
    long[] k = in.value(1).dims();
    long[] v = in.value(2).dims();
    if (q.length != 4 || k.length != 4 || v.length != 4 || v[3] != q[3]) {
      return false;
    }
    boolean batches = Arrays.equals(q, 0, 2, k, 0, 2) && Arrays.equals(q, 0, 2, v, 0, 2);
    return batches && (!in.has(3) || spreads(in.value(3).dims(), q[0], q[1], q[2], k[3]));
  }

  /** Whether a value of some shape, spread over these axes, has them. */
  private static boolean spreads(long[] dims, long... axes) {
    return dims.length == axes.length
        && IntStream.range(0, axes.length).allMatch(i -> dims[i] == 1 || dims[i] == axes[i]);
  }
}
