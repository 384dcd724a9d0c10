package io.hyperdelta.hypernetwork;

import io.hyperdelta.condition.Condition;
import io.hyperdelta.delta.Adaptation;
import io.hyperdelta.delta.SiteDelta;
import io.hyperdelta.target.Target;
import java.util.ArrayList;
import java.util.List;

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
    String name,
    Condition condition,
    List<Integer> trunk,
    int latent,
    List<Adaptation> adaptations) {
  public Hypernetwork {
    trunk = List.copyOf(trunk);
    adaptations = List.copyOf(adaptations);
    if (latent < 1 || trunk.stream().anyMatch(width -> width < 1)) {
      throw new IllegalArgumentException(
          "Hypernetwork \"%s\" has a layer without units. Expected widths of 1 or more, got trunk %s and latent %d."
              .formatted(name, trunk, latent));
    }
    if (adaptations.isEmpty()) {
      throw new IllegalArgumentException(
          "Hypernetwork \"%s\" adapts nothing. Expected at least one adaptation.".formatted(name));
    }
  }

  /**
   * The deltas on a target.
   *
   * @throws IllegalArgumentException if a part matches nothing, a site cannot take a form, or two
   *     adaptations put the same form on one site
   */
  public List<SiteDelta> deltas(Target target) {
    List<SiteDelta> deltas = new ArrayList<>();
    for (Adaptation adaptation : adaptations) {
      for (SiteDelta delta : adaptation.resolve(target.sites(), name)) {
        if (deltas.stream().anyMatch(other -> other.name().equals(delta.name()))) {
          throw new IllegalArgumentException(
              "Hypernetwork \"%s\" puts a %s delta on site \"%s\" twice. Expected each form at most once per site; one of the parts is too wide."
                  .formatted(name, delta.form().name(), delta.site().name()));
        }
        deltas.add(delta);
      }
    }
    return deltas;
  }
}
