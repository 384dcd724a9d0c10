package io.hyperdelta.target;

import io.hyperdelta.graph.Attribute;
import java.util.Map;

/**
 * A node that uses a site.
 *
 * @param op its operator
 * @param input the value that a weight is multiplied with, or an embedding's ids; for a bias the
 *     value it is added to, or the empty string when the same node makes and adds it
 * @param output the value that the node makes, float
 * @param gain what the node multiplies the site's contribution with: Gemm's alpha or beta, else 1
 * @param addend the value that the node of a weight adds to the product, or the empty string
 * @param addendGain what it multiplies that with
 * @param axis the axis of the output along which the units lie: -1 for the last, or 1
 * @param attributes the node's, where they decide how the site meets the input
 */
public record Use(
    String op,
    String input,
    String output,
    float gain,
    String addend,
    float addendGain,
    int axis,
    Map<String, Attribute> attributes) {
  public Use {
    attributes = Map.copyOf(attributes);
  }

  /** A node that adds nothing to the site's contribution, its units along the last axis. */
  public Use(String op, String input, String output, float gain) {
    this(op, input, output, gain, "", 1, -1, Map.of());
  }

  /** The same with something that the node adds. */
  Use adding(String value, float times) {
    return new Use(op, input, output, gain, value, times, axis, attributes);
  }

  /** The same with the units along axis 1, as convolutions have them. */
  Use channelsFirst() {
    return new Use(op, input, output, gain, addend, addendGain, 1, attributes);
  }

  /** The same with the node's attributes. */
  Use with(Map<String, Attribute> given) {
    return new Use(op, input, output, gain, addend, addendGain, axis, given);
  }
}
