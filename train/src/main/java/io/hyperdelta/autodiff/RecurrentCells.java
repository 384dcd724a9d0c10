package io.hyperdelta.autodiff;

import java.util.List;
import java.util.function.UnaryOperator;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;
import org.jspecify.annotations.Nullable;

/** The cells with everything that ONNX lets them have; f, g and h are ONNX's names. */
final class RecurrentCells {
  private RecurrentCells() {}

  /** Bounds what activations get, if the node asks for it. */
  static UnaryOperator<Tensor> clip(NodeContext node) {
    if (!node.node().attributes().containsKey("clip")) {
      return x -> x;
    }
    double bound = node.node().realAttribute("clip", 0);
    Scalar low = node.scalar(-bound);
    Scalar high = node.scalar(bound);
    return x -> torch.hardtanh(x, low, high);
  }

  static RecurrentCell.Maker rnn(NodeContext node, List<List<NamedActivation>> activations) {
    UnaryOperator<Tensor> clip = clip(node);
    return (direction, weights) ->
        new Rnn(weights, weights.r().t(), activations.get(direction).get(0), clip);
  }

  static RecurrentCell.Maker gru(NodeContext node, List<List<NamedActivation>> activations) {
    UnaryOperator<Tensor> clip = clip(node);
    boolean linearFirst = node.node().intAttribute("linear_before_reset", 0) != 0;
    return (direction, weights) -> {
      NamedActivation f = activations.get(direction).get(0);
      NamedActivation g = activations.get(direction).get(1);
      long hidden = weights.hidden();
      return linearFirst
          ? new LinearFirstGru(weights, f, g, clip)
          : new Gru(
              weights,
              weights.r().narrow(0, 0, 2 * hidden).t(),
              weights.r().narrow(0, 2 * hidden, hidden).t(),
              f,
              g,
              clip);
    };
  }

  static RecurrentCell.Maker lstm(NodeContext node, List<List<NamedActivation>> activations) {
    UnaryOperator<Tensor> clip = clip(node);
    boolean coupled = node.node().intAttribute("input_forget", 0) != 0;
    Scalar one = node.scalar(1);
    return (direction, weights) ->
        new Lstm(weights, weights.r().t(), activations.get(direction), clip, coupled ? one : null);
  }

  private record Rnn(
      Weights weights, Tensor recurrence, NamedActivation f, UnaryOperator<Tensor> clip)
      implements RecurrentCell {
    @Override
    public Tensor project(Tensor x) {
      return Products.linear(x, weights.w(), weights.bias());
    }

    @Override
    public Tensor[] step(Tensor projected, Tensor[] state) {
      return new Tensor[] {f.apply(clip.apply(Products.addmm(projected, state[0], recurrence)))};
    }
  }

  /** The state passes the reset gate first, then the linear map. */
  private record Gru(
      Weights weights,
      Tensor gates,
      Tensor candidate,
      NamedActivation f,
      NamedActivation g,
      UnaryOperator<Tensor> clip)
      implements RecurrentCell {
    @Override
    public Tensor project(Tensor x) {
      return Products.linear(x, weights.w(), weights.bias());
    }

    @Override
    public Tensor[] step(Tensor projected, Tensor[] state) {
      Tensor h = state[0];
      long hidden = weights.hidden();
      Tensor zr = f.apply(clip.apply(Products.addmm(projected.narrow(1, 0, 2 * hidden), h, gates)));
      Tensor reset = zr.narrow(1, hidden, hidden).mul(h);
      Tensor fresh =
          g.apply(
              clip.apply(
                  Products.addmm(projected.narrow(1, 2 * hidden, hidden), reset, candidate)));
      return new Tensor[] {torch.lerp(fresh, h, zr.narrow(1, 0, hidden))};
    }
  }

  /** The state passes the linear map first, then the reset gate. */
  private record LinearFirstGru(
      Weights weights, NamedActivation f, NamedActivation g, UnaryOperator<Tensor> clip)
      implements RecurrentCell {
    @Override
    public Tensor project(Tensor x) {
      return Products.linear(x, weights.w(), weights.inputBias());
    }

    @Override
    public Tensor[] step(Tensor projected, Tensor[] state) {
      Tensor h = state[0];
      long hidden = weights.hidden();
      Tensor mapped = Products.linear(h, weights.r(), weights.stateBias());
      Tensor zr =
          f.apply(
              clip.apply(projected.narrow(1, 0, 2 * hidden).add(mapped.narrow(1, 0, 2 * hidden))));
      Tensor fresh =
          g.apply(
              clip.apply(
                  torch.addcmul(
                      projected.narrow(1, 2 * hidden, hidden),
                      zr.narrow(1, hidden, hidden),
                      mapped.narrow(1, 2 * hidden, hidden))));
      return new Tensor[] {torch.lerp(fresh, h, zr.narrow(1, 0, hidden))};
    }
  }

  /**
   * The LSTM.
   *
   * @param activations f, g and h
   * @param one 1 if the forget gate is what the input gate leaves, else null
   */
  private record Lstm(
      Weights weights,
      Tensor recurrence,
      List<NamedActivation> activations,
      UnaryOperator<Tensor> clip,
      @Nullable Scalar one)
      implements RecurrentCell {
    @Override
    public Tensor project(Tensor x) {
      return Products.linear(x, weights.w(), weights.bias());
    }

    @Override
    public Tensor[] step(Tensor projected, Tensor[] state) {
      Tensor cell = state[1];
      Tensor gates = Products.addmm(projected, state[0], recurrence);
      Tensor in = gate(gates, 0, 0, cell);
      Tensor forget = one == null ? gate(gates, 2, 2, cell) : in.neg().add(one);
      Tensor fresh = activations.get(1).apply(clip.apply(part(gates, 3)));
      Tensor nextCell = torch.addcmul(forget.mul(cell), in, fresh);
      Tensor out = gate(gates, 1, 1, nextCell);
      return new Tensor[] {out.mul(activations.get(2).apply(nextCell)), nextCell};
    }

    private Tensor gate(Tensor gates, int gate, int peephole, Tensor cell) {
      Tensor sum = part(gates, gate);
      if (weights.peepholes() != null) {
        long hidden = weights.hidden();
        Tensor weight = weights.peepholes().narrow(0, peephole * hidden, hidden);
        sum = torch.addcmul(sum, weight, cell);
      }
      return activations.get(0).apply(clip.apply(sum));
    }

    private Tensor part(Tensor gates, int gate) {
      return gates.narrow(1, gate * weights.hidden(), weights.hidden());
    }
  }
}
