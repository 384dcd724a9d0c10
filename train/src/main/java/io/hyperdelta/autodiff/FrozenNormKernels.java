package io.hyperdelta.autodiff;

import io.hyperdelta.graph.Node;
import java.util.List;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.jspecify.annotations.Nullable;

/** The nodes that {@link FrozenNormPattern} makes. */
final class FrozenNormKernels {
  static final List<Operator> ALL =
      List.of(
          Operator.of("NormalizedConv", FrozenNormKernels::convolution)
              .in(Fusion.DOMAIN)
              .thatConvolves()
              .withExpendableOutputs(),
          Operator.of("NormalizedProduct", FrozenNormKernels::product).in(Fusion.DOMAIN));

  private FrozenNormKernels() {}

  /**
   * A frozen normalisation.
   *
   * @param scale float [channels], what each channel is multiplied with
   * @param shift float [channels], what is added then
   */
  private record Norm(Tensor scale, Tensor shift) {
    /**
     * Reads the scale, offset, mean and variance of a node.
     *
     * @param first the input that is the scale
     * @param bias what is added before the normalisation, if anything
     */
    @SuppressWarnings("try") // guards and scopes work by being open
    static Norm of(NodeContext node, int first, @Nullable Tensor bias) {
      try (NoGradGuard frozen = new NoGradGuard();
          PointerScope scope = new PointerScope()) {
        double epsilon = node.node().realAttribute("epsilon", 1e-5f);
        Tensor deviation = known(node, first + 3).add(new Scalar(epsilon)).sqrt();
        Tensor scale = known(node, first).div(deviation);
        Tensor mean = known(node, first + 2);
        Tensor centre = bias == null ? mean : mean.sub(bias);
        Tensor shift = known(node, first + 1).sub(centre.mul(scale));
        return new Norm(node.hold(scale), node.hold(shift));
      }
    }
  }

  private static Tensor known(NodeContext node, int input) {
    if (node.isConstant(input) && node.known()[input] instanceof Value.Device device) {
      return device.tensor();
    }
    throw new IllegalStateException("A frozen normalisation has numbers that change.");
  }

  /** x, weight, bias if any, then scale, offset, mean and variance: one convolution. */
  @SuppressWarnings("try") // guards and scopes work by being open
  private static Kernel convolution(NodeContext node) {
    Tensor weight = known(node, 1);
    Norm norm = Norm.of(node, 3, node.node().hasInput(2) ? known(node, 2) : null);
    Tensor folded;
    try (NoGradGuard frozen = new NoGradGuard();
        PointerScope scope = new PointerScope()) {
      Tensor scale = ConvolutionKernels.perChannel(norm.scale(), (int) weight.dim(), 0);
      folded = node.hold(weight.mul(scale));
    }
    TensorOptional bias = node.hold(new TensorOptional(norm.shift()));
    SlidingWindow window = SlidingWindow.of(node);
    long group = node.node().intAttribute("group", 1);
    return Kernel.tensor(
        in -> ConvolutionKernels.convolution(window, in.tensor(0), folded, bias, group));
  }

  /**
   * Kernels [K, 1, out, in], pixels [K, m, in, p], the result's shape, then scale, offset, mean and
   * variance. The kernels, which are small, are scaled instead of what they make. If the result's
   * channels are not the units of the kernels, the nodes mean something else and are run one after
   * another.
   */
  private static Kernel product(NodeContext node) {
    Node attributes = node.node();
    Norm norm = Norm.of(node, 3, null);
    boolean activated = attributes.intAttribute("activated", 0) != 0;
    boolean allowZero = attributes.intAttribute("allowzero", 0) != 0;
    return Kernel.tensor(
        in -> {
          Tensor kernels = in.tensor(0);
          Tensor pixels = in.tensor(1);
          if (areConditions(kernels, pixels)) {
            long[] made = Shapes.of(pixels);
            made[2] = kernels.size(2);
            long[] dims = Shapes.reshape(made, in.longs(2), allowZero);
            if (areImages(dims, made)) {
              Tensor y = images(kernels, pixels, norm);
              if (activated) {
                y.relu_();
              }
              return y.reshape(dims);
            }
          }
          Tensor y = Products.matmul(kernels, pixels);
          y = y.reshape(Shapes.reshape(Shapes.of(y), in.longs(2), allowZero));
          int rank = (int) y.dim();
          y = y.mul(ConvolutionKernels.perChannel(norm.scale(), rank, 1));
          y = y.add(ConvolutionKernels.perChannel(norm.shift(), rank, 1));
          return activated ? y.relu() : y;
        });
  }

  /** Whether a kernel for each condition, or one for all, meets the condition's images. */
  private static boolean areConditions(Tensor kernels, Tensor pixels) {
    return kernels.dim() == 4
        && pixels.dim() == 4
        && kernels.size(1) == 1
        && (kernels.size(0) == pixels.size(0) || kernels.size(0) == 1);
  }

  /** Whether a product [K, m, out, p] becomes images [K m, out, ...]. */
  private static boolean areImages(long[] dims, long[] made) {
    return dims.length > 2 && dims[1] == made[2] && Shapes.count(dims, 2, dims.length) == made[3];
  }

  /** [K, m, out, p], in memory of its own. */
  private static Tensor images(Tensor kernels, Tensor pixels, Norm norm) {
    Tensor scaled = kernels.mul(ConvolutionKernels.perChannel(norm.scale(), 4, 2));
    if (pixels.size(1) == 1 && kernels.size(0) == pixels.size(0)) {
      Tensor shift = ConvolutionKernels.perChannel(norm.shift(), 3, 1);
      Tensor each = scaled.squeeze(1);
      Tensor own = pixels.squeeze(1);
      return Products.baddbmm(shift, each, own);
    }
    return Products.matmul(scaled, pixels).add(ConvolutionKernels.perChannel(norm.shift(), 4, 2));
  }
}
