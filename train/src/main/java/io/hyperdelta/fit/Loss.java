package io.hyperdelta.fit;

import io.hyperdelta.autodiff.Tensors;
import io.hyperdelta.spec.Objective;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.Tensor;
import org.bytedeco.pytorch.global.torch;

/**
 * What fitting minimises, as a mean over rows. Errors of numbers are measured in standard
 * deviations of the label, so that learning rates and clipping mean the same whatever the label's
 * unit.
 */
final class Loss {
  private final Objective objective;
  private final double scale;

  /**
   * Creates the loss.
   *
   * @param deviation standard deviation of the label
   */
  Loss(Objective objective, double deviation) {
    this.objective = objective;
    this.scale = 1 / deviation;
  }

  /** Labels as a tensor: float32 {@code [rows]}, or int64 class indices. */
  Tensor labels(double[] labels) {
    if (objective == Objective.CROSS_ENTROPY) {
      long[] indices = new long[labels.length];
      for (int i = 0; i < indices.length; i++) {
        indices[i] = (long) labels[i];
      }
      return Tensors.ofLongs(indices, indices.length);
    }
    float[] numbers = new float[labels.length];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = (float) labels[i];
    }
    return Tensors.ofFloats(numbers, numbers.length);
  }

  /**
   * The mean loss.
   *
   * @param prediction float32 {@code [rows]} or {@code [rows, 1]}, or logits {@code [rows,
   *     classes]}
   * @param labels as {@link #labels} makes them
   * @return float32 []
   */
  Tensor of(Tensor prediction, Tensor labels) {
    return switch (objective) {
      case MSE -> torch.mse_loss(scaled(prediction.reshape(-1)), scaled(labels));
      case HUBER -> torch.huber_loss(scaled(prediction.reshape(-1)), scaled(labels));
      case BCE -> torch.binary_cross_entropy_with_logits(prediction.reshape(-1), labels);
      case CROSS_ENTROPY -> torch.cross_entropy_loss(prediction, labels);
    };
  }

  private Tensor scaled(Tensor x) {
    return scale == 1 ? x : x.mul(new Scalar(scale));
  }
}
