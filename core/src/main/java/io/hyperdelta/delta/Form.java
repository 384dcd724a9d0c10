package io.hyperdelta.delta;

import io.hyperdelta.graph.TensorValue;
import io.hyperdelta.target.Site;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * How a delta is parametrised. Values; safe to share.
 *
 * @see Forms
 */
public sealed interface Form permits Full, LowRank, Core, Basis, Gain, Shift {
  /** The form's name in specs, bundles and messages. */
  String name();

  /** The numbers that belong to the name, such as a rank, by key. */
  default Map<String, Integer> options() {
    return Map.of();
  }

  /** Name and numbers, such as {@code "low-rank 4"}. */
  default String title() {
    return options().isEmpty()
        ? name()
        : name()
            + " "
            + options().values().stream().map(String::valueOf).collect(Collectors.joining(" "));
  }

  /**
   * Why a site cannot take this form: a whole sentence group with problem, expected, got and an
   * alternative; empty if it can.
   */
  Optional<String> refusal(Site site);

  /**
   * The form that a part which selects many sites uses for this one: the same form, made smaller
   * where this site is too small for it.
   */
  default Form narrowed(Site site) {
    return this;
  }

  /**
   * The factors of one product: exactly one of them starts at zero.
   *
   * @throws IllegalArgumentException if the site cannot take this form
   */
  List<Factor> factors(Site site);

  /**
   * The delta as a dense array in the order in which the site is stored.
   *
   * @param frozen the initializer that holds the site
   * @param factors in the order of {@link #factors}, float32 with the axes of {@link Factor#dims}
   * @return as many values as the site has
   */
  double[] dense(Site site, TensorValue frozen, List<TensorValue> factors);

  /**
   * Whether {@link #dense} is a bias for a layer that has none, rather than a delta of the site
   * itself.
   */
  default boolean makesBias(Site site) {
    return false;
  }

  /** Numbers generated per condition for a site. */
  default long generatedCount(Site site) {
    return factors(site).stream().filter(Factor::isGenerated).mapToLong(Factor::elementCount).sum();
  }
}
