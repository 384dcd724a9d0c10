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
 * @param dropout chance of a unit of the trunk to be dropped in a step of training, in [0, 1); 0
 *     without a trunk
 * @param heads which heads it has
 */
public record Hypernetwork(
    String name,
    Condition condition,
    List<Integer> trunk,
    int latent,
    List<Adaptation> adaptations,
    double dropout,
    HeadLayout heads)
    implements Source {
  public Hypernetwork {
    trunk = List.copyOf(trunk);
    adaptations = Heads.someAdaptations(name, adaptations);
    if (latent < 1 || trunk.stream().anyMatch(width -> width < 1)) {
      throw new IllegalArgumentException(
          "Hypernetwork \"%s\" has a layer without units. Expected widths of 1 or more, got trunk %s and latent %d."
              .formatted(name, trunk, latent));
    }
    if (!(dropout >= 0 && dropout < 1) || (dropout > 0 && trunk.isEmpty())) {
      throw new IllegalArgumentException(
          "Hypernetwork \"%s\" cannot drop units. Expected a chance of 0 or more and less than 1, and 0 without a trunk, got %s with trunk %s."
              .formatted(name, dropout, trunk));
    }
  }

  /** A hypernetwork without dropout and with a head for every factor of every site. */
  public Hypernetwork(
      String name,
      Condition condition,
      List<Integer> trunk,
      int latent,
      List<Adaptation> adaptations) {
    this(name, condition, trunk, latent, adaptations, 0, HeadLayout.PER_SITE);
  }

  /** The same with dropout. */
  public Hypernetwork withDropout(double chance) {
    return new Hypernetwork(name, condition, trunk, latent, adaptations, chance, heads);
  }

  /** The same with other heads. */
  public Hypernetwork withHeads(HeadLayout layout) {
    return new Hypernetwork(name, condition, trunk, latent, adaptations, dropout, layout);
  }

  /** The same hypernetwork with another trunk, latent and adaptations. */
  public Hypernetwork with(List<Integer> newTrunk, int newLatent, List<Adaptation> newAdaptations) {
    return new Hypernetwork(
        name,
        condition,
        newTrunk,
        newLatent,
        newAdaptations,
        newTrunk.isEmpty() ? 0 : dropout,
        heads);
  }

  @Override
  public int width() {
    return latent;
  }

  @Override
  public Source renamed(String newName, double share) {
    List<Adaptation> some = Adaptation.times(adaptations, share);
    return new Hypernetwork(newName, condition, trunk, latent, some, dropout, heads);
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
