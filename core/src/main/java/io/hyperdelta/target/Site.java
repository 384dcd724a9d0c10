package io.hyperdelta.target;

import io.hyperdelta.graph.Attribute;
import io.hyperdelta.graph.TensorValue;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;

/**
 * One adaptable parameter of the target, or some of its units, and the nodes that use it.
 *
 * @param name readable and stable across loads
 * @param kind what it is in its layer
 * @param initializer name of the initializer that holds it
 * @param offset where in the initializer it begins, in numbers: not 0 where one initializer holds
 *     several sites, as for the directions of a recurrent layer
 * @param dims its shape as stored
 * @param layout how its matrix is stored; {@link Layout#IN_OUT} for a vector
 * @param in inputs of one unit: of a kernel the channels of a group times the window; rows of an
 *     embedding; 1 for a vector
 * @param out units of the layer
 * @param biased whether the layer of a weight also has a bias; false for a vector
 * @param uses the nodes that use it, at least one
 * @param units those that are meant
 */
public record Site(
    String name,
    SiteKind kind,
    String initializer,
    long offset,
    List<Long> dims,
    Layout layout,
    long in,
    long out,
    boolean biased,
    List<Use> uses,
    Units units) {
  public Site {
    dims = List.copyOf(dims);
    uses = List.copyOf(uses);
    if (uses.isEmpty()) {
      throw new IllegalArgumentException("Site \"" + name + "\" is used by no node.");
    }
    if (units.highest() >= out) {
      throw new IllegalArgumentException(
          "Site \"%s\" has no unit %d. Expected 0 to %d."
              .formatted(name, units.highest(), out - 1));
    }
  }

  /** A site that begins where its initializer does. */
  public Site(
      String name,
      SiteKind kind,
      String initializer,
      List<Long> dims,
      Layout layout,
      long in,
      long out,
      boolean biased,
      List<Use> uses,
      Units units) {
    this(name, kind, initializer, 0, dims, layout, in, out, biased, uses, units);
  }

  /** Some units of the site. */
  public Site only(Units chosen) {
    boolean all = chosen.indices().size() == out;
    return new Site(
        name,
        kind,
        initializer,
        offset,
        dims,
        layout,
        in,
        out,
        biased,
        uses,
        all ? Units.ALL : chosen);
  }

  /** How many units are meant. */
  public long width() {
    return units.isAll() ? out : units.indices().size();
  }

  /** The unit of the layer that stands at a place among those that are meant. */
  public int unit(int place) {
    return units.isAll() ? place : units.indices().get(place);
  }

  /** Number of frozen numbers in the units that are meant. */
  public long parameterCount() {
    return Math.multiplyExact(in, width());
  }

  /** The numbers of all units in the order in which they are stored, out of the initializer's. */
  public double[] values(TensorValue holder) {
    double[] all = holder.doubles();
    int count = Math.toIntExact(Math.multiplyExact(in, out));
    int first = Math.toIntExact(offset);
    return count == all.length ? all : Arrays.copyOfRange(all, first, first + count);
  }

  /** The name, with the units where not all are meant, such as {@code "fc1.weight[0..31]"}. */
  public String title() {
    return units.isAll() ? name : name + "[" + units + "]";
  }

  /** The name without what the site is in its layer: of {@code "fc1.weight"} it is fc1. */
  public String layer() {
    int dot = name.lastIndexOf('.');
    return dot < 0 ? name : name.substring(0, dot);
  }

  /** Groups of channels that do not see each other: 1 but for grouped convolutions. */
  public long groups() {
    return kind == SiteKind.KERNEL
            && uses.get(0).attributes().get("group") instanceof Attribute.Int group
        ? group.value()
        : 1;
  }

  /** The shape as stored, in the form {@code [384, 64]}. */
  public String shape() {
    return dims.stream().map(String::valueOf).collect(Collectors.joining(", ", "[", "]"));
  }
}
