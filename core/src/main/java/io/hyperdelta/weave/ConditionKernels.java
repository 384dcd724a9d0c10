package io.hyperdelta.weave;

import io.hyperdelta.delta.SiteDelta;
import io.hyperdelta.graph.Attribute;
import io.hyperdelta.graph.GraphEditor;
import io.hyperdelta.graph.Node;
import io.hyperdelta.graph.TensorValue;
import io.hyperdelta.target.Layout;
import io.hyperdelta.target.Site;
import io.hyperdelta.target.SiteKind;
import io.hyperdelta.target.Use;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.LongStream;

/**
 * A kernel for each condition: W + dW(z) once, {@code [K, out, in]}, and one product of it with the
 * images of the condition, {@code [K, m, in, pixels]}, in the place of the target's convolution and
 * a contribution to what it makes. Images keep their layout, and are read and written once. A
 * convolution whose window is a pixel is such a product; ONNX has no other whose kernels differ
 * between rows.
 *
 * @param editor takes the nodes
 * @param source gives the factors of each delta
 * @param strengths by source, the name of what its deltas are multiplied with, float32 []
 */
record ConditionKernels(
    GraphEditor editor, Function<SiteDelta, FactorSource> source, Map<String, String> strengths) {
  /** What {@code plan --explain} calls it. */
  static final String TITLE = "kernel per condition";

  /**
   * The deltas that are merged like this: each the only one at its layers, of a form that can be
   * merged without seeing what the frozen weight makes, where it is cheaper.
   *
   * @param legal whether weights of a delta's source may be merged at all
   */
  static Set<SiteDelta> chosen(
      List<SiteDelta> deltas, Workload workload, Predicate<SiteDelta> legal) {
    Set<SiteDelta> chosen = new LinkedHashSet<>();
    if (workload.purpose() != Workload.Purpose.TRAINING) {
      return chosen;
    }
    for (SiteDelta delta : deltas) {
      Optional<MergedForm> form = MergedForm.of(delta);
      if (form.isPresent()
          && !delta.isCapped()
          && !MergedForm.seesFrozen(delta.form())
          && isPointwise(delta.site())
          && legal.test(delta)
          && deltas.stream().filter(other -> meets(delta, other)).count() == 1) {
        MergedCost cost = MergedCost.ofKernels(delta.site(), form.get(), workload);
        if (cost.merged() <= cost.apart()) {
          chosen.add(delta);
        }
      }
    }
    return chosen;
  }

  /** Whether two deltas add to what one node makes. */
  private static boolean meets(SiteDelta one, SiteDelta other) {
    return one.site().initializer().equals(other.site().initializer())
        || one.site().uses().stream()
            .anyMatch(
                use -> other.site().uses().stream().anyMatch(u -> u.output().equals(use.output())));
  }

  /** Whether a site is a kernel that sees one pixel of all channels, at every pixel. */
  static boolean isPointwise(Site site) {
    return site.kind() == SiteKind.KERNEL
        && site.layout() == Layout.OUT_IN
        && site.dims().get(0) == site.out()
        && site.dims().get(1) == site.in()
        && site.dims().stream().skip(2).allMatch(length -> length == 1)
        && site.uses().stream().allMatch(ConditionKernels::isPointwise);
  }

  private static boolean isPointwise(Use use) {
    return use.op().equals("Conv")
        && isAll(use, "strides", 1)
        && isAll(use, "pads", 0)
        && (!(use.attributes().get("group") instanceof Attribute.Int group) || group.value() == 1);
  }

  private static boolean isAll(Use use, String key, long expected) {
    return !(use.attributes().get(key) instanceof Attribute.Ints ints)
        || ints.values().stream().allMatch(value -> value == expected);
  }

  /** Puts the products in the place of the convolutions. Comes after contributions. */
  void add(Set<SiteDelta> deltas) {
    for (SiteDelta delta : deltas) {
      editor.prefix("hyperdelta/" + delta.name() + "/");
      Site site = delta.site();
      String strength = Objects.requireNonNull(strengths.get(delta.owner()));
      MergedWeight weight =
          new MergedWeight(
              editor, delta, source.apply(delta), strength, MergedWeight.Shape.KERNELS);
      String frozen = Mix.reshape(editor, site.initializer(), site.out(), site.in());
      String made = MergedForm.of(delta).orElseThrow().rule().delta(weight);
      String kernels = editor.unsqueeze(editor.node("Add", frozen, made), 1);
      String count = source.apply(delta).conditionCount(editor, delta);
      for (Use use : site.uses()) {
        replace(site, use, kernels, count);
      }
      editor.prefix("");
    }
  }

  /**
   * Multiplies a convolution's input in its place.
   *
   * @param kernels name of float32 {@code [K, 1, out, in]}
   * @param count name of K, int64 {@code [1]}
   */
  private void replace(Site site, Use use, String kernels, String count) {
    Node convolution = editor.maker(use.output());
    // [n, in, ...] -> [n, 1, in, pixels] -> [K, m, in, pixels]: a 0 keeps what stands in its place.
    String flat = Mix.reshape(editor, use.input(), 0, 1, site.in(), -1);
    String blocks = joined(count, editor.constant(TensorValue.longs(-1, site.in(), 0)));
    String product = editor.node("MatMul", kernels, editor.node("Reshape", flat, blocks));
    if (convolution.hasInput(2)) {
      String bias = Mix.reshape(editor, convolution.inputs().get(2), site.out(), 1);
      product = editor.node("Add", product, bias);
    }
    long[] window = LongStream.range(2, site.dims().size()).toArray();
    String pixels =
        editor.node(
            "Gather",
            editor.node("Shape", use.input()),
            editor.constant(TensorValue.ofLongs(window, window.length)));
    String shape =
        joined(editor.constant(TensorValue.ofLongs(new long[] {-1, site.out()}, 2)), pixels);
    editor.divert(use.output(), use.output() + "/frozen");
    editor.nodeInto(use.output(), "Reshape", product, shape);
  }

  private String joined(String... parts) {
    return editor.node("", "Concat", Map.of("axis", Attribute.of(0)), Arrays.asList(parts));
  }
}
