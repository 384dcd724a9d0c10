package io.hyperdelta.weave;

import io.hyperdelta.delta.Factor;
import io.hyperdelta.delta.SiteDelta;
import io.hyperdelta.graph.GraphEditor;
import io.hyperdelta.graph.Model;
import io.hyperdelta.graph.TensorValue;
import io.hyperdelta.target.Axes;
import io.hyperdelta.target.Site;
import io.hyperdelta.target.Target;
import io.hyperdelta.target.Use;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** Adds the deltas of one condition to the weights themselves. Stateless. */
public final class Merge {
  private Merge() {}

  /**
   * The target for one condition, its weights merged with the deltas: the same nodes, other
   * numbers.
   *
   * @param deltas what to merge, as {@link Weaver#deltas} lists them
   * @param factors by name, each float32 {@code [1, ...]}, as the generator gives them for the
   *     condition
   * @param strength what the deltas are multiplied with
   * @throws IllegalArgumentException if a factor is missing or is made for more than one condition
   */
  public static Model merge(
      Target target, List<SiteDelta> deltas, Map<String, TensorValue> factors, Strength strength) {
    GraphEditor editor = GraphEditor.of(target.model());
    for (SiteDelta delta : deltas) {
      List<TensorValue> values =
          delta.form().factors(delta.site()).stream().map(f -> factor(delta, f, factors)).toList();
      TensorValue frozen =
          Objects.requireNonNull(
              target.model().graph().initializers().get(delta.site().initializer()));
      double[] dense = delta.dense(frozen, values);
      for (int i = 0; i < dense.length; i++) {
        dense[i] *= strength.of(delta.owner());
      }
      Site site = delta.site();
      if (delta.form().makesBias(site)) {
        addBias(editor, site, dense);
      } else {
        editor.replaceInitializer(
            site.initializer(), sum(editor.initializer(site.initializer()), site, dense));
      }
    }
    return editor.finish("merged");
  }

  /** A factor without its axis of conditions. */
  private static TensorValue factor(
      SiteDelta delta, Factor factor, Map<String, TensorValue> factors) {
    String name = delta.factorName(factor);
    TensorValue value = factors.get(name);
    List<Long> expected = new ArrayList<>(factor.dims());
    expected.add(0, 1L);
    if (value == null || !expected.equals(Arrays.stream(value.dims()).boxed().toList())) {
      throw new IllegalArgumentException(
          "Factor \"%s\" cannot be merged. Expected it for one condition, %s, got %s."
              .formatted(name, expected, value == null ? "nothing" : value));
    }
    return TensorValue.ofFloats(value.floats(), factor.shape());
  }

  private static TensorValue sum(TensorValue weight, Site site, double[] delta) {
    float[] values = weight.floats();
    int first = Math.toIntExact(site.offset());
    for (int i = 0; i < delta.length; i++) {
      values[first + i] = (float) (values[first + i] + delta[i]);
    }
    return TensorValue.ofFloats(values, weight.dims());
  }

  /** Gives a layer without bias the one that its shift amounts to. */
  private static void addBias(GraphEditor editor, Site site, double[] terms) {
    for (Use use : site.uses()) {
      float[] values = new float[terms.length];
      for (int i = 0; i < values.length; i++) {
        values[i] = (float) (terms[i] * use.gain());
      }
      if (use.axes() == Axes.STEPS_FIRST) {
        Recurrence.addBias(editor, use, values);
        continue;
      }
      String product = editor.divert(use.output(), use.output() + "/unshifted");
      editor.nodeInto(
          use.output(),
          "Add",
          product,
          editor.constant(TensorValue.ofFloats(values, shape(site, use))));
    }
  }

  /** Of a bias, such that it broadcasts along the axis of the units. */
  private static long[] shape(Site site, Use use) {
    int behind =
        switch (use.axes()) {
          case CHANNELS_FIRST -> site.dims().size() - 2;
          case COLUMNS -> 1;
          default -> 0;
        };
    long[] shape = new long[1 + behind];
    Arrays.fill(shape, 1);
    shape[0] = site.out();
    return shape;
  }
}
