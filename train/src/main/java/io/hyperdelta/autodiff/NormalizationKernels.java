package io.hyperdelta.autodiff;

import java.util.Arrays;
import java.util.List;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/** Normalisations. */
final class NormalizationKernels {
  static final List<Operator> ALL =
      List.of(
          Operator.of("LayerNormalization", NormalizationKernels::layerNormalization),
          Operator.of("BatchNormalization", NormalizationKernels::batchNormalization));

  private NormalizationKernels() {}

  static Kernel layerNormalization(NodeContext node) {
    long axisAttribute = node.node().intAttribute("axis", -1);
    double epsilon = node.node().realAttribute("epsilon", 1e-5f);
    boolean statistics = node.node().outputs().size() > 1;
    Scalar epsilonScalar = node.scalar(epsilon);
    NodeContext.OptionalInput scale = node.optional(1);
    NodeContext.OptionalInput shift = node.optional(2);
    return in -> {
      Tensor x = in.tensor(0);
      long[] dims = Shapes.of(x);
      int axis = Shapes.axis(axisAttribute, dims.length);
      long[] normalized = Arrays.copyOfRange(dims, axis, dims.length);
      Tensor y;
      if (fits(in, 1, normalized) && fits(in, 2, normalized)) {
        y = torch.layer_norm(x, normalized, scale.of(in), shift.of(in), epsilon, false);
      } else {
        y = torch.layer_norm(x, normalized, null, null, epsilon, false).mul(in.tensor(1));
        y = in.has(2) ? y.add(in.tensor(2)) : y;
      }
      if (!statistics) {
        return new Value[] {new Value.Device(y)};
      }
      long[] axes = Arrays.copyOfRange(Shapes.allAxes(dims.length), axis, dims.length);
      Tensor mean = ReductionKernels.mean(x, axes, true);
      Tensor centred = x.sub(mean);
      Tensor variance = ReductionKernels.mean(centred.mul(centred), axes, true);
      Tensor inverse = variance.add(epsilonScalar).rsqrt();
      return new Value[] {new Value.Device(y), new Value.Device(mean), new Value.Device(inverse)};
    };
  }

  private static boolean fits(Arguments in, int input, long[] dims) {
    return !in.has(input) || Arrays.equals(in.value(input).dims(), dims);
  }

  private static Kernel batchNormalization(NodeContext node) {
    if (node.node().intAttribute("training_mode", 0) != 0) {
      throw new UnsupportedNodeException(" in training mode");
    }
    double epsilon = node.node().realAttribute("epsilon", 1e-5f);
    Scalar epsilonScalar = node.scalar(epsilon);
    if (node.isConstant(3) && node.isConstant(4)) {
      NodeContext.OptionalInput scale = node.optional(1);
      NodeContext.OptionalInput shift = node.optional(2);
      NodeContext.OptionalInput mean = node.optional(3);
      NodeContext.OptionalInput variance = node.optional(4);
      return Kernel.tensor(
          in ->
              torch.batch_norm(
                  in.tensor(0),
                  scale.of(in),
                  shift.of(in),
                  mean.of(in),
                  variance.of(in),
                  false,
                  0,
                  epsilon,
                  false));
    }
    // libtorch gives running statistics no gradient, so those that move are spelled out.
    return Kernel.tensor(
        in -> {
          Tensor x = in.tensor(0);
          long[] dims = Shapes.of(x);
          Arrays.fill(dims, 1);
          dims[1] = -1;
          Tensor deviation = in.tensor(4).add(epsilonScalar).sqrt().reshape(dims);
          return x.sub(in.tensor(3).reshape(dims))
              .div(deviation)
              .mul(in.tensor(1).reshape(dims))
              .add(in.tensor(2).reshape(dims));
        });
  }
}
