package io.hyperdelta.hypernetwork;

import io.hyperdelta.condition.ColumnInput;
import io.hyperdelta.delta.Adaptation;
import io.hyperdelta.delta.SiteDelta;
import io.hyperdelta.graph.TensorValue;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * Factors that are learned once and the same for all: with full deltas fine-tuning, with low-rank
 * ones LoRA (Hu et al. 2021), with gains IA3 (Liu et al. 2022), with shifts BitFit (Ben Zaken et
 * al. 2022).
 *
 * @param name unique around one target
 * @param adaptations what it adapts
 */
public record SharedSource(String name, List<Adaptation> adaptations) implements Source {
  public SharedSource {
    adaptations = Heads.someAdaptations(name, adaptations);
  }

  @Override
  public int width() {
    return 0;
  }

  @Override
  public Source renamed(String newName, double share) {
    return new SharedSource(newName, Adaptation.times(adaptations, share));
  }

  @Override
  public List<ColumnInput> columns() {
    return List.of();
  }

  /** Heads are float32 {@code [1, elements]}. */
  @Override
  public Map<String, TensorValue> freshParameters(List<SiteDelta> deltas, long seed) {
    return Heads.constant(0).fresh(deltas, new Random(seed));
  }
}
