package io.hyperdelta.autodiff;

import java.util.List;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;

/** Steps of optimizers that keep one tensor of state, as ONNX's preview of training has them. */
final class OptimizerKernels {
  private static final String DOMAIN = "ai.onnx.preview.training";

  static final List<Operator> ALL =
      List.of(
          Operator.of("Adagrad", OptimizerKernels::adagrad).in(DOMAIN).withoutGradient(),
          Operator.of("Momentum", OptimizerKernels::momentum).in(DOMAIN).withoutGradient());

  private OptimizerKernels() {}

  /** How one tensor is moved: gives its new value and its new state. */
  @FunctionalInterface
  private interface Rule {
    Tensor[] move(Tensor x, Tensor gradient, Tensor state, double rate, double time);
  }

  /** Rate and time come first, then all tensors, all their gradients, and all their states. */
  private static Kernel each(NodeContext node, Rule rule) {
    int count = node.node().outputs().size() / 2;
    Scalar penalty = node.scalarAttribute("norm_coefficient", 0);
    return in -> {
      double rate = Tensors.doubles(in.tensor(0))[0];
      double time = (double) in.number(1);
      Value[] values = new Value[2 * count];
      for (int i = 0; i < count; i++) {
        Tensor x = in.tensor(2 + i);
        Tensor gradient = in.tensor(2 + count + i).add(x.mul(penalty));
        Tensor[] moved = rule.move(x, gradient, in.tensor(2 + 2 * count + i), rate, time);
        values[i] = new Value.Device(moved[0]);
        values[count + i] = new Value.Device(moved[1]);
      }
      return values;
    };
  }

  private static Kernel adagrad(NodeContext node) {
    double decay = node.node().realAttribute("decay_factor", 0);
    Scalar epsilon = node.scalarAttribute("epsilon", 1e-6f);
    return each(
        node,
        (x, gradient, state, rate, time) -> {
          Tensor squares = state.add(gradient.mul(gradient));
          Tensor move = gradient.div(squares.sqrt().add(epsilon));
          return new Tensor[] {x.sub(move.mul(new Scalar(rate / (1 + time * decay)))), squares};
        });
  }

  private static Kernel momentum(NodeContext node) {
    String mode = node.node().textAttribute("mode", "standard");
    boolean nesterov = mode.equals("nesterov");
    if (!nesterov && !mode.equals("standard")) {
      throw new UnsupportedNodeException(" in mode \"" + mode + "\"");
    }
    Scalar alpha = node.scalarAttribute("alpha", 0);
    Scalar beta = node.scalarAttribute("beta", 0);
    Scalar one = node.scalar(1);
    return each(
        node,
        (x, gradient, state, rate, time) -> {
          Tensor velocity = state.mul(alpha).add(gradient.mul(time > 0 ? beta : one));
          Tensor move = nesterov ? gradient.add(velocity.mul(alpha)) : velocity;
          return new Tensor[] {x.sub(move.mul(new Scalar(rate))), velocity};
        });
  }
}
