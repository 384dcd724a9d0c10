package io.hyperdelta.fit;

import io.hyperdelta.graph.TensorValue;
import io.hyperdelta.spec.FitSpec;
import io.hyperdelta.weave.Ensemble;
import io.hyperdelta.weave.Weaving;
import io.hyperdelta.weave.Workload;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The weights that the members of an ensemble are combined with. Stateless. */
final class MemberWeights {
  /**
   * A few numbers on steps as large as all validation rows: many steps, quick ones, and no decay
   * away from what fits.
   */
  private static final FitSpec WEIGHTS_FIT =
      FitSpec.builder()
          .epochs(300)
          .batch(Batching.CHUNK)
          .learningRate(0.05)
          .weightDecay(0)
          .patience(30)
          .build();

  private MemberWeights() {}

  /**
   * Fits the weights on the validation rows: the members have learned the training rows by heart to
   * different degrees, so these would favour whoever did most.
   *
   * @param parameters of the members, as they were fitted
   * @return the weights' logits, by initializer name
   */
  static Map<String, TensorValue> fit(
      Weaving whole,
      TargetStep step,
      TrainingRows rows,
      TrainedTarget target,
      Map<String, TensorValue> parameters) {
    Map<String, TensorValue> all = new LinkedHashMap<>(whole.freshParameters(0));
    all.putAll(parameters);
    int[] validation = rows.split().validation();
    FitRows fitted =
        new FitRows(
            rows.table(),
            rows.labels().values(),
            Batching.perRow(validation, validation, WEIGHTS_FIT.batch()));
    return step.fit(
            whole.fused(all, Workload.MIXED),
            target.output(),
            Training.bindings(target, whole, rows),
            fitted,
            List.of(Ensemble.WEIGHT_LOGITS),
            WEIGHTS_FIT,
            WovenFit.NONE,
            "train weights of members")
        .parameters();
  }

  /** The weights, adding up to 1: equal ones where none were learned. */
  static List<Double> of(int members, Map<String, TensorValue> parameters) {
    TensorValue logits = parameters.get(Ensemble.WEIGHT_LOGITS);
    if (logits == null) {
      return Collections.nCopies(members, 1.0 / members);
    }
    float[] values = logits.floats();
    double max = Double.NEGATIVE_INFINITY;
    for (float logit : values) {
      max = Math.max(max, logit);
    }
    double sum = 0;
    for (float logit : values) {
      sum += Math.exp(logit - max);
    }
    List<Double> weights = new ArrayList<>();
    for (float logit : values) {
      weights.add(Math.exp(logit - max) / sum);
    }
    return weights;
  }
}
