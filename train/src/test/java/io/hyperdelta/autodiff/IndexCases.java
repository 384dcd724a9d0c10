package io.hyperdelta.autodiff;

import static io.hyperdelta.autodiff.Case.bools;
import static io.hyperdelta.autodiff.Case.longs;
import static io.hyperdelta.autodiff.Case.mixed;
import static io.hyperdelta.autodiff.Case.other;
import static io.hyperdelta.autodiff.Case.positive;

import io.hyperdelta.graph.Attribute;
import io.hyperdelta.graph.TensorValue;
import java.util.stream.Stream;

/** Elements and blocks at places that are inputs, or that are found. */
final class IndexCases {
  private IndexCases() {}

  static Stream<Case> gradients() {
    return Stream.of(gathers(), scatters(), blocks(), found()).flatMap(stream -> stream);
  }

  private static Stream<Case> gathers() {
    return Stream.of(
        Case.of("GatherElements", 13, mixed(3, 2), matrix(2, 0, -1, 0, 0)),
        Case.of("GatherElements", 11, mixed(2, 3), matrix(2, 0, -1, 1, 1)).with("axis", -1),
        Case.of("GatherND", 13, mixed(2, 3, 2), matrix(2, 0, -1, 1, 0)),
        Case.of("GatherND", 11, mixed(2, 3), matrix(2, 1, -1, 1, -1)),
        Case.of("GatherND", 12, mixed(2, 3, 2), matrix(2, -1, 0)).with("batch_dims", 1),
        Case.of(
                "GatherND",
                12,
                mixed(2, 2, 3),
                TensorValue.ofLongs(new long[] {2, 0, 1, 1}, 2, 2, 1))
            .with("batch_dims", 2),
        Case.of("ReverseSequence", 10, mixed(3, 2, 2), longs(3, 2)),
        Case.of("ReverseSequence", 10, mixed(2, 3), longs(1, 3))
            .with("time_axis", 1)
            .with("batch_axis", 0));
  }

  private static Stream<Case> scatters() {
    Case set = Case.of("ScatterElements", 11, mixed(3, 2), matrix(2, 0, -1, 1, 0), other(2, 2));
    TensorValue twice = matrix(1, 1, -2, 1);
    return Stream.of(
        set,
        Case.of("Scatter", 9, mixed(2, 3), matrix(2, 0, 2), other(2, 1)).with("axis", 1),
        Case.of("ScatterElements", 18, mixed(1, 3), twice, other(1, 3))
            .with("axis", 1)
            .with("reduction", Attribute.of("add")),
        Case.of("ScatterElements", 18, mixed(1, 3), twice, other(1, 3))
            .with("axis", -1)
            .with("reduction", Attribute.of("mul")),
        Case.of("ScatterElements", 18, mixed(1, 3), twice, other(1, 3))
            .with("axis", 1)
            .with("reduction", Attribute.of("max")),
        Case.of("ScatterElements", 18, mixed(1, 3), twice, other(1, 3))
            .with("axis", 1)
            .with("reduction", Attribute.of("min")));
  }

  private static Stream<Case> blocks() {
    TensorValue twice = matrix(3, 1, -1, 1);
    Case set = Case.of("ScatterND", 16, mixed(3, 2), matrix(2, 0, -1), other(2, 2));
    return Stream.concat(
        Stream.of(set, Case.of("ScatterND", 11, mixed(2, 3), matrix(2, 0, 1, -1, 2), other(2))),
        Stream.of("add", "mul", "max", "min")
            .flatMap(
                reduction ->
                    Stream.of(
                        Case.of("ScatterND", 18, mixed(3, 2), twice, other(3, 2))
                            .with("reduction", Attribute.of(reduction)),
                        Case.of("ScatterND", 18, mixed(2, 3), matrix(2, -1, -2, 1, 1), other(2))
                            .with("reduction", Attribute.of(reduction)))));
  }

  private static Stream<Case> found() {
    return Stream.of(
        Case.of("TopK", 11, mixed(2, 4), longs(2)).outputs(2),
        Case.of("TopK", 11, mixed(4, 2), longs(3)).with("axis", 0).with("largest", 0).outputs(2),
        Case.of("TopK", 1, mixed(2, 4)).with("k", 2).with("axis", 1).outputs(2),
        Case.of("Compress", 11, mixed(3, 2), bools(1, 0, 1)).with("axis", 0),
        Case.of("Compress", 11, mixed(3, 2), bools(0, 1, 0, 1)),
        Case.of("Unique", 11, mixed(4)).outputs(4),
        Case.of("Unique", 11, positive(3, 2)).with("axis", 0).with("sorted", 0).outputs(4));
  }

  private static TensorValue matrix(int rows, long... values) {
    return TensorValue.ofLongs(values, rows, values.length / rows);
  }
}
