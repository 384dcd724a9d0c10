package io.hyperdelta.fit;

import io.hyperdelta.spec.HypernetworkSpec;
import io.hyperdelta.spec.HypernetworkText;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Hypernetworks that stay within a budget.
 *
 * @param latent numbers in each latent
 * @param form the form in the place of those that the budget may change; as it was where the spec
 *     has only shifts
 * @param hypernetworks what to write in the spec, by name
 * @param bottleneck what it costs, counted as for any spec
 */
public record Proposal(
    int latent, String form, Map<String, HypernetworkSpec> hypernetworks, Bottleneck bottleneck) {
  /** Copies the map. */
  public Proposal {
    hypernetworks = Collections.unmodifiableMap(new LinkedHashMap<>(hypernetworks));
  }

  /** The section {@code hypernetworks} of a spec file, as YAML. */
  public String yaml() {
    return HypernetworkText.yaml(hypernetworks);
  }
}
