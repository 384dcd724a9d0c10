package io.hyperdelta.delta;

import io.hyperdelta.graph.TensorValue;
import io.hyperdelta.target.Site;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * How a delta is parametrised. Values; safe to share.
 *
 * @see Forms
 */
public sealed interface Form permits Full, LowRank, Core, Basis, Chunked, Gain, Shift {
  /** The form's name in specs, bundles and messages. */
  String name();

  /** The numbers that belong to the name, such as a rank, by key, in a fixed order. */
  default Map<String, Integer> options() {
    return Map.of();
  }

  /** Name and numbers, such as {@code "low-rank 4"} or {@code "chunked 784 5, replacing"}. */
  default String title() {
    return Stream.concat(Stream.of(name()), options().values().stream().map(String::valueOf))
        .collect(Collectors.joining(" ", "", replaces() ? ", replacing" : ""));
  }

  /**
   * Whether what the factors make stands in the place of the weight, rather than being added to it:
   * the delta is then what they make less the weight.
   */
  default boolean replaces() {
    return false;
  }

  /**
   * Why a site cannot take this form: a whole sentence group with problem, expected, got and an
   * alternative; empty if it can.
   */
  Optional<String> refusal(Site site);

  /**
   * The form that a part which selects many sites uses for this one: the same form, or a smaller or
   * cheaper one where this site is too small for it.
   */
  default Form narrowed(Site site) {
    return this;
  }

  /**
   * The factors of one product. Exactly one of them starts at zero, or none where the form
   * replaces.
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
