package io.hyperdelta.fit;

import io.hyperdelta.autodiff.Parameters;
import io.hyperdelta.spec.FitSpec;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.pytorch.AdamW;
import org.bytedeco.pytorch.AdamWOptions;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

/**
 * AdamW (Loshchilov and Hutter 2019, algorithm 2) with clipping by the norm of the whole gradient.
 * Only matrices decay: biases and norm scales have no reason to be small. Sources may have learning
 * rates of their own.
 */
final class Optimizer {
  /** What the names of a source's parameters begin with, before the source's name and a slash. */
  private static final String PREFIX = "hyperdelta/";

  /**
   * Parameters that are moved alike.
   *
   * @param ratio their learning rate over that of the fit
   */
  private record Group(AdamW optimizer, double ratio) {}

  private final TensorVector all;
  private final List<Group> groups = new ArrayList<>();
  private final double clip;

  /**
   * Creates the optimizer.
   *
   * @param rates highest learning rates by the names of sources; the others have that of the fit
   */
  Optimizer(Parameters parameters, FitSpec spec, Map<String, Double> rates) {
    this.clip = spec.clip();
    List<Tensor> tensors = parameters.tensors();
    this.all = new TensorVector(tensors.toArray(new Tensor[0]));
    Map<Double, List<Tensor>> byRate = new LinkedHashMap<>();
    for (int i = 0; i < tensors.size(); i++) {
      double rate = rate(parameters.names().get(i), rates, spec.learningRate());
      byRate.computeIfAbsent(rate, key -> new ArrayList<>()).add(tensors.get(i));
    }
    byRate.forEach(
        (rate, some) -> {
          double ratio = rate / spec.learningRate();
          addGroup(some.stream().filter(p -> p.dim() >= 2).toList(), spec.weightDecay(), ratio);
          addGroup(some.stream().filter(p -> p.dim() < 2).toList(), 0, ratio);
        });
  }

  /** A parameter's learning rate: its source's, if that has one. */
  private static double rate(String parameter, Map<String, Double> rates, double otherwise) {
    return rates.entrySet().stream()
        .filter(rate -> parameter.startsWith(PREFIX + rate.getKey() + "/"))
        .findFirst()
        .map(Map.Entry::getValue)
        .orElse(otherwise);
  }

  private void addGroup(List<Tensor> parameters, double decay, double ratio) {
    if (!parameters.isEmpty()) {
      AdamWOptions options = new AdamWOptions();
      options.weight_decay().put(decay);
      AdamW optimizer = new AdamW(new TensorVector(parameters.toArray(new Tensor[0])), options);
      groups.add(new Group(optimizer, ratio));
    }
  }

  /** Forgets the last step's gradients. */
  void clear() {
    groups.forEach(group -> group.optimizer().zero_grad(true));
  }

  /**
   * One update.
   *
   * @param learningRate of the parameters that have no other
   * @return norm of the gradient before clipping
   */
  double step(double learningRate) {
    double norm = torch.clip_grad_norm_(all, clip);
    for (Group group : groups) {
      group.optimizer().param_groups().get(0).options().set_lr(learningRate * group.ratio());
      group.optimizer().step();
    }
    return norm;
  }
}
