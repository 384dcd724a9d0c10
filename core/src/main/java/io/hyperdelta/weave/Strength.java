package io.hyperdelta.weave;

import io.hyperdelta.graph.TensorValue;
import io.hyperdelta.hypernetwork.MemberSource;
import io.hyperdelta.problem.Spelling;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * What deltas are multiplied with: a number for all, times one for each source. 1 is as trained, 0
 * gives the target's own output. Immutable.
 *
 * @param all for every delta, finite
 * @param bySource for the deltas of some sources, finite; 1 for the others
 */
public record Strength(double all, Map<String, Double> bySource) {
  /** The deltas as trained. */
  public static final Strength FULL = of(1);

  public Strength {
    bySource = Collections.unmodifiableMap(new LinkedHashMap<>(bySource));
    check(all);
    bySource.values().forEach(Strength::check);
  }

  private static void check(double value) {
    if (!Float.isFinite((float) value)) {
      throw new IllegalArgumentException(
          "The strength is not usable. Expected a finite number, got " + value + ".");
    }
  }

  /**
   * The same for all.
   *
   * @throws IllegalArgumentException if it is not finite in float32
   */
  public static Strength of(double all) {
    return new Strength(all, Map.of());
  }

  /** This one, with another number for a source. */
  public Strength with(String source, double value) {
    Map<String, Double> changed = new LinkedHashMap<>(bySource);
    changed.put(source, value);
    return new Strength(all, changed);
  }

  /** What the deltas of a source are multiplied with. */
  public double of(String source) {
    return all * bySource.getOrDefault(MemberSource.plain(source), 1.0);
  }

  /** Whether nothing is left of the deltas of some sources. */
  public boolean isZero(Collection<String> sources) {
    return sources.stream().allMatch(source -> of(source) == 0);
  }

  /** The inputs of a woven graph that set it; what is 1 is left to be what it is by default. */
  public Map<String, TensorValue> inputs() {
    Map<String, TensorValue> inputs = new LinkedHashMap<>();
    set(inputs, Weaver.STRENGTH, all);
    bySource.forEach((source, value) -> set(inputs, input(source), value));
    return inputs;
  }

  private static void set(Map<String, TensorValue> inputs, String name, double value) {
    if (value != 1) {
      inputs.put(name, TensorValue.scalar((float) value));
    }
  }

  /**
   * This strength, for deltas of some sources, named without their members.
   *
   * @throws IllegalArgumentException if it names another source
   */
  public Strength among(Collection<String> sources) {
    for (String named : bySource.keySet()) {
      if (!sources.contains(named)) {
        throw new IllegalArgumentException(
            "The strength names a source \"%s\" that the bundle does not have. Expected one of %s.%s"
                .formatted(named, String.join(", ", sources), Spelling.advice(named, sources)));
      }
    }
    return this;
  }

  /** Whether a name is one of those that weaving gives to its inputs for strengths. */
  static boolean isInput(String name) {
    return name.equals(Weaver.STRENGTH) || name.startsWith(input(""));
  }

  /** Name of the input for a source; sources of one name in several members share it. */
  static String input(String source) {
    return Weaver.STRENGTH + "/" + MemberSource.plain(source);
  }
}
