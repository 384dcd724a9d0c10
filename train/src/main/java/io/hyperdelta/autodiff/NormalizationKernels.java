package io.hyperdelta.autodiff;

import java.util.Arrays;
import java.util.List;
import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.LongOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarOptional;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/** Normalisations by what each row itself holds. */
final class NormalizationKernels {
  static final List<Operator> ALL =
      List.of(
          Operator.of("LayerNormalization", NormalizationKernels::layerNormalization),
          Operator.of("RMSNormalization", NormalizationKernels::rmsNormalization),
          Operator.of("GroupNormalization", 18, 20, node -> groupNormalization(node, true)),
          Operator.of("GroupNormalization", 21, node -> groupNormalization(node, false)),
          Operator.of("InstanceNormalization", NormalizationKernels::instanceNormalization),
          Operator.of("LRN", NormalizationKernels::localResponse),
          Operator.of("LpNormalization", NormalizationKernels::lpNormalization),
          Operator.of("MeanVarianceNormalization", NormalizationKernels::meanVariance));

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

  private static Kernel rmsNormalization(NodeContext node) {
    long axisAttribute = node.node().intAttribute("axis", -1);
    DoubleOptional epsilon =
        node.hold(new DoubleOptional(node.node().realAttribute("epsilon", 1e-5f)));
    NodeContext.OptionalInput scale = node.optional(1);
    TensorOptional none = node.hold(new TensorOptional());
    return Kernel.tensor(
        in -> {
          Tensor x = in.tensor(0);
          long[] dims = Shapes.of(x);
          int axis = Shapes.axis(axisAttribute, dims.length);
          long[] normalized = Arrays.copyOfRange(dims, axis, dims.length);
          return fits(in, 1, normalized)
              ? torch.rms_norm(x, normalized, scale.of(in), epsilon)
              : torch.rms_norm(x, normalized, none, epsilon).mul(in.tensor(1));
        });
  }

  private static Kernel groupNormalization(NodeContext node, boolean scaledByGroup) {
    long groups = node.node().intAttribute("num_groups", 1);
    double epsilon = node.node().realAttribute("epsilon", 1e-5f);
    NodeContext.OptionalInput scale = node.optional(1);
    NodeContext.OptionalInput shift = node.optional(2);
    return Kernel.tensor(
        in -> {
          Tensor x = in.tensor(0);
          if (!scaledByGroup) {
            return torch.group_norm(x, groups, scale.of(in), shift.of(in), epsilon, false);
          }
          long each = x.size(1) / groups;
          TensorOptional scales = new TensorOptional(repeated(in.tensor(1), each));
          TensorOptional shifts = new TensorOptional(repeated(in.tensor(2), each));
          return torch.group_norm(x, groups, scales, shifts, epsilon, false);
        });
  }

  private static Tensor repeated(Tensor vector, long each) {
    return vector.repeat_interleave(each, new LongOptional(0), new LongOptional());
  }

  /** One group for each channel. */
  private static Kernel instanceNormalization(NodeContext node) {
    double epsilon = node.node().realAttribute("epsilon", 1e-5f);
    NodeContext.OptionalInput scale = node.optional(1);
    NodeContext.OptionalInput shift = node.optional(2);
    return Kernel.tensor(
        in -> {
          Tensor x = in.tensor(0);
          return torch.group_norm(x, x.size(1), scale.of(in), shift.of(in), epsilon, false);
        });
  }

  private static Kernel localResponse(NodeContext node) {
    long size = node.node().intAttribute("size", 1);
    Scalar alpha = node.scalarAttribute("alpha", 1e-4f);
    Scalar bias = node.scalarAttribute("bias", 1);
    Scalar beta = node.scalarAttribute("beta", 0.75f);
    LongOptional whole = node.hold(new LongOptional());
    long[] window = {size, 1};
    // ONNX puts the larger part of an even window behind the channel, libtorch before it.
    long[] pairs = {0, 0, (size - 1) / 2, size / 2};
    return Kernel.unary(
        x -> {
          long[] dims = Shapes.of(x);
          long rest = Shapes.count(dims, 2, dims.length);
          Tensor squares = x.mul(x).reshape(dims[0], 1, dims[1], rest);
          Tensor mean =
              torch.avg_pool2d(
                  torch.constant_pad_nd(squares, pairs),
                  window,
                  new long[] {1, 1},
                  new long[] {0, 0},
                  false,
                  true,
                  whole);
          return x.div(mean.reshape(dims).mul(alpha).add(bias).pow(beta));
        });
  }

  private static Kernel lpNormalization(NodeContext node) {
    long[] axis = {node.node().intAttribute("axis", -1)};
    ScalarOptional p =
        node.hold(new ScalarOptional(node.scalar((double) node.node().intAttribute("p", 2))));
    Scalar zero = node.scalar(0);
    Scalar one = node.scalar(1);
    return Kernel.unary(
        x -> {
          Tensor norm = x.norm(p, axis, true);
          return x.div(norm.masked_fill(norm.eq(zero), one));
        });
  }

  private static Kernel meanVariance(NodeContext node) {
    long[] attribute = node.node().intsAttribute("axes");
    long[] axes = attribute == null ? new long[] {0, 2, 3} : attribute;
    // ONNX's definition adds it to the deviation, not to the variance.
    Scalar epsilon = node.scalar(1e-9);
    return Kernel.unary(
        x -> {
          Tensor centred = x.sub(ReductionKernels.mean(x, axes, true));
          Tensor variance = ReductionKernels.mean(centred.mul(centred), axes, true);
          return centred.div(variance.sqrt().add(epsilon));
        });
  }
}
