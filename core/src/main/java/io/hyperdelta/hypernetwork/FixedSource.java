package io.hyperdelta.hypernetwork;

import io.hyperdelta.condition.ColumnInput;
import io.hyperdelta.delta.Adaptation;
import io.hyperdelta.delta.Factor;
import io.hyperdelta.delta.FixedDelta;
import io.hyperdelta.delta.FormedDelta;
import io.hyperdelta.delta.SiteDelta;
import io.hyperdelta.graph.TensorValue;
import io.hyperdelta.target.Site;
import io.hyperdelta.target.Target;
import io.hyperdelta.target.Units;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * Deltas that are given and stay as they are, such as a LoRA from elsewhere: other sources adapt
 * what comes of them.
 *
 * @param name unique around one target
 * @param given what it adds, each delta on a site of its own
 */
public record FixedSource(String name, List<FormedDelta> given) implements Source {
  /**
   * Checks that there is something.
   *
   * @throws IllegalArgumentException if there is no delta, or two have the same name
   */
  public FixedSource {
    given = List.copyOf(given);
    Set<String> names = new HashSet<>();
    given.forEach(one -> names.add(one.delta().name()));
    if (given.isEmpty() || names.size() < given.size()) {
      throw new IllegalArgumentException(
          "Source \"%s\" has no deltas, or two on one site. Expected at least one, each on a site of its own; add deltas on one site up first."
              .formatted(name));
    }
  }

  /**
   * The source of some deltas on a target.
   *
   * @throws IllegalArgumentException if a site is none of the target, or no form makes a delta
   */
  public static FixedSource of(String name, Target target, List<FixedDelta> deltas) {
    return new FixedSource(
        name, deltas.stream().map(delta -> formed(name, target, delta)).toList());
  }

  private static FormedDelta formed(String name, Target target, FixedDelta delta) {
    checkSite(name, target, delta.site());
    TensorValue frozen = target.model().graph().initializers().get(delta.site().initializer());
    return FormedDelta.of(name, delta, Objects.requireNonNull(frozen));
  }

  private static void checkSite(String name, Target target, Site site) {
    if (!target.sites().contains(site.only(Units.ALL))) {
      throw new IllegalArgumentException(
          "Source \"%s\" has a delta on site \"%s\", which the target does not have. Expected the target that the deltas were made for."
              .formatted(name, site.title()));
    }
  }

  @Override
  public List<ColumnInput> columns() {
    return List.of();
  }

  /** None: its deltas are given. */
  @Override
  public List<Adaptation> adaptations() {
    return List.of();
  }

  @Override
  public Source renamed(String newName, double share) {
    return new FixedSource(
        newName,
        given.stream()
            .map(one -> new FormedDelta(one.delta().renamed(newName, share), one.factors()))
            .toList());
  }

  @Override
  public int width() {
    return 0;
  }

  @Override
  public boolean isTrained() {
    return false;
  }

  @Override
  public List<SiteDelta> deltas(Target target) {
    given.forEach(one -> checkSite(name, target, one.delta().site()));
    return given.stream().map(FormedDelta::delta).toList();
  }

  /** The given numbers, float32 {@code [1, elements]} like the heads of a shared source. */
  @Override
  public Map<String, TensorValue> freshParameters(List<SiteDelta> deltas, long seed) {
    Map<String, TensorValue> parameters = new LinkedHashMap<>();
    for (FormedDelta one : given) {
      if (!deltas.contains(one.delta())) {
        continue;
      }
      List<Factor> factors = one.delta().form().factors(one.delta().site());
      for (int i = 0; i < factors.size(); i++) {
        parameters.put(
            Heads.parameterName(one.delta(), factors.get(i)),
            one.factors().get(i).reshaped(1, factors.get(i).elementCount()));
      }
    }
    return parameters;
  }
}
