package io.hyperdelta.weave;

import io.hyperdelta.delta.DeltaAlgebra;
import io.hyperdelta.delta.Factor;
import io.hyperdelta.delta.FixedDelta;
import io.hyperdelta.delta.SiteDelta;
import io.hyperdelta.graph.GraphEditor;
import io.hyperdelta.graph.Model;
import io.hyperdelta.graph.TensorValue;
import io.hyperdelta.target.Axes;
import io.hyperdelta.target.Site;
import io.hyperdelta.target.Target;
import io.hyperdelta.target.Units;
import io.hyperdelta.target.Use;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** Adds deltas to the weights themselves: the one definition of doing so. Stateless. */
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
   * @throws IllegalArgumentException if a factor is missing or is made for more than one condition,
   *     a number is not finite, or a weight leaves the range of float32
   */
  public static Model merge(
      Target target, List<SiteDelta> deltas, Map<String, TensorValue> factors, Strength strength) {
    GraphEditor editor = GraphEditor.of(target.model());
    Map<Site, List<SiteDelta>> bySite = new LinkedHashMap<>();
    for (SiteDelta delta : deltas) {
      if (delta.form().makesBias(delta.site())) {
        addBias(editor, delta.site(), bias(target, delta, factors, strength));
      } else {
        bySite.computeIfAbsent(whole(delta.site()), site -> new ArrayList<>()).add(delta);
      }
    }
    // Site by site: their dense deltas need not be in memory together.
    bySite.forEach(
        (site, own) ->
            add(
                editor,
                target,
                site,
                own.stream().map(delta -> fixed(target, delta, factors, strength)).toList()));
    return editor.finish("merged");
  }

  /**
   * The target with deltas added to its weights: the same nodes, other numbers. Deltas on the same
   * weight add up, and their sum is rounded to float32 once. A number whose delta is zero keeps its
   * bits.
   *
   * @throws IllegalArgumentException if a delta's site is not one of the target, or a weight leaves
   *     the range of float32
   */
  public static Model merge(Target target, List<FixedDelta> deltas) {
    GraphEditor editor = GraphEditor.of(target.model());
    Map<Site, List<FixedDelta>> bySite = new LinkedHashMap<>();
    deltas.forEach(
        delta -> bySite.computeIfAbsent(whole(delta.site()), site -> new ArrayList<>()).add(delta));
    bySite.forEach((site, own) -> add(editor, target, site, own));
    return editor.finish("merged");
  }

  /**
   * What the deltas of one condition add to the weights, a fixed delta for each site that has any.
   * Deltas of sources whose strength is zero are left out.
   *
   * @param deltas as {@link Weaver#deltas} lists them
   * @param factors by name, each float32 {@code [1, ...]}, as the generator gives them for the
   *     condition
   * @param strength what the deltas are multiplied with
   * @return for all units of a site where its deltas are for different ones
   * @throws IllegalArgumentException as by {@link #merge}, and if a delta is the bias of a layer
   *     without one: no weight can take that
   */
  public static List<FixedDelta> fixed(
      Target target, List<SiteDelta> deltas, Map<String, TensorValue> factors, Strength strength) {
    Map<Site, FixedDelta> sums = new LinkedHashMap<>();
    for (SiteDelta delta : deltas) {
      if (strength.of(delta.owner()) != 0) {
        FixedDelta fixed = fixed(target, delta, factors, strength);
        sums.merge(whole(delta.site()), fixed, DeltaAlgebra::sum);
      }
    }
    return List.copyOf(sums.values());
  }

  private static Site whole(Site site) {
    return site.only(Units.ALL);
  }

  private static FixedDelta fixed(
      Target target, SiteDelta delta, Map<String, TensorValue> factors, Strength strength) {
    FixedDelta fixed = FixedDelta.of(delta, frozen(target, delta), values(delta, factors));
    return DeltaAlgebra.scaled(fixed, strength.of(delta.owner()));
  }

  /** The bias that a layer without one gets from a delta: one term per unit of the layer. */
  private static double[] bias(
      Target target, SiteDelta delta, Map<String, TensorValue> factors, Strength strength) {
    double[] terms = delta.dense(frozen(target, delta), values(delta, factors));
    for (int i = 0; i < terms.length; i++) {
      terms[i] *= strength.of(delta.owner());
    }
    return terms;
  }

  private static TensorValue frozen(Target target, SiteDelta delta) {
    return Objects.requireNonNull(
        target.model().graph().initializers().get(delta.site().initializer()));
  }

  private static List<TensorValue> values(SiteDelta delta, Map<String, TensorValue> factors) {
    return delta.form().factors(delta.site()).stream()
        .map(factor -> factor(delta, factor, factors))
        .toList();
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

  /** Adds deltas to the weight of a site, all units of which are meant here. */
  private static void add(GraphEditor editor, Target target, Site site, List<FixedDelta> deltas) {
    if (!target.sites().contains(site)) {
      throw new IllegalArgumentException(
          "Site \"%s\" of a fixed delta is no site of the target. Expected one that the target has, with the shape %s."
              .formatted(site.title(), site.shape()));
    }
    double[] sum = deltas.get(0).stored();
    for (FixedDelta delta : deltas.subList(1, deltas.size())) {
      double[] stored = delta.stored();
      for (int i = 0; i < sum.length; i++) {
        sum[i] += stored[i];
      }
    }
    editor.replaceInitializer(
        site.initializer(), sum(site, editor.initializer(site.initializer()), sum));
  }

  private static TensorValue sum(Site site, TensorValue weight, double[] delta) {
    float[] values = weight.floats();
    // Several sites may share an initializer, such as the directions of a recurrent node.
    int first = Math.toIntExact(site.offset());
    for (int i = 0; i < delta.length; i++) {
      // 0 + -0 is 0, which is another bit.
      if (delta[i] == 0) {
        continue;
      }
      double merged = values[first + i] + delta[i];
      if (Double.isFinite(values[first + i]) && Double.isInfinite((float) merged)) {
        throw new IllegalArgumentException(
            "Site \"%s\" cannot be merged with its delta: a weight leaves the range of float32. Expected at most %s in size, got %s. Maybe a scale is too large."
                .formatted(site.title(), Float.MAX_VALUE, merged));
      }
      values[first + i] = (float) merged;
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
