package io.hyperdelta.weave;

import io.hyperdelta.graph.Attribute;
import io.hyperdelta.graph.GraphEditor;
import io.hyperdelta.graph.TensorValue;
import io.hyperdelta.target.Site;
import io.hyperdelta.target.Units;
import java.util.Arrays;
import java.util.Map;

/** The places of the units that are adapted among all units of their layer. Stateless. */
final class Places {
  private Places() {}

  /**
   * Puts the units that are adapted into their places among all, zeros elsewhere.
   *
   * @param value name of float32 {@code [.., .., width]}, three axes
   * @return name of float32 {@code [.., .., out]}
   */
  static String spread(GraphEditor editor, Site site, String value) {
    Units units = site.units();
    if (units.isAll()) {
      return value;
    }
    int out = Math.toIntExact(site.out());
    int width = units.indices().size();
    if (units.isRange()) {
      long before = units.indices().get(0);
      return editor.pad(value, 0, 0, 0, before, 0, 0, out - before - width);
    }
    long[] places = new long[out];
    Arrays.fill(places, width);
    for (int i = 0; i < width; i++) {
      places[units.indices().get(i)] = i;
    }
    return gather(editor, editor.pad(value, 0, 0, 0, 0, 0, 0, 1), places);
  }

  /**
   * Picks the units that are adapted.
   *
   * @param value name of float32 {@code [.., .., out]}, three axes
   * @return name of float32 {@code [.., .., width]}
   */
  static String pick(GraphEditor editor, Site site, String value) {
    Units units = site.units();
    return units.isAll()
        ? value
        : gather(editor, value, units.indices().stream().mapToLong(Integer::longValue).toArray());
  }

  private static String gather(GraphEditor editor, String value, long[] columns) {
    return editor.node(
        "Gather",
        Map.of("axis", Attribute.of(2)),
        value,
        editor.constant(TensorValue.longs(columns)));
  }
}
