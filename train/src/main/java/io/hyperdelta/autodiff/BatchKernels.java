package io.hyperdelta.autodiff;

import io.hyperdelta.graph.Node;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.global.torch;

/** Normalisation by statistics of batches: of past ones, or in training mode of this one. */
final class BatchKernels {
  /** From this version on an attribute says whether a node trains. */
  private static final int FIRST_WITH_TRAINING_MODE = 14;

  static final List<Operator> ALL =
      List.of(Operator.of("BatchNormalization", BatchKernels::batchNormalization));

  private BatchKernels() {}

  private static Kernel batchNormalization(NodeContext node) {
    boolean spatial = node.node().intAttribute("spatial", 1) != 0;
    if (isTraining(node)) {
      if (!spatial) {
        throw new UnsupportedNodeException(" in training mode with spatial 0");
      }
      return training(node);
    }
    if (!spatial) {
      return perElement(node);
    }
    return node.isConstant(3) && node.isConstant(4) ? frozen(node) : moving(node);
  }

  /** Older versions tell it by wanting the new statistics. */
  private static boolean isTraining(NodeContext node) {
    Node given = node.node();
    return node.opset() >= FIRST_WITH_TRAINING_MODE
        ? given.intAttribute("training_mode", 0) != 0
        : IntStream.range(1, given.outputs().size())
            .anyMatch(i -> !given.outputs().get(i).isEmpty());
  }

  private static double epsilon(NodeContext node) {
    return node.node().realAttribute("epsilon", 1e-5f);
  }

  private static Kernel frozen(NodeContext node) {
    double epsilon = epsilon(node);
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

  /** libtorch gives running statistics no gradient, so those that move are spelled out. */
  private static Kernel moving(NodeContext node) {
    Scalar epsilon = node.scalar(epsilon(node));
    return Kernel.tensor(
        in -> {
          Tensor x = in.tensor(0);
          long[] dims = Shapes.of(x);
          Arrays.fill(dims, 1);
          dims[1] = -1;
          Tensor deviation = in.tensor(4).add(epsilon).sqrt().reshape(dims);
          return x.sub(in.tensor(3).reshape(dims))
              .div(deviation)
              .mul(in.tensor(1).reshape(dims))
              .add(in.tensor(2).reshape(dims));
        });
  }

  /** Statistics for each element of a row, as versions before 9 allow. */
  private static Kernel perElement(NodeContext node) {
    Scalar epsilon = node.scalar(epsilon(node));
    return Kernel.tensor(
        in ->
            in.tensor(0)
                .sub(in.tensor(3))
                .div(in.tensor(4).add(epsilon).sqrt())
                .mul(in.tensor(1))
                .add(in.tensor(2)));
  }

  private static Kernel training(NodeContext node) {
    double epsilon = epsilon(node);
    float momentum = node.node().realAttribute("momentum", 0.9f);
    Scalar old = node.scalar(momentum);
    Scalar fresh = node.scalar(1 - (double) momentum);
    int outputs = node.node().outputs().size();
    NodeContext.OptionalInput scale = node.optional(1);
    NodeContext.OptionalInput shift = node.optional(2);
    TensorOptional none = node.hold(new TensorOptional());
    return in -> {
      Tensor x = in.tensor(0);
      Tensor y =
          torch.batch_norm(x, scale.of(in), shift.of(in), none, none, true, 0, epsilon, false);
      if (outputs == 1) {
        return new Value[] {new Value.Device(y)};
      }
      long[] axes = IntStream.range(0, (int) x.dim()).filter(i -> i != 1).asLongStream().toArray();
      Tensor kept = ReductionKernels.mean(x, axes, true);
      Tensor mean = kept.reshape(-1);
      Tensor centred = x.sub(kept);
      Tensor variance = ReductionKernels.mean(centred.mul(centred), axes, false);
      Value[] all = {
        new Value.Device(y),
        new Value.Device(in.tensor(3).mul(old).add(mean.mul(fresh))),
        new Value.Device(in.tensor(4).mul(old).add(variance.mul(fresh))),
        new Value.Device(mean),
        new Value.Device(variance)
      };
      return Arrays.copyOf(all, outputs);
    };
  }
}
