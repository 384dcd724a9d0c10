package io.hyperdelta.hypernetwork;

import io.hyperdelta.condition.Categories;
import io.hyperdelta.condition.ColumnInput;
import io.hyperdelta.delta.Adaptation;
import io.hyperdelta.delta.SiteDelta;
import io.hyperdelta.graph.TensorValue;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * Factors that are learned, one entry for each known context. An entry is what all contexts share
 * plus what is the context's own, so that contexts with few rows stay near the others, and an
 * unknown context gets the shared part. With low-rank deltas: one LoRA per tenant.
 *
 * @param name unique around one target
 * @param column that names the context
 * @param contexts the known ones
 * @param adaptations what it adapts
 */
public record ContextTable(
    String name, String column, Categories contexts, List<Adaptation> adaptations)
    implements Source {
  public ContextTable {
    adaptations = Heads.someAdaptations(name, adaptations);
  }

  @Override
  public int width() {
    return contexts.count();
  }

  @Override
  public Source renamed(String newName, double share) {
    return new ContextTable(newName, column, contexts, Adaptation.times(adaptations, share));
  }

  @Override
  public List<ColumnInput> columns() {
    return List.of(ColumnInput.text(column, contexts));
  }

  /** Heads are float32 {@code [contexts + 1, elements]}; the last row is the shared part. */
  @Override
  public Map<String, TensorValue> freshParameters(List<SiteDelta> deltas, long seed) {
    return Heads.constant(contexts.count()).fresh(deltas, new Random(seed));
  }
}
