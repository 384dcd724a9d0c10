package io.hyperdelta.autodiff;

import static io.hyperdelta.autodiff.Case.longs;
import static io.hyperdelta.autodiff.Case.mixed;
import static io.hyperdelta.autodiff.Case.positive;

import io.hyperdelta.graph.Attribute;
import io.hyperdelta.graph.TensorValue;
import java.util.stream.Stream;

/** Reductions. */
final class ReductionCases {
  private ReductionCases() {}

  static Stream<Case> gradients() {
    return Stream.concat(
        reductions(),
        Stream.of(Case.of("Det", 11, mixed(2, 2)), Case.of("Det", 11, mixed(2, 3, 3))));
  }

  private static Stream<Case> reductions() {
    return Stream.of(
            "ReduceSum",
            "ReduceMean",
            "ReduceMax",
            "ReduceMin",
            "ReduceProd",
            "ReduceL1",
            "ReduceL2",
            "ReduceSumSquare",
            "ReduceLogSum",
            "ReduceLogSumExp")
        .flatMap(
            op -> {
              TensorValue x = op.equals("ReduceLogSum") ? positive(2, 3, 2) : mixed(2, 3, 2);
              return Stream.of(
                  Case.of(op, 11, x),
                  Case.of(op, 11, x).with("axes", Attribute.ints(-2)).with("keepdims", 0),
                  Case.of(op, 18, x, longs(0, 2)),
                  Case.of(op, 21, x, longs(-1)).with("keepdims", 0),
                  Case.of(op, 18, x).with("noop_with_empty_axes", 1));
            });
  }
}
