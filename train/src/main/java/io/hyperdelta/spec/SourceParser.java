package io.hyperdelta.spec;

import tools.jackson.databind.JsonNode;

/** Reads the settings that all kinds of sources share. Stateless. */
final class SourceParser {
  private SourceParser() {}

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
