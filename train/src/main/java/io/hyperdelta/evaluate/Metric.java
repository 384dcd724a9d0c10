package io.hyperdelta.evaluate;

import io.hyperdelta.spec.Objective;

/**
 * How good predictions are, as a function of the mean of one score per row, so that intervals can
 * be had by resampling rows.
 */
public enum Metric {
  /** Square root of the mean squared error, in the label's unit; lower is better. */
  RMSE("rmse") {
    @Override
    double score(float[] prediction, double label) {
      double error = prediction[0] - label;
      return error * error;
    }

    @Override
    double ofMean(double mean) {
      return Math.sqrt(mean);
    }
  },
  /** Mean negative log-likelihood in nats of a label 0 or 1, from its logit; lower is better. */
  BINARY_LOG_LOSS("log-loss") {
    @Override
    double score(float[] prediction, double label) {
      double logit = prediction[0];
      // log(1 + exp(-|x|)) does not overflow.
      return Math.max(logit, 0) - logit * label + Math.log1p(Math.exp(-Math.abs(logit)));
    }
  },
  /** Mean negative log-likelihood in nats of a class, from the logits of all; lower is better. */
  LOG_LOSS("log-loss") {
    @Override
    double score(float[] prediction, double label) {
      double max = Double.NEGATIVE_INFINITY;
      for (float logit : prediction) {
        max = Math.max(max, logit);
      }
      double sum = 0;
      for (float logit : prediction) {
        sum += Math.exp(logit - max);
      }
      return max + Math.log(sum) - prediction[(int) label];
    }
  };

  private final String key;

  Metric(String key) {
    this.key = key;
  }

  /** The metric's name in metrics.json. */
  public String key() {
    return key;
  }

  /**
   * One row's score.
   *
   * @param prediction the row's outputs
   * @param label a number, or the index of a class
   */
  abstract double score(float[] prediction, double label);

  /** The metric of a mean score. */
  double ofMean(double mean) {
    return mean;
  }

  /** The metric of some rows. */
  public double of(float[][] predictions, double[] labels) {
    double sum = 0;
    for (int row = 0; row < labels.length; row++) {
      sum += score(predictions[row], labels[row]);
    }
    return ofMean(sum / labels.length);
  }

  /** The metric that tells what an objective is after. */
  public static Metric of(Objective objective) {
    return switch (objective) {
      case MSE, HUBER -> RMSE;
      case BCE -> BINARY_LOG_LOSS;
      case CROSS_ENTROPY -> LOG_LOSS;
    };
  }
}
