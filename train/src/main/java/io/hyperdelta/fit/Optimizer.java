package io.hyperdelta.fit;

import io.hyperdelta.spec.FitSpec;
import java.util.ArrayList;
import java.util.List;
import org.bytedeco.pytorch.AdamW;
import org.bytedeco.pytorch.AdamWOptions;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * AdamW (Loshchilov and Hutter 2019, algorithm 2) with clipping by the norm of the whole gradient.
 * Only matrices decay: biases and norm scales have no reason to be small.
 */
final class Optimizer {
  private final TensorVector all;
  private final List<AdamW> groups = new ArrayList<>();
  private final double clip;

  Optimizer(List<Tensor> parameters, FitSpec spec) {
    this.clip = spec.clip();
    this.all = new TensorVector(parameters.toArray(new Tensor[0]));
    addGroup(parameters.stream().filter(p -> p.dim() >= 2).toList(), spec.weightDecay());
    addGroup(parameters.stream().filter(p -> p.dim() < 2).toList(), 0);
  }

  private void addGroup(List<Tensor> parameters, double decay) {
    if (!parameters.isEmpty()) {
      AdamWOptions options = new AdamWOptions();
      options.weight_decay().put(decay);
      groups.add(new AdamW(new TensorVector(parameters.toArray(new Tensor[0])), options));
    }
  }

  /** Forgets the last step's gradients. */
  void clear() {
    groups.forEach(group -> group.zero_grad(true));
  }

  /**
   * One update.
   *
   * @return norm of the gradient before clipping
   */
  double step(double learningRate) {
    double norm = torch.clip_grad_norm_(all, clip);
    for (AdamW group : groups) {
      group.param_groups().get(0).options().set_lr(learningRate);
      group.step();
    }
    return norm;
  }
}
