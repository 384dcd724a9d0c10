package io.hyperdelta.fit;

import io.hyperdelta.autodiff.Parameters;
import io.hyperdelta.spec.FitSpec;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.pytorch.NoGradGuard;
import org.bytedeco.pytorch.Tensor;

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
   * @param leaves their places among all
   * @param ratio their learning rate over that of the fit
   */
  private record Group(List<Integer> leaves, FusedAdamW optimizer, double ratio) {}

  /** What parameters have in common that are moved alike. */
  private record Alike(double rate, double decay) {}

  /** Keeps the quotient by which gradients are made shorter finite, as in libtorch. */
  private static final double EPSILON = 1e-6;

  private final List<Group> groups = new ArrayList<>();
  private final double clip;

  /**
   * Creates the optimizer.
   *
   * @param parameters of a program that keeps apart what {@link #rate} tells apart
   * @param rates highest learning rates by the names of sources; the others have that of the fit
   */
  Optimizer(Parameters parameters, FitSpec spec, Map<String, Double> rates) {
    this.clip = spec.clip();
    List<Parameters.Leaf> leaves = parameters.leaves();
    Map<Alike, List<Integer>> alike = new LinkedHashMap<>();
    for (int i = 0; i < leaves.size(); i++) {
      Parameters.Leaf leaf = leaves.get(i);
      // A program may keep a vector as a matrix.
      double decay = leaf.rank() >= 2 ? spec.weightDecay() : 0;
      Alike kind = new Alike(rate(leaf.names().get(0), rates, spec.learningRate()), decay);
      alike.computeIfAbsent(kind, key -> new ArrayList<>()).add(i);
    }
    alike.forEach(
        (kind, some) -> {
          List<Tensor> moved = some.stream().map(i -> leaves.get(i).tensor()).toList();
          groups.add(
              new Group(
                  some, new FusedAdamW(moved, kind.decay()), kind.rate() / spec.learningRate()));
        });
  }

  /** A parameter's learning rate: its source's, if that has one. */
  static double rate(String parameter, Map<String, Double> rates, double otherwise) {
    return rates.entrySet().stream()
        .filter(rate -> parameter.startsWith(PREFIX + rate.getKey() + "/"))
        .findFirst()
        .map(Map.Entry::getValue)
        .orElse(otherwise);
  }

  /**
   * One update.
   *
   * @param shards gradients of the shards of a batch, whose sum is the gradient: from each shard
   *     one for each leaf, undefined where none reaches it. They are overwritten
   * @param learningRate of the parameters that have no other
   * @return norm of the gradient before clipping; if it is not finite, nothing was moved
   */
  @SuppressWarnings("try") // the guard works by being open
  double step(List<List<Tensor>> shards, double learningRate) {
    try (NoGradGuard guard = new NoGradGuard()) {
      List<Tensor> gradients = shards.get(0);
      shards.subList(1, shards.size()).forEach(shard -> add(shard, gradients));
      double norm = norm(gradients);
      // Gradients are made shorter where they are read anyway, and left alone where they are short.
      double divisor = Math.max(1, (norm + EPSILON) / clip);
      if (Double.isFinite(norm)) {
        for (Group group : groups) {
          List<Tensor> own = group.leaves().stream().map(gradients::get).toList();
          group.optimizer().step(own, learningRate * group.ratio(), divisor);
        }
      }
      return norm;
    }
  }

  /** Adds a shard's gradients; the same leaves are reached in all shards. */
  private static void add(List<Tensor> shard, List<Tensor> sums) {
    for (int i = 0; i < shard.size(); i++) {
      if (shard.get(i).defined()) {
        sums.get(i).add_(shard.get(i));
      }
    }
  }

  private static double norm(List<Tensor> gradients) {
    double squares = 0;
    try (PointerScope own = new PointerScope()) {
      for (Tensor gradient : gradients) {
        if (gradient.defined()) {
          double length = gradient.norm().item_double();
          squares += length * length;
        }
      }
    }
    return Math.sqrt(squares);
  }
}
