package io.hyperdelta.fit;

import io.hyperdelta.condition.Condition;
import io.hyperdelta.delta.Adaptation;
import io.hyperdelta.delta.Cap;
import io.hyperdelta.delta.SiteDelta;
import io.hyperdelta.graph.TensorValue;
import io.hyperdelta.hypernetwork.ContextTable;
import io.hyperdelta.hypernetwork.FixedSource;
import io.hyperdelta.hypernetwork.Hypernetwork;
import io.hyperdelta.hypernetwork.SharedSource;
import io.hyperdelta.hypernetwork.Source;
import io.hyperdelta.spec.AdaptationSpec;
import io.hyperdelta.spec.ConditionColumn;
import io.hyperdelta.spec.ConditionSpec;
import io.hyperdelta.spec.Spec;
import io.hyperdelta.spec.SpecException;
import io.hyperdelta.target.Part;
import io.hyperdelta.target.Target;
import io.hyperdelta.weave.Weaver;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** The sources of deltas that a spec asks for. */
final class Sources {
  private final Spec spec;
  private final Encoders encoders;

  Sources(Spec spec, Encoders encoders) {
    this.spec = spec;
    this.encoders = encoders;
  }

  /** The trained ones: hypernetworks, tables, shared deltas, each in the order written. */
  List<Source> of(Map<String, Condition> conditions) {
    List<Source> sources = new ArrayList<>();
    spec.hypernetworks()
        .forEach(
            (name, hypernetwork) ->
                sources.add(
                    new Hypernetwork(
                        name,
                        Objects.requireNonNull(conditions.get(hypernetwork.condition())),
                        hypernetwork.trunk(),
                        hypernetwork.latent(),
                        adaptations(hypernetwork.adaptations()),
                        hypernetwork.dropout(),
                        hypernetwork.heads())));
    spec.tables()
        .forEach(
            (name, table) ->
                sources.add(
                    new ContextTable(
                        name,
                        table.column(),
                        encoders.contexts("table \"" + name + "\"", table.column(), table.closed()),
                        adaptations(table.adaptations()))));
    spec.shared()
        .forEach(
            (name, shared) ->
                sources.add(new SharedSource(name, adaptations(shared.adaptations()))));
    return sources;
  }

  /**
   * All that sources see of a context, as conditions: what a fair control must see as well. The
   * column of a table becomes a category.
   */
  List<Condition> seen(Map<String, Condition> conditions) {
    List<Condition> seen = new ArrayList<>(conditions.values());
    spec.tables()
        .forEach(
            (name, table) ->
                seen.add(
                    encoders.condition(
                        name,
                        ConditionSpec.of(
                            new ConditionColumn.Category(table.column(), 0, table.closed())))));
    return seen;
  }

  private static List<Adaptation> adaptations(List<AdaptationSpec> specs) {
    return specs.stream()
        .map(a -> new Adaptation(new Part(a.part()), a.form(), a.scale(), a.cap()))
        .toList();
  }

  /**
   * The sources around a target.
   *
   * @throws SpecException if a part matches nothing, or a site cannot take a form
   */
  static Weaver weaver(Target target, List<Source> sources) {
    for (Source source : sources) {
      try {
        source.deltas(target);
      } catch (IllegalArgumentException e) {
        throw new SpecException(
            "%s.%s: %s".formatted(key(source), source.name(), e.getMessage()), e);
      }
    }
    return new Weaver(target, sources);
  }

  /**
   * Refuses caps that leave no room at all; a target that is still to be trained may have zeros
   * that are none in the end.
   *
   * @throws SpecException if all of what a capped delta adapts is zero
   */
  static void checkCaps(Weaver weaver) {
    Map<String, TensorValue> frozen = weaver.target().model().graph().initializers();
    for (SiteDelta delta : weaver.deltas()) {
      TensorValue holder = Objects.requireNonNull(frozen.get(delta.site().initializer()));
      if (delta.isCapped()
          && Arrays.stream(Cap.unitSquares(delta.site(), holder)).allMatch(s -> s == 0)) {
        throw new SpecException(
            "Site \"%s\" cannot have a delta with a cap: all of its numbers are zero, and so would be all that the cap allows. Expected a cap on sites that are not zero, got cap %s. Leave the cap or the site out."
                .formatted(delta.site().title(), delta.cap()),
            null);
      }
    }
  }

  /** Where a spec writes such a source. */
  private static String key(Source source) {
    if (source instanceof Hypernetwork) {
      return "hypernetworks";
    }
    if (source instanceof FixedSource) {
      return "fixed";
    }
    return source instanceof ContextTable ? "tables" : "shared";
  }
}
