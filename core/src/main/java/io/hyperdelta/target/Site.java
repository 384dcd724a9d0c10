package io.hyperdelta.target;

import java.util.List;

/**
 * One adaptable parameter of the target and the nodes that use it.
 *
 * @param name readable and stable across loads
 * @param kind what it is in its layer
 * @param initializer name of the initializer that holds it
 * @param layout how a weight is stored; {@link Layout#IN_OUT} for a bias
 * @param in inputs of the layer; 1 for a bias
 * @param out units of the layer
 * @param biased whether the layer of a weight also has a bias; false for a bias
 * @param uses the nodes that use it, at least one
 */
public record Site(
    String name,
    SiteKind kind,
    String initializer,
    Layout layout,
    long in,
    long out,
    boolean biased,
    List<Use> uses) {
  public Site {
    uses = List.copyOf(uses);
    if (uses.isEmpty()) {
      throw new IllegalArgumentException("Site \"" + name + "\" is used by no node.");
    }
  }

  /** Number of frozen numbers in the site. */
  public long parameterCount() {
    return Math.multiplyExact(in, out);
  }

  /** The shape as stored, in the form {@code [384, 64]}. */
  public String shape() {
    if (kind == SiteKind.BIAS) {
      return "[" + out + "]";
    }
    return layout == Layout.IN_OUT ? "[" + in + ", " + out + "]" : "[" + out + ", " + in + "]";
  }
}
