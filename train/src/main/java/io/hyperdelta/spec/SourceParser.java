package io.hyperdelta.spec;

import io.hyperdelta.hypernetwork.HeadLayout;
import tools.jackson.databind.JsonNode;

/** Reads the settings that all kinds of sources share. Stateless. */
final class SourceParser {
  /** What a spec calls heads that sites share. */
  static final String SHARED = "shared";

  private SourceParser() {}

  /**
   * The heads of a hypernetwork. Only these can be shared: what a table or a shared source learns
   * are the factors themselves.
   */
  static HeadLayout heads(JsonNode node) {
    boolean shared = node.path("heads").asString("").equals(SHARED);
    if (!shared && node.has("embedding")) {
      throw new IllegalArgumentException(
          "embedding is given without shared heads, whose sites it would tell apart. Expected it only with heads: shared.");
    }
    return shared
        ? new HeadLayout.Shared(node.path("embedding").asInt(HypernetworkSpec.DEFAULT_EMBEDDING))
        : HeadLayout.PER_SITE;
  }

  /** How a source is fitted where it differs from the others. */
  static SourceFit fit(JsonNode node) {
    SourceFit fit = SourceFit.defaults();
    if (node.has("seed")) {
      fit = fit.withSeed((long) node.get("seed").doubleValue());
    }
    if (node.has("learningRate")) {
      fit = fit.withLearningRate(node.get("learningRate").doubleValue());
    }
    return fit;
  }
}
