package io.hyperdelta.delta;

import io.hyperdelta.graph.TensorValue;
import io.hyperdelta.target.Site;
import java.util.List;
import java.util.Optional;

/** How a delta is parametrised. Values; safe to share. */
public sealed interface Form permits LowRank, Shift {
  /** The form's name in specs and messages. */
  String name();

  /**
   * Why a site cannot take this form: a whole sentence group with problem, expected, got and an
   * alternative; empty if it can.
   */
  Optional<String> refusal(Site site);

  /**
   * The form that a part which selects many sites uses for this one: the same form, made smaller
   * where this site is too small for it.
   */
  Form narrowed(Site site);

  /**
   * The factors of one product: exactly one of them starts at zero.
   *
   * @throws IllegalArgumentException if the site cannot take this form
   */
  List<Factor> factors(Site site);

  /**
   * The delta as a dense array in the order in which the site is stored.
   *
   * @param factors in the order of {@link #factors}, float32 with the axes of {@link Factor#dims}
   * @return as many values as the site has
   */
  double[] dense(Site site, List<TensorValue> factors);

  /**
   * Whether {@link #dense} is a bias for a layer that has none, rather than a delta of the site
   * itself.
   */
  boolean makesBias(Site site);

  /** Numbers generated per condition for a site. */
  default long generatedCount(Site site) {
    return factors(site).stream().mapToLong(Factor::elementCount).sum();
  }
}
