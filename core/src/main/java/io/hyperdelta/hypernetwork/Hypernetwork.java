package io.hyperdelta.hypernetwork;

import io.hyperdelta.condition.ColumnEncoder;
import io.hyperdelta.condition.ColumnInput;
import io.hyperdelta.condition.Condition;
import io.hyperdelta.delta.Adaptation;
import io.hyperdelta.delta.SiteDelta;
import io.hyperdelta.graph.TensorValue;
import java.util.List;
import java.util.Map;

/**
 * A small network that looks at a condition and generates the factors of its adaptations' deltas:
 * condition encoder, trunk and one linear head per factor.
 *
 * @param name unique around one target
 * @param condition what it sees
 * @param trunk widths of the trunk's layers, possibly none: then the latent is linear in the
 *     encoded condition
 * @param latent width of the latent z, 1 or more: the bottleneck through which everything generated
 *     passes
 * @param adaptations what it adapts
 */
public record Hypernetwork(
    String name, Condition condition, List<Integer> trunk, int latent, List<Adaptation> adaptations)
    implements Source {
  public Hypernetwork {
    trunk = List.copyOf(trunk);
    adaptations = Heads.someAdaptations(name, adaptations);
    if (latent < 1 || trunk.stream().anyMatch(width -> width < 1)) {
      throw new IllegalArgumentException(
          "Hypernetwork \"%s\" has a layer without units. Expected widths of 1 or more, got trunk %s and latent %d."
              .formatted(name, trunk, latent));
    }
  }

  @Override
  public Source with(String newName, List<Adaptation> newAdaptations) {
    return new Hypernetwork(newName, condition, trunk, latent, newAdaptations);
  }

  @Override
  public List<ColumnInput> columns() {
    return condition.encoder().columns().stream().map(ColumnEncoder::input).toList();
  }

  @Override
  public Map<String, TensorValue> freshParameters(List<SiteDelta> deltas, long seed) {
    return new HypernetworkGraph(this, deltas).freshParameters(seed);
  }
}
