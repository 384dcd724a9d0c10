package io.hyperdelta.fit;

import io.hyperdelta.delta.SiteDelta;
import io.hyperdelta.graph.TensorValue;
import io.hyperdelta.hypernetwork.ContextTable;
import io.hyperdelta.hypernetwork.Hypernetwork;
import io.hyperdelta.hypernetwork.Source;
import java.util.List;
import java.util.Map;

/**
 * The numbers of one source on both sides of its bottleneck.
 *
 * @param name the source's
 * @param kind {@code hypernetwork}, {@code table}, {@code shared} or {@code fixed}
 * @param encoder learned numbers of its condition encoder
 * @param trunk learned numbers from there to the latent
 * @param heads learned numbers that factors are made of, and factors that are learned once
 * @param generated numbers that it gives for one condition
 * @param adapted frozen numbers in the sites that it adapts
 */
public record SourceSize(
    String name, String kind, long encoder, long trunk, long heads, long generated, long adapted) {
  /**
   * Counts a source.
   *
   * @param deltas the source's own
   */
  static SourceSize of(Source source, List<SiteDelta> deltas) {
    long encoder = 0;
    long trunk = 0;
    long heads = 0;
    String own = "hyperdelta/" + source.name() + "/";
    for (Map.Entry<String, TensorValue> parameter : source.freshParameters(deltas, 0).entrySet()) {
      String name = parameter.getKey();
      long count = source.isTrained() ? parameter.getValue().elementCount() : 0;
      if (name.startsWith(own + "condition.")) {
        encoder += count;
      } else if (name.startsWith(own + "trunk.") || name.startsWith(own + "latent.")) {
        trunk += count;
      } else {
        heads += count;
      }
    }
    return new SourceSize(
        source.name(),
        kind(source),
        encoder,
        trunk,
        heads,
        source.isTrained() ? generated(deltas) : 0,
        adapted(deltas));
  }

  private static String kind(Source source) {
    if (source instanceof Hypernetwork) {
      return "hypernetwork";
    }
    if (source instanceof ContextTable) {
      return "table";
    }
    return source.isTrained() ? "shared" : "fixed";
  }

  static long generated(List<SiteDelta> deltas) {
    return deltas.stream().mapToLong(d -> d.form().generatedCount(d.site())).sum();
  }

  /** Frozen numbers in the sites of some deltas, each site once. */
  static long adapted(List<SiteDelta> deltas) {
    return deltas.stream()
        .map(SiteDelta::site)
        .distinct()
        .mapToLong(site -> site.parameterCount())
        .sum();
  }

  /** All that is learned. */
  public long parameters() {
    return encoder + trunk + heads;
  }
}
