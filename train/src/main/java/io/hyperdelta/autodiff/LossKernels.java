package io.hyperdelta.autodiff;

import java.util.List;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.bytedeco.pytorch.global.torch.ScalarType;

/** Losses of classes: scores [batch, classes, ...] against targets int32 or int64 [batch, ...]. */
final class LossKernels {
  static final List<Operator> ALL =
      List.of(
          Operator.of("NegativeLogLikelihoodLoss", LossKernels::negativeLogLikelihood),
          Operator.of("SoftmaxCrossEntropyLoss", LossKernels::crossEntropy));

  /** Libtorch wants a class to ignore; no target has this one. */
  private static final long NOTHING = Long.MIN_VALUE;

  private static final int NONE = 0;
  private static final int MEAN = 1;
  private static final int SUM = 2;

  private LossKernels() {}

  private static Kernel negativeLogLikelihood(NodeContext node) {
    Loss loss = loss(node);
    return Kernel.tensor(in -> loss.of(in.tensor(0), in));
  }

  private static Kernel crossEntropy(NodeContext node) {
    Loss loss = loss(node);
    boolean both = node.node().outputs().size() > 1;
    return in -> {
      Tensor logProbabilities = in.tensor(0).log_softmax(1);
      Value value = new Value.Device(loss.of(logProbabilities, in));
      return both ? new Value[] {value, new Value.Device(logProbabilities)} : new Value[] {value};
    };
  }

  /** The loss of logarithms of probabilities against the targets and weights among the inputs. */
  @FunctionalInterface
  private interface Loss {
    Tensor of(Tensor logProbabilities, Arguments in);
  }

  private static Loss loss(NodeContext node) {
    String name = node.node().textAttribute("reduction", "mean");
    int reduction =
        switch (name) {
          case "none" -> NONE;
          case "mean" -> MEAN;
          case "sum" -> SUM;
          default -> throw new UnsupportedNodeException(" with reduction \"" + name + "\"");
        };
    long ignored = node.node().intAttribute("ignore_index", NOTHING);
    if (node.node().hasInput(2) && !node.isConstant(2)) {
      return weighted(node, reduction, ignored);
    }
    NodeContext.OptionalInput weight = node.optional(2);
    return (x, in) ->
        torch.nll_loss_nd(x, in.tensor(1).to(ScalarType.Long), weight.of(in), reduction, ignored);
  }

  /** With weights that move: libtorch's own loss passes no gradient to them. */
  private static Loss weighted(NodeContext node, int reduction, long ignored) {
    Scalar ignoredClass = node.hold(new Scalar(ignored));
    Scalar zero = node.hold(new Scalar(0L));
    return (x, in) -> {
      Tensor target = in.tensor(1).to(ScalarType.Long);
      Tensor kept = target.ne(ignoredClass);
      Tensor classes = torch.where(kept, target, zero);
      Tensor each = in.tensor(2).index_select(0, classes.reshape(-1));
      Tensor weights = each.reshape(Shapes.of(classes)).mul(kept);
      Tensor losses = x.gather(1, classes.unsqueeze(1)).squeeze(1).mul(weights).neg();
      return switch (reduction) {
        case NONE -> losses;
        case SUM -> losses.sum();
        default -> losses.sum().div(weights.sum());
      };
    };
  }
}
