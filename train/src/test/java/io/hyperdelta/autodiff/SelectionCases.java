package io.hyperdelta.autodiff;

import static io.hyperdelta.autodiff.Case.bools;
import static io.hyperdelta.autodiff.Case.longs;
import static io.hyperdelta.autodiff.Case.mixed;
import static io.hyperdelta.autodiff.Case.other;
import static io.hyperdelta.autodiff.Case.scalar;

import io.hyperdelta.graph.Attribute;
import io.hyperdelta.graph.TensorValue;
import java.util.stream.Stream;

/** Parts of values, and values made from few numbers. */
final class SelectionCases {
  private SelectionCases() {}

  static Stream<Case> gradients() {
    return Stream.of(
        Case.of("Where", 16, bools(1, 0, 1), mixed(2, 3), other(3)),
        Case.of("Slice", 11, mixed(4, 3), longs(1), longs(3)),
        Case.of("Slice", 13, mixed(4, 3), longs(0, -1), longs(9, -9), longs(0, 1), longs(2, -2)),
        Case.of("Split", 11, mixed(5, 2)).with("split", Attribute.ints(2, 3)),
        Case.of("Split", 13, mixed(2, 5), longs(2, 3)).with("axis", -1),
        Case.of("Split", 18, mixed(5, 2)).with("num_outputs", 1),
        Case.of("Gather", 13, mixed(4, 3), longs(0, -1, 0)),
        Case.of("Gather", 13, mixed(4, 3), scalar(-2)).with("axis", 1),
        Case.of("Gather", 13, mixed(2, 3, 2), TensorValue.ofLongs(new long[] {0, 2, 2, 1}, 2, 2))
            .with("axis", 1),
        Case.of("Pad", 11, mixed(2, 3), longs(1, 0, 0, 2)),
        Case.of("Pad", 13, mixed(3, 3), longs(0, -1, 1, 0), TensorValue.scalar(2)).fix(2),
        Case.of("Pad", 18, mixed(2, 4), longs(2, 1), TensorValue.scalar(0), longs(1))
            .with("mode", Attribute.of("reflect"))
            .fix(2),
        Case.of("Pad", 13, mixed(2, 3), longs(1, 1, 1, 1)).with("mode", Attribute.of("edge")),
        Case.of("Trilu", 14, mixed(3, 3)),
        Case.of("Trilu", 14, mixed(3, 4), scalar(1)).with("upper", 0),
        Case.of("OneHot", 11, longs(1, -1, 7), scalar(3), mixed(2)),
        Case.of("OneHot", 13, longs(1, 0), longs(3), mixed(2)).with("axis", 0),
        Case.of("CumSum", 14, mixed(2, 4), scalar(1)),
        Case.of("CumSum", 14, mixed(2, 4), scalar(1)).with("exclusive", 1),
        Case.of("CumSum", 14, mixed(4, 2), scalar(0)).with("reverse", 1).with("exclusive", 1));
  }
}
