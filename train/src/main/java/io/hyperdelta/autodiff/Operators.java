package io.hyperdelta.autodiff;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * The operators that programs can run. To add one, add an entry to the list of its family; to add a
 * family, add its list here. Immutable.
 */
final class Operators {
  private static final Map<String, List<Operator>> ALL = collect();

  private Operators() {}

  /**
   * The operator that a node asks for.
   *
   * @throws UnsupportedNodeException if there is none in that version
   */
  static Operator find(String domain, String name, int opset) {
    return ALL.getOrDefault(domain + ":" + name, List.of()).stream()
        .filter(operator -> operator.since() <= opset && opset <= operator.until())
        .findFirst()
        .orElseThrow(() -> new UnsupportedNodeException(""));
  }

  /** All operators by title, the variants of each in the order of their versions. */
  static SortedMap<String, List<Operator>> all() {
    SortedMap<String, List<Operator>> byTitle = new TreeMap<>();
    ALL.values().forEach(variants -> byTitle.put(variants.get(0).title(), List.copyOf(variants)));
    return byTitle;
  }

  private static Map<String, List<Operator>> collect() {
    Map<String, List<Operator>> all = new HashMap<>();
    Stream.of(
            ArithmeticKernels.ALL,
            TrigonometryKernels.ALL,
            BitwiseKernels.ALL,
            ComparisonKernels.ALL,
            ActivationKernels.ALL,
            LinearKernels.ALL,
            ConvolutionKernels.ALL,
            PoolKernels.ALL,
            ResizeKernels.ALL,
            SamplingKernels.ALL,
            BlockKernels.ALL,
            NormalizationKernels.ALL,
            BatchKernels.ALL,
            FrozenNormKernels.ALL,
            ReductionKernels.ALL,
            ShapeKernels.ALL,
            CastKernels.ALL,
            SelectionKernels.ALL,
            IndexKernels.ALL,
            SearchKernels.ALL,
            BoxKernels.ALL,
            FillKernels.ALL,
            LossKernels.ALL,
            SignalKernels.ALL,
            QuantizationKernels.ALL,
            QuantizedProductKernels.ALL,
            OptimizerKernels.ALL,
            TextKernels.ALL,
            WordKernels.ALL,
            FusionKernels.ALL,
            RecurrentKernels.ALL,
            FusedKernels.ALL,
            FusedLinearKernels.ALL,
            AttentionKernels.ALL,
            ControlKernels.ALL)
        .flatMap(List::stream)
        .forEach(
            operator ->
                all.computeIfAbsent(
                        operator.domain() + ":" + operator.name(), key -> new ArrayList<>())
                    .add(operator));
    return all;
  }
}
