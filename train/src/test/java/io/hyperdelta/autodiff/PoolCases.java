package io.hyperdelta.autodiff;

import static io.hyperdelta.autodiff.Case.longs;
import static io.hyperdelta.autodiff.Case.mixed;
import static io.hyperdelta.autodiff.Case.positive;

import io.hyperdelta.graph.Attribute;
import io.hyperdelta.graph.TensorValue;
import java.util.stream.Stream;

/** Poolings. */
final class PoolCases {
  private PoolCases() {}

  static Stream<Case> gradients() {
    return Stream.of(maximum(), average(), powers(), whole()).flatMap(s -> s);
  }

  private static Case pool(String op, int opset, TensorValue x, long... kernel) {
    return Case.of(op, opset, x).with("kernel_shape", Attribute.ints(kernel));
  }

  private static Stream<Case> maximum() {
    return Stream.of(
        pool("MaxPool", 12, mixed(1, 2, 6), 2).with("strides", Attribute.ints(2)),
        pool("MaxPool", 12, mixed(1, 2, 5, 4), 3, 2)
            .with("ceil_mode", 1)
            .with("strides", Attribute.ints(2, 3)),
        pool("MaxPool", 12, mixed(1, 1, 5, 5), 2, 2)
            .with("dilations", Attribute.ints(2, 1))
            .with("pads", Attribute.ints(1, 0, 1, 1)),
        pool("MaxPool", 12, mixed(1, 1, 3, 3, 3), 2, 2, 2)
            .with("pads", Attribute.ints(1, 0, 0, 1, 0, 0)),
        pool("MaxPool", 12, mixed(1, 1, 5, 4), 2, 2)
            .with("auto_pad", Attribute.of("SAME_UPPER"))
            .outputs(2),
        Case.of(
                "MaxUnpool",
                11,
                mixed(1, 1, 2, 2),
                TensorValue.ofLongs(new long[] {1, 3, 9, 15}, 1, 1, 2, 2),
                longs(1, 1, 5, 4))
            .with("kernel_shape", Attribute.ints(2, 2))
            .with("strides", Attribute.ints(2, 2)));
  }

  private static Stream<Case> average() {
    return Stream.of(
        pool("AveragePool", 11, mixed(1, 2, 6), 3).with("pads", Attribute.ints(1, 1)),
        pool("AveragePool", 11, mixed(1, 1, 4, 5), 2, 3)
            .with("strides", Attribute.ints(2, 2))
            .with("pads", Attribute.ints(0, 1, 1, 0)),
        pool("AveragePool", 11, mixed(1, 1, 4, 5), 2, 3)
            .with("count_include_pad", 1)
            .with("pads", Attribute.ints(0, 1, 1, 0)),
        pool("AveragePool", 11, mixed(1, 1, 4, 6), 3, 3)
            .with("ceil_mode", 1)
            .with("count_include_pad", 1)
            .with("strides", Attribute.ints(2, 2))
            .with("pads", Attribute.ints(0, 1, 1, 1)),
        pool("AveragePool", 11, mixed(1, 1, 4, 6), 3, 3)
            .with("ceil_mode", 1)
            .with("strides", Attribute.ints(2, 2)),
        pool("AveragePool", 19, mixed(2, 2, 5, 4), 2, 2)
            .with("dilations", Attribute.ints(2, 3))
            .with("pads", Attribute.ints(1, 0, 0, 1)),
        pool("AveragePool", 11, mixed(1, 1, 3, 2, 3), 2, 2, 2)
            .with("auto_pad", Attribute.of("SAME_LOWER")));
  }

  private static Stream<Case> powers() {
    return Stream.of(
        pool("LpPool", 11, mixed(1, 1, 4, 4), 2, 2),
        pool("LpPool", 11, mixed(1, 2, 5), 3).with("p", 1).with("pads", Attribute.ints(1, 1)),
        pool("LpPool", 18, mixed(1, 1, 5, 4), 2, 2)
            .with("p", 3)
            .with("ceil_mode", 1)
            .with("strides", Attribute.ints(2, 3))
            .with("pads", Attribute.ints(0, 1, 1, 0)),
        pool("LpPool", 18, mixed(1, 2, 5, 4), 2, 2).with("dilations", Attribute.ints(2, 1)),
        pool("LpPool", 1, mixed(1, 1, 4), 2).with("p", 3f));
  }

  private static Stream<Case> whole() {
    return Stream.of(
        Case.of("GlobalAveragePool", 1, mixed(2, 2, 3, 2)),
        Case.of("GlobalMaxPool", 1, mixed(2, 2, 3)),
        Case.of("GlobalLpPool", 2, mixed(2, 2, 3, 2)),
        Case.of("GlobalLpPool", 2, positive(1, 2, 4)).with("p", 3));
  }
}
