package io.hyperdelta.spec;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What one member of an ensemble has instead of the spec's own: all of it, whether it differs or
 * not.
 *
 * @param objective what fitting it minimises
 * @param conditions its conditions
 * @param hypernetworks its hypernetworks
 * @param tables its tables
 * @param shared its shared deltas
 * @param fit how it is fitted
 */
public record MemberSpec(
    Objective objective,
    Map<String, ConditionSpec> conditions,
    Map<String, HypernetworkSpec> hypernetworks,
    Map<String, TableSpec> tables,
    Map<String, SharedSpec> shared,
    FitSpec fit) {
  /** Copies the maps. */
  public MemberSpec {
    conditions = Collections.unmodifiableMap(new LinkedHashMap<>(conditions));
    hypernetworks = Collections.unmodifiableMap(new LinkedHashMap<>(hypernetworks));
    tables = Collections.unmodifiableMap(new LinkedHashMap<>(tables));
    shared = Collections.unmodifiableMap(new LinkedHashMap<>(shared));
  }

  /** What a spec says of itself. */
  static MemberSpec of(Spec spec) {
    return new MemberSpec(
        spec.objective(),
        spec.conditions(),
        spec.hypernetworks(),
        spec.tables(),
        spec.shared(),
        spec.fit());
  }

  /** A spec with this in place of its own, and without an ensemble. */
  Spec in(Spec spec) {
    return new Spec(
        spec.name(),
        spec.data(),
        spec.target(),
        objective,
        conditions,
        hypernetworks,
        tables,
        shared,
        spec.fixed(),
        fit,
        spec.evaluate(),
        null,
        spec.json());
  }

  /** Checks that a spec with this in it is one, and that its outputs mean what the spec's do. */
  void check(String name, Spec spec) {
    try {
      in(spec);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("ensemble.members." + name + ": " + e.getMessage(), e);
    }
    if (!alike(objective, spec.objective())) {
      throw new IllegalArgumentException(
          "ensemble.members.%s.objective predicts something else than the other members. Expected %s, got %s. Only mse and huber go together."
              .formatted(name, spec.objective().key(), objective.key()));
    }
  }

  private static boolean alike(Objective one, Objective other) {
    return one == other || (isNumber(one) && isNumber(other));
  }

  private static boolean isNumber(Objective objective) {
    return objective == Objective.MSE || objective == Objective.HUBER;
  }
}
