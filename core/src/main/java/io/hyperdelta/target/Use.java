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
 * @param axes in which order the output, and what the weight is multiplied with, have their axes
 * @param direction which of a recurrent node's directions it is, from 0; 0 for other nodes
 * @param attributes the node's, where they decide how the site meets the input
 */
public record Use(
    String op,
    String input,
    String output,
    float gain,
    String addend,
    float addendGain,
    Axes axes,
    int direction,
    Map<String, Attribute> attributes) {
  public Use {
    attributes = Map.copyOf(attributes);
  }

  /** A node that adds nothing to the site's contribution, its units along the last axis. */
  public Use(String op, String input, String output, float gain) {
    this(op, input, output, gain, "", 1, Axes.UNITS_LAST, 0, Map.of());
  }

  /** The same with something that the node adds. */
  Use adding(String value, float times) {
    return new Use(op, input, output, gain, value, times, axes, direction, attributes);
  }

  /** The same with another order of axes. */
  Use along(Axes order) {
    return new Use(op, input, output, gain, addend, addendGain, order, direction, attributes);
  }

  /** The same in one direction of a recurrent node. */
  Use inDirection(int number) {
    return new Use(op, input, output, gain, addend, addendGain, axes, number, attributes);
  }

  /** The same with the node's attributes. */
  Use with(Map<String, Attribute> given) {
    return new Use(op, input, output, gain, addend, addendGain, axes, direction, given);
  }
}
